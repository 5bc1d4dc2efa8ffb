/* The duty sheet's one button. Without this script the browser's own menu prints. */
"use strict";

document.querySelector("[data-print]")?.addEventListener("click", () => window.print());
