// Warns before a browser session ends. The server decides: a page asks it, which is never activity, and leaves for the
// sign-in page when the server says that the session is over. Tabs tell each other what they heard.
"use strict";

(() => {
  const ASK_EVERY = 60_000;
  const ASK_WHILE_WARNING_EVERY = 10_000;
  const LOOK_EVERY = 5_000; // a timer stands still while a laptop sleeps
  const TRY_AGAIN_AFTER = 5_000;
  const WAIT_FOR_AN_ANSWER = 10_000;
  const FRESH_FOR = 10_000;

  const dialog = document.getElementById("inactivity");
  const tabs = "BroadcastChannel" in window ? new BroadcastChannel("session") : null;

  const fetchClock = async (address, options) => {
    const signal = AbortSignal.timeout(WAIT_FOR_AN_ANSWER);
    const answer = await fetch(address, { cache: "no-store", headers: { Accept: "application/json" }, signal, ...options });
    if (!answer.ok) throw new Error(answer.status);
    return answer.json();
  };

  if (!dialog) {
    // Nobody is signed in on this page, and maybe no more in the other tabs either.
    tabs?.postMessage({ signedOut: true });
    const form = document.querySelector("form[data-clock]");
    // Whoever signed in from another tab goes on here too.
    const goOn = async () => {
      if (document.hidden) return;
      const clock = await fetchClock(form.dataset.clock).catch(() => null);
      if (clock?.secondsLeft) location.replace(location.href);
    };
    if (form) {
      document.addEventListener("visibilitychange", goOn);
      tabs?.addEventListener("message", ({ data }) => data.clock && goOn());
    }
    return;
  }

  const counts = dialog.querySelectorAll("[data-count]");
  const announced = dialog.querySelector("[data-announced]");
  let clock = JSON.parse(dialog.dataset.clock);
  const session = clock.session;
  let saidAt = Date.now();
  let saidSince = performance.now();
  let timer;
  let dismissed = false;
  let leaving = false;
  let submittedAt = -Infinity;

  // Whichever is longer: people set the one clock, and the other may stand still while a laptop sleeps.
  const age = () => Math.max(Date.now() - saidAt, performance.now() - saidSince);
  const millisecondsLeft = () => clock.secondsLeft * 1000 - age();

  const cover = (covered) => document.documentElement.classList.toggle("covered", covered);

  const show = (state) => {
    for (const part of dialog.querySelectorAll("[data-in]")) part.hidden = !part.dataset.in.split(" ").includes(state);
    if (dialog.open) return;
    announced.textContent = "";
    dialog.showModal();
    dialog.querySelector("button:not([hidden])")?.focus();
  };

  const leave = () => {
    if (leaving) return;
    clearTimeout(timer);
    cover(true);
    // The answer to a form is on its way and leads on: after a sign-out, to the sign-out of their identity provider.
    const wait = submittedAt + WAIT_FOR_AN_ANSWER - performance.now();
    if (wait > 0) {
      timer = setTimeout(leave, wait);
      return;
    }
    leaving = true;
    const here = encodeURIComponent(location.pathname + location.search + location.hash);
    // In the place of this page, so that nobody goes back to it.
    location.replace(`${dialog.dataset.login}?next=${here}&signed-out`);
  };

  const take = (said) => {
    if (said.session !== session) return leave();
    clock = said;
    saidAt = Date.now();
    saidSince = performance.now();
    cover(false);
    look();
  };

  const hear = (said) => {
    tabs?.postMessage({ clock: said, at: Date.now() });
    take(said);
  };

  const ask = async () => {
    clearTimeout(timer);
    if (leaving) return;
    if (millisecondsLeft() <= 0) cover(true);
    try {
      hear(await fetchClock(dialog.dataset.ask));
    } catch {
      if (millisecondsLeft() <= 0) {
        cover(true);
        show("unreachable");
      }
      timer = setTimeout(ask, TRY_AGAIN_AFTER);
    }
  };

  const stay = async () => {
    try {
      hear(await fetchClock(dialog.dataset.stay, { method: "POST", headers: { "X-CSRFToken": dialog.dataset.csrf } }));
    } catch {
      announced.textContent = dialog.dataset.noAnswer;
      ask();
    }
  };

  const warn = (left) => {
    const seconds = Math.ceil(left / 1000);
    for (const count of counts) count.textContent = seconds;
    if (clock.canStay || !dismissed) show(clock.canStay ? "idle" : "longest");
    // Said aloud at half a minute and ten seconds: every second would drown everything else.
    if (seconds === 30 || seconds === 10) announced.textContent = dialog.dataset.secondsLeft.replace("{n}", seconds);
    timer = setTimeout(age() > ASK_WHILE_WARNING_EVERY ? ask : look, Math.min(left, 1000));
  };

  const look = () => {
    clearTimeout(timer);
    const left = millisecondsLeft();
    const early = left - clock.warnBefore * 1000;
    if (left <= 0) return ask();
    if (early <= 0) return dialog.open || age() < ASK_WHILE_WARNING_EVERY ? warn(left) : ask();
    dismissed = false;
    if (dialog.open) dialog.close();
    if (age() >= ASK_EVERY) return ask();
    timer = setTimeout(look, Math.min(early + 50, LOOK_EVERY));
  };

  const dismiss = () => {
    dismissed = true;
    dialog.close();
  };

  dialog.querySelector("[data-stay-button]").addEventListener("click", stay);
  dialog.querySelector("[data-dismiss-button]").addEventListener("click", dismiss);
  window.addEventListener("submit", (event) => {
    if (!event.defaultPrevented) submittedAt = performance.now();
  });
  // Escape says "I am here" as well as the button does.
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    if (document.documentElement.classList.contains("covered")) return;
    if (clock.canStay) stay();
    else dismiss();
  });
  tabs?.addEventListener("message", ({ data }) => {
    const fresh = data.clock?.session === session && Date.now() - data.at < FRESH_FOR;
    if (fresh && !leaving) take(data.clock);
    else ask();
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) ask();
  });
  // A browser may keep a page as it was, and show it to whoever goes back.
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    leaving = false;
    cover(true);
    ask();
  });

  tabs?.postMessage({ clock, at: Date.now() });
  look();
})();
