/* What only the display needs: the camera's small picture to aim by, a keyboard on the screen, reasons that fit. */
"use strict";

(() => {
  const AIM_MS = 300;
  const AIM_LATER_MS = 2000;
  const SMALLEST_PX = 14;

  // ---- the picture to aim by: the next one is asked for when the last has come

  function aim() {
    const image = document.querySelector("img[data-aim]");
    if (!image || document.hidden || document.body.classList.contains("is-lost")) return setTimeout(aim, AIM_MS);
    const next = new Image();
    next.onload = () => {
      image.src = next.src;
      image.dataset.ownSeen = "1";
      setTimeout(aim, AIM_MS);
    };
    next.onerror = () => setTimeout(aim, AIM_LATER_MS);
    next.src = `${image.dataset.aim}&t=${Date.now()}`;
  }

  // ---- a keyboard on the screen

  const LETTERS = ["QWERTYUIOP", "ASDFGHJKL", "ZXCVBNM,-"];
  const DIGITS = ["123", "456", "789", "+0"];
  const words = document.getElementById("words").dataset;
  let field = null;

  function key(label, press, name, wide) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = label;
    button.tabIndex = -1;
    if (name) button.setAttribute("aria-label", name);
    if (wide) button.className = wide;
    // The field keeps the focus.
    button.addEventListener("pointerdown", (event) => event.preventDefault());
    button.addEventListener("click", press);
    return button;
  }

  function type(text) {
    const { selectionStart: from, selectionEnd: to, value } = field;
    if (value.length - (to - from) + text.length > field.maxLength) return;
    field.setRangeText(text, from, to, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function erase() {
    const { selectionStart: from, selectionEnd: to } = field;
    field.setRangeText("", from === to ? Math.max(0, from - 1) : from, to, "end");
  }

  function keyboard(input) {
    const board = document.getElementById("keyboard");
    if (!board || (field === input && board.childElementCount)) return;
    field = input;
    const digits = input.dataset.keys === "digits";
    board.className = `keyboard ${digits ? "digits" : "letters"}`;
    const rows = (digits ? DIGITS : LETTERS).map((row) => [...row].map((sign) => key(sign, () => type(sign))));
    const del = key("⌫", erase, words.delete, "wide");
    if (digits) rows.at(-1).push(del);
    else {
      rows.at(-1).push(del);
      rows.push([key(words.space, () => type(" "), words.space, "space")]);
    }
    board.replaceChildren(...rows.map((keys) => {
      const row = document.createElement("div");
      row.append(...keys);
      return row;
    }));
  }

  document.addEventListener("focusin", (event) => {
    if (event.target.matches?.("input[data-keys]")) keyboard(event.target);
  });

  // ---- reasons that fit

  const SMALLEST_FIT = 0.6;

  function fit() {
    const thought = document.getElementById("thought");
    let share = 1;
    thought.style.removeProperty("--fit");
    while (thought.scrollHeight > thought.clientHeight + 1 && share > SMALLEST_FIT) {
      share -= 0.04;
      thought.style.setProperty("--fit", share.toFixed(2));
    }
    for (const list of document.querySelectorAll("[data-fit]")) {
      list.style.fontSize = "";
      let size = parseFloat(getComputedStyle(list).fontSize);
      while (list.scrollHeight > list.clientHeight + 1 && size > SMALLEST_PX) {
        size -= 1;
        list.style.fontSize = `${size}px`;
      }
    }
  }

  function shown() {
    const first = document.querySelector("input[data-keys]");
    if (first && document.getElementById("keyboard").childElementCount === 0) first.focus();
    fit();
  }

  document.addEventListener("live:shown", shown);
  window.addEventListener("resize", fit);
  shown();
  aim();
})();
