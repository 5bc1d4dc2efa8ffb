/* Digits for the kiosk's own screen, which has no keyboard. With a keyboard, everything works without them. */
"use strict";

(() => {
  const board = document.getElementById("keypad");
  let field = document.querySelector("[data-keys][autofocus]") ?? document.querySelector("[data-keys]");
  if (!board || !field) return;

  function key(label, press, name) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = label;
    if (name) button.setAttribute("aria-label", name);
    // The field keeps the focus.
    button.addEventListener("pointerdown", (event) => event.preventDefault());
    button.addEventListener("click", press);
    return button;
  }

  function type(digit) {
    if (field.value.length < field.maxLength) field.value += digit;
  }

  document.addEventListener("focusin", (event) => {
    if (event.target.matches?.("[data-keys]")) field = event.target;
  });
  const digits = [..."1234567890"].map((digit) => key(digit, () => type(digit)));
  board.replaceChildren(...digits, key("⌫", () => { field.value = field.value.slice(0, -1); }, board.dataset.delete));
})();
