/* Keeps the page as the server would draw it now, without losing what a person is typing.

   The stream says no more than "it is now version N"; the page then fetches itself and takes over what differs.
   Where there is no stream to be had it asks every two seconds. Forms are sent from here as well: the answer is the
   page with what became of the form. Without this script every form still works. */
"use strict";

(() => {
  const POLL_MS = 2000;
  const SILENT_MS = 10000;
  const FETCH_MS = 8000;
  const RETRY_STREAM_MS = 30000;
  const PATIENCE_MS = 1500;
  const HELD_MS = 3000;
  const CLICK_MS = 400;

  const region = () => document.getElementById("live");
  const lost = document.getElementById("lost");
  const words = document.getElementById("words").dataset;

  // ---- taking over what differs

  const isField = (node) => node.matches?.("input, textarea, select");
  const dirty = (node) =>
    node.type === "checkbox" || node.type === "radio"
      ? node.checked !== node.defaultChecked
      : node.type !== "hidden" && "defaultValue" in node && node.value !== node.defaultValue;

  function keepsOwn(node, name) {
    if (node.nodeName === "DETAILS" && name === "open") return true;
    if (node.nodeName === "IMG" && node.dataset.aim && name === "src") return true;
    // A form whose last answer never came asks again with the same command id.
    return name === "value" && node.name === "command_id" && node.form?.dataset.ownUnsure === "1";
  }

  function takeAttributes(old, fresh) {
    for (const { name } of [...old.attributes]) {
      if (!fresh.hasAttribute(name) && !keepsOwn(old, name) && !name.startsWith("data-own-")) old.removeAttribute(name);
    }
    for (const { name, value } of fresh.attributes) {
      const forced = old.nodeName === "DETAILS" && name === "open";
      if ((forced || !keepsOwn(old, name)) && old.getAttribute(name) !== value) old.setAttribute(name, value);
    }
  }

  const alike = (old, fresh) =>
    old && old.nodeType === fresh.nodeType && old.nodeName === fresh.nodeName && (old.id || "") === (fresh.id || "");

  function take(old, fresh) {
    if (old.nodeType !== Node.ELEMENT_NODE) {
      if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
      return;
    }
    if (old.hasAttribute("data-keep")) return;
    const typed = isField(old) && dirty(old) ? old.value : null;
    takeAttributes(old, fresh);
    if (typed !== null && old.value !== typed) old.value = typed;
    takeChildren(old, fresh);
  }

  function takeChildren(old, fresh) {
    let here = old.firstChild;
    for (const next of [...fresh.childNodes]) {
      const named = next.id ? [...old.children].find((child) => child.id === next.id) : null;
      if (named && alike(named, next)) {
        // Take away what stands between, rather than move what may hold the focus.
        while (here && here !== named && !stays(here, fresh)) here = drop(here);
        if (here !== named) old.insertBefore(named, here);
        else here = here.nextSibling;
        take(named, next);
      } else if (!next.id && alike(here, next)) {
        const then = here.nextSibling;
        take(here, next);
        here = then;
      } else {
        old.insertBefore(document.importNode(next, true), here);
      }
    }
    while (here) here = drop(here);
  }

  const stays = (node, fresh) => node.id && [...fresh.children].some((child) => child.id === node.id);

  // What was said about a form stands until the form is sent again, however often the page refreshes.
  let answering = false;

  function drop(node) {
    const then = node.nextSibling;
    if (answering || !node.matches?.("form[data-form] > .error")) node.remove();
    return then;
  }

  function show(html, isAnswer = false) {
    answering = isAnswer;
    const fresh = new DOMParser().parseFromString(html, "text/html").getElementById("live");
    if (!fresh) return;
    const focused = document.activeElement;
    const home = focused?.closest("#live form, #live article, #live section")?.id;
    take(region(), fresh);
    if (focused && focused !== document.body && !focused.isConnected) {
      const near = home && document.getElementById(home);
      (near?.querySelector("button, input:not([type=hidden]), a[href]") ?? document.getElementById("party"))?.focus?.({ preventScroll: true });
    }
    document.dispatchEvent(new CustomEvent("live:shown"));
  }

  // ---- taps

  /* Whoever holds a finger on a link or button finds it there when they let go: what came meanwhile is shown after the
     click. Nobody holds up the page for long: a verdict has to appear, whatever leans on the screen. */
  let held = 0;
  let late = null;

  function hold() {
    if (late) return;
    clearTimeout(held);
    held = setTimeout(letGo, HELD_MS);
  }

  function letGo(after = 0) {
    clearTimeout(held);
    if (after) {
      held = setTimeout(letGo, after);
      return;
    }
    held = 0;
    const shown = late;
    late = null;
    shown?.();
  }

  function whenNothingIsHeld(shows) {
    if (held) late = shows;
    else shows();
  }

  addEventListener("pointerdown", hold, true);
  // A click follows: at once after a mouse, a little later after a finger.
  addEventListener("pointerup", () => held && letGo(CLICK_MS), true);
  addEventListener("pointercancel", () => held && letGo(), true);
  addEventListener("click", () => held && letGo(1), true);
  // The space bar presses when it comes up again.
  addEventListener("keydown", (event) => event.key === " " && !isField(event.target) && hold(), true);
  addEventListener("keyup", () => held && letGo(1), true);
  addEventListener("blur", () => held && letGo());

  // ---- the connection

  let failing = 0;

  function reached() {
    clearTimeout(failing);
    failing = 0;
    lost.hidden = true;
    document.body.classList.remove("is-lost");
  }

  function failed() {
    if (failing) return;
    failing = setTimeout(() => {
      lost.hidden = false;
      document.body.classList.add("is-lost");
    }, PATIENCE_MS);
  }

  async function ask(url, options = {}) {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), FETCH_MS);
    try {
      const answer = await fetch(url, {
        cache: "no-store",
        credentials: "same-origin",
        ...options,
        headers: { "X-Live": "1" },
        signal: stop.signal,
      });
      return { answer, html: await answer.text() };
    } finally {
      clearTimeout(timer);
    }
  }

  let asking = false;
  let again = false;
  // Counts answers to forms: a refresh that was on its way meanwhile is older than what the page shows.
  let epoch = 0;

  async function refresh() {
    if (asking) {
      again = true;
      return;
    }
    asking = true;
    try {
      const began = epoch;
      const { answer, html } = await ask(region().dataset.live);
      if (answer.status === 401) return location.reload();
      if (!answer.ok) throw new Error(String(answer.status));
      reached();
      whenNothingIsHeld(() => began === epoch && show(html));
    } catch {
      failed();
    } finally {
      asking = false;
      if (again) {
        again = false;
        setTimeout(refresh, 50);
      }
    }
  }

  let stream = null;
  let heard = 0;

  function listen() {
    stream?.close();
    heard = Date.now();
    stream = new EventSource(region().dataset.stream);
    const changed = (event) => {
      heard = Date.now();
      reached();
      if (event.data !== region().dataset.version) refresh();
    };
    stream.addEventListener("changed", changed);
    stream.addEventListener("beat", changed);
    stream.addEventListener("error", () => {
      // Closed for good: all streams are taken, or the session has ended. Poll, and try again later.
      if (stream?.readyState === EventSource.CLOSED) stop();
      // A question that hangs says nothing for seconds: a broken stream is a lost server until an answer arrives.
      failed();
      refresh();
    });
  }

  function stop() {
    stream?.close();
    stream = null;
    setTimeout(listen, RETRY_STREAM_MS);
  }

  setInterval(() => {
    if (stream && Date.now() - heard > SILENT_MS) {
      failed();
      listen();
    }
    if (!stream || stream.readyState !== EventSource.OPEN) refresh();
  }, POLL_MS);

  // ---- forms and links

  let toasting = 0;

  function toast(text) {
    const box = document.getElementById("toast");
    box.textContent = text;
    box.hidden = false;
    clearTimeout(toasting);
    toasting = setTimeout(() => { box.hidden = true; }, 6000);
  }

  async function send(form, button) {
    if (form.dataset.ownBusy) return;
    const body = new URLSearchParams(new FormData(form, button));
    form.dataset.ownBusy = "1";
    form.setAttribute("aria-busy", "true");
    try {
      const { answer, html } = await ask(form.action, { method: "POST", body });
      reached();
      if (answer.status === 401) return location.reload();
      if (!html) {
        await refresh();
        return toast(words.again);
      }
      epoch += 1;
      delete form.dataset.ownUnsure;
      if (answer.ok) form.reset();
      show(html, true);
      if (answer.headers.get("X-Outcome") === "unsure") form.dataset.ownUnsure = "1";
      document.getElementById(form.id)?.querySelector(".error")?.scrollIntoView({ block: "nearest" });
    } catch {
      form.dataset.ownUnsure = "1";
      failed();
      toast(words.unsent);
    } finally {
      delete form.dataset.ownBusy;
      form.removeAttribute("aria-busy");
    }
  }

  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form[data-form]")) return;
    event.preventDefault();
    send(event.target, event.submitter);
  });

  document.addEventListener("click", async (event) => {
    const link = event.target.closest("a[data-live-link]");
    if (!link) return;
    event.preventDefault();
    const url = new URL(link.href);
    if (url.pathname === location.pathname) url.pathname += "/live";
    try {
      const { html } = await ask(url);
      epoch += 1;
      show(html);
    } catch {
      failed();
    }
  });

  listen();
})();
