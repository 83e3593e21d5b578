// Buttons that copy the text of the element they name; without scripts people select it.
"use strict";

for (const button of document.querySelectorAll("button[data-copy]")) {
  if (!navigator.clipboard) break;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trim());
    button.classList.add("copied");
    setTimeout(() => { button.classList.remove("copied"); }, 2000);
  });
}
