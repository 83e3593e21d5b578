// Offers again what was typed before a session ended: to the same person, in the same tab, for a day. It is kept
// encrypted by a key that only pages of that person contain. Passwords, hidden fields and files are never kept, nor are
// private keys, one-time codes, and what has autocomplete="off" or is in such a form. Where browsers have no WebCrypto (plain http) or
// don't let us store, nothing is kept.
"use strict";

(() => {
  const NAME = "draft";
  const KEPT_FOR = 24 * 3600 * 1000;
  const NEVER_KEPT = ["password", "hidden", "file", "submit", "button", "image", "reset"];

  const PRIVATE_KEY = /PRIVATE KEY-----/;

  const store = (draft) => {
    try {
      sessionStorage.setItem(NAME, JSON.stringify(draft));
    } catch {
      forget(); // too large, or not allowed
    }
  };
  const forget = () => {
    try {
      sessionStorage.removeItem(NAME);
    } catch {
      // Nothing is stored where nothing may be.
    }
  };
  const stored = () => {
    try {
      const draft = JSON.parse(sessionStorage.getItem(NAME));
      const age = Date.now() - draft.at;
      if (age < KEPT_FOR && age > -KEPT_FOR) return draft;
    } catch {
      // None, or not ours.
    }
    forget();
    return null;
  };

  const before = stored();
  const dialog = document.getElementById("inactivity");
  if (!dialog || !window.crypto?.subtle) return;

  const { session } = JSON.parse(dialog.dataset.clock);
  const address = location.pathname + location.search;
  const decode = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const encode = (bytes) => {
    let text = "";
    for (const byte of new Uint8Array(bytes)) text += String.fromCharCode(byte);
    return btoa(text);
  };
  const key = crypto.subtle.importKey("raw", decode(dialog.dataset.draftKey), "AES-GCM", false, ["encrypt", "decrypt"]);

  const hasState = (field) => field.type === "checkbox" || field.type === "radio";
  const read = (field) => {
    if (hasState(field)) return field.checked;
    if (field.options) return [...field.selectedOptions].map((option) => [option.value, option.text]);
    return field.value;
  };
  const isText = (value) => typeof value === "string" && value.trim() !== "";

  // By its attribute: a form may have a field of that name.
  const isOff = (element) => ["off", "one-time-code"].includes(element.getAttribute("autocomplete"));

  // By name, and the how manieth of that name; what can be ticked by its value too, so that no other row is ticked.
  const fields = () => {
    const seen = {};
    const found = document.querySelectorAll('form[method="post"] :is(input, select, textarea)');
    return [...found]
      .filter((field) => field.name && !NEVER_KEPT.includes(field.type) && !isOff(field) && !isOff(field.form))
      .map((field) => {
        const name = hasState(field) ? `${field.name}=${field.value}` : field.name;
        seen[name] = (seen[name] ?? 0) + 1;
        return [`${name} ${seen[name]}`, field];
      })
      .filter(([, field]) => !PRIVATE_KEY.test(field.value));
  };

  // A page that answers a form shows what was typed before.
  const initial = "posted" in dialog.dataset ? {} : Object.fromEntries(fields().map(([name, field]) => [name, JSON.stringify(read(field))]));
  const typed = () => {
    const values = fields().map(([name, field]) => [name, read(field)]);
    const changed = values.filter(([name, value]) => initial[name] !== JSON.stringify(value));
    const anything = "posted" in dialog.dataset ? changed.some(([, value]) => isText(value)) : changed.length;
    return anything ? Object.fromEntries(changed) : null;
  };

  let latest = 0;
  let signingOut = false;
  const save = async () => {
    if (signingOut) return;
    const number = ++latest;
    const values = typed();
    if (!values) return forget();
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const plain = new TextEncoder().encode(JSON.stringify({ address, values }));
    const text = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await key, plain);
    if (number !== latest) return;
    store({ at: Date.now(), session, iv: encode(iv), text: encode(text) });
  };

  const putBack = (field, value) => {
    if (hasState(field)) field.checked = value;
    else if (field.options) {
      const chosen = new Map(value);
      for (const option of field.options) option.selected = chosen.delete(option.value);
      for (const [missing, text] of chosen) field.add(new Option(text, missing, true, true));
    } else field.value = value;
    for (const event of ["input", "change"]) field.dispatchEvent(new Event(event, { bubbles: true }));
  };

  const offer = (values) => {
    const found = fields().filter(([name]) => name in values);
    if (!found.length) return;
    // From now on it belongs to this session: it goes with the page, unless the session ends over this question too.
    store({ ...before, session });
    const note = document.getElementById("draft").content.firstElementChild.cloneNode(true);
    note.querySelector("[data-put-back]").addEventListener("click", () => {
      note.remove();
      for (const [name, field] of found) putBack(field, values[name]);
      found[0][1].focus();
    });
    note.querySelector("[data-discard]").addEventListener("click", () => {
      note.remove();
      forget();
    });
    found[0][1].form.before(note);
  };

  const open = async () => {
    if (before.session === session) return forget(); // it was sent, or left behind
    try {
      const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: decode(before.iv) }, await key, decode(before.text));
      const draft = JSON.parse(new TextDecoder().decode(plain));
      if (draft.address === address) offer(draft.values);
    } catch {
      forget(); // somebody else's
    }
  };

  const tabs = "BroadcastChannel" in window ? new BroadcastChannel("session") : null;
  const stop = () => {
    signingOut = true;
    latest++;
    forget();
  };
  tabs?.addEventListener("message", ({ data }) => data.signingOut && stop());
  document.addEventListener("submit", (event) => {
    // By its attribute: a field may be called "action".
    if (!event.target.getAttribute("action")?.includes("/logout")) return save();
    stop();
    tabs?.postMessage({ signingOut: true });
  });
  document.addEventListener("change", save);
  document.addEventListener("input", () => {
    signingOut = false; // it came to nothing
    save();
  });
  // What Django's admin chooses for a person is told to jQuery alone.
  window.django?.jQuery?.(document).on("change", save);

  const opened = before ? open() : Promise.resolve();
  if ("posted" in dialog.dataset) opened.then(save);
})();
