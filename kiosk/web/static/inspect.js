/* The inspector's fields for days: on the kiosk's own screen there is no keyboard, so a tap anywhere on one opens its calendar. */
"use strict";

document.addEventListener("click", (event) => {
  if (!event.target.matches?.("input[type=date]")) return;
  // Not every browser lets a page open it; typing works in all of them.
  try { event.target.showPicker?.(); } catch { /* as above */ }
});
