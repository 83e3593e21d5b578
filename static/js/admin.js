// Small comforts of the admin, without which every page works as well.
"use strict";

(() => {
  // "/" goes to the search of the whole admin.
  const search = document.querySelector(".search input, #searchbar");
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey || !search) return;
    event.preventDefault();
    search.focus();
  });

  // Of tabs that don't fit, the present one is in view.
  const tabs = document.querySelector(".tabs ul");
  const tab = tabs?.querySelector("[aria-current]");
  if (tab) tabs.scrollLeft = tab.offsetLeft - tabs.offsetLeft - (tabs.clientWidth - tab.offsetWidth) / 2;

  // Fields that are searched: what stands in for the select is named by its label.
  window.django?.jQuery?.(() => {
    for (const select of document.querySelectorAll("select.admin-autocomplete")) {
      const name = document.querySelector(`label[for="${select.id}"]`)?.textContent.trim();
      const parts = select.nextElementSibling?.querySelectorAll("[role=combobox], [role=textbox]") ?? [];
      for (const part of parts) part.setAttribute("aria-label", name || select.name);
    }
  });

  // The port of a mail server goes with its encryption, until somebody types one.
  const encryption = document.querySelector("select[data-ports]");
  if (encryption) {
    const ports = JSON.parse(encryption.dataset.ports);
    const port = document.getElementById("id_mail_port");
    const of = document.getElementById("id_port_for");
    port.addEventListener("input", () => { of.value = ""; });
    encryption.addEventListener("change", () => {
      if (port.value !== String(ports[of.value])) return;
      port.value = ports[encryption.value];
      of.value = encryption.value;
    });
  }

  // Rows of a list: choose all, and say how many.
  const form = document.getElementById("changelist-form");
  const all = document.getElementById("action-toggle");
  const counter = form?.querySelector(".action-counter");
  if (!form || !all || !counter) return;
  const boxes = [...form.querySelectorAll("input.action-select")];
  const tell = () => {
    const chosen = boxes.filter((box) => box.checked).length;
    counter.textContent = chosen ? counter.dataset.words.replace("{n}", chosen) : "";
    all.checked = chosen === boxes.length;
  };
  all.hidden = false;
  all.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
    tell();
  });
  form.addEventListener("change", tell);
  tell();
})();
