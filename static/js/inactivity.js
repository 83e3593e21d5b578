// Warns before a browser session ends. The server keeps the clock; this only asks it, which is never activity.
"use strict";

const dialog = document.getElementById("inactivity");

if (dialog) {
  const warnBefore = Number(dialog.dataset.warnBefore);
  const count = dialog.querySelector("[data-count]");
  const announced = dialog.querySelector("[data-announced]");
  let endsAt = Date.now() + Number(dialog.dataset.secondsLeft) * 1000;
  let timer;

  const secondsLeft = () => Math.max(0, Math.ceil((endsAt - Date.now()) / 1000));

  const until = (seconds) => {
    endsAt = Date.now() + seconds * 1000;
    schedule();
  };

  const leave = () => {
    const back = encodeURIComponent(location.pathname + location.search);
    location.assign(`${dialog.dataset.login}?next=${back}`);
  };

  // Another tab may have been used meanwhile, so the server is asked before anything is shown.
  const askTheServer = async () => {
    try {
      const answer = await fetch(dialog.dataset.clock, { headers: { Accept: "application/json" } });
      until((await answer.json()).secondsLeft);
    } catch {
      timer = setTimeout(askTheServer, 5000);
    }
  };

  const stay = async () => {
    try {
      const answer = await fetch(dialog.dataset.stay, {
        method: "POST",
        headers: { "X-CSRFToken": dialog.dataset.csrf },
      });
      if (!answer.ok) return leave();
      until((await answer.json()).secondsLeft);
      dialog.close();
    } catch {
      announced.textContent = "The server can't be reached. Try again.";
    }
  };

  const tick = () => {
    const left = secondsLeft();
    count.textContent = left;
    // Said aloud at half a minute and ten seconds: every second would drown everything else.
    if (left === 30 || left === 10) announced.textContent = `${left} seconds left.`;
    if (left === 0) return askTheServer();
    timer = setTimeout(tick, 1000);
  };

  const schedule = () => {
    clearTimeout(timer);
    const left = secondsLeft();
    if (left === 0) return leave();
    if (left > warnBefore) {
      if (dialog.open) dialog.close();
      // Timers longer than 2^31 ms fire at once, and a sleeping laptop delays any: look again at least every minute.
      timer = setTimeout(left - warnBefore > 60 ? schedule : askTheServer, Math.min(left - warnBefore, 60) * 1000);
      return;
    }
    if (!dialog.open) {
      announced.textContent = "";
      dialog.showModal();
      dialog.querySelector("[data-stay-button]").focus();
    }
    tick();
  };

  dialog.querySelector("[data-stay-button]").addEventListener("click", stay);
  // Escape says "I am here" as well as the button does.
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    stay();
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) askTheServer();
  });
  schedule();
}
