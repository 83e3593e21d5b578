// Keeps a part of a page up to date: asks its address again, which answers 304 while nothing changed. Without scripts
// people open the page again.
"use strict";

(() => {
  const EVERY = 5_000;

  const keep = (part) => {
    let etag = "";
    const ask = async () => {
      if (document.hidden) return;
      const headers = { Accept: "text/html", ...(etag && { "If-None-Match": etag }) };
      const answer = await fetch(part.dataset.live, { cache: "no-store", redirect: "manual", headers }).catch(() => null);
      // Signed out, or no more allowed: another question would have the same answer.
      if (answer && (answer.type === "opaqueredirect" || answer.status === 403 || answer.status === 404)) clearInterval(timer);
      if (!answer?.ok) return;
      etag = answer.headers.get("ETag");
      const told = new DOMParser().parseFromString(await answer.text(), "text/html").body;
      // What is the same stays, with the focus in it, and is not read aloud again.
      if (told.innerHTML.trim() !== part.innerHTML.trim()) part.replaceChildren(...told.childNodes);
    };
    const timer = setInterval(ask, EVERY);
    document.addEventListener("visibilitychange", ask);
  };

  for (const part of document.querySelectorAll("[data-live]")) keep(part);
})();
