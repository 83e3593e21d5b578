// Asks the browser for a passkey, and sends its answer with the form; without it the page offers another way.
"use strict";

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential?.parseRequestOptionsFromJSON) break;
  form.querySelector("[data-passkey-missing]").hidden = true;
  form.querySelector("[data-passkey-button]").hidden = false;
  const error = form.querySelector("[data-passkey-error]");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    error.hidden = true;
    try {
      const options = JSON.parse(form.dataset.options);
      const credential = form.dataset.passkey === "create"
        ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
        : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
      form.elements.answer.value = JSON.stringify(credential);
    } catch (failure) {
      error.textContent = failure.name === "InvalidStateError"
        ? form.elements.answer.dataset.added
        : form.elements.answer.dataset.none;
      error.hidden = false;
      return;
    }
    form.submit();
  });
}
