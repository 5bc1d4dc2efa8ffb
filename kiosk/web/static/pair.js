/* Looks every few seconds whether staff have typed the code. */
"use strict";

setInterval(async () => {
  try {
    const answer = await fetch(location.href, { cache: "no-store", credentials: "same-origin" });
    if (answer.ok && answer.redirected) location.assign(answer.url);
  } catch {
    // The next look will tell.
  }
}, 2000);
