// Sends a form whose answer shows a new secret once, however often its button is pressed while the answer is on its way.
"use strict";

(() => {
  const AGAIN_AFTER = 10_000; // who stopped waiting may send it again

  addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.elements.namedItem("once")) return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
    setTimeout(() => delete form.dataset.sent, AGAIN_AFTER);
  });
  addEventListener("pageshow", () => {
    for (const form of document.forms) delete form.dataset.sent;
  });
})();
