// The page: what is chosen, what is shown. Nothing out of a file becomes anything but text.

const $ = (id) => document.getElementById(id);
const metaOf = (name) => document.querySelector(`meta[name="${name}"]`).content;
const TEXT_MOST = 2 ** 20;
const DAYS_MOST = 400;
const DRAW_EVERY = 60;
const DATES = /([0-9]{4}-[0-9]{2}-[0-9]{2}(?: [0-9]{2}:[0-9]{2}:[0-9]{2})?)/;

const own = parseKey(metaOf("authority-key"));
const state = { language: "en", authority: own, earlier: [], file: null, result: null, isBusy: false };
const words = (key, values) => say(key, state.language, values);

/** An element with children; text stays text. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** A line of text in which no day is broken over two lines. */
const line = (text) => text.split(DATES).map((piece, at) => (at % 2 ? make("span", { class: "whole" }, piece) : piece));
const list = (kind, lines) => make("ul", { class: kind }, ...lines.map((text) => make("li", {}, ...line(text))));
const part = (title, ...content) => make("section", {}, make("h3", {}, words(title)), ...content);
const grouped = (digest) => digest.replace(/(.{4})(?=.)/g, "$1 ");

// Languages

function preferred() {
  for (const tag of navigator.languages ?? []) {
    if (/^zh\b/i.test(tag)) return /hant|hk|tw|mo/i.test(tag) ? "zh-Hant" : "zh-Hans";
    if (/^en\b/i.test(tag)) return "en";
  }
  return "en";
}

function speak(language) {
  state.language = language;
  document.documentElement.lang = language;
  document.title = `${words("title")} · Venue Kiosk`;
  for (const element of document.querySelectorAll("[data-word]")) element.textContent = words(element.dataset.word);
  for (const button of document.querySelectorAll("[data-language]")) {
    button.setAttribute("aria-pressed", String(button.dataset.language === language));
  }
  for (const field of ["key", "earlier"]) complain(field, null);
  showKey();
  if (state.result) show();
}

// The authority's key and earlier checkpoints

function showKey() {
  const { authority } = state;
  $("key-known").hidden = !authority;
  $("key-none").hidden = Boolean(authority);
  $("key-name").textContent = authority ? printable(authority.name) : "";
  $("key-print").textContent = authority ? grouped(authority.fingerprint) : "";
}

function complain(field, key) {
  const text = $(`${field}-text`);
  const error = $(`${field}-error`);
  error.hidden = key === null;
  error.textContent = key === null ? "" : words(key);
  text.setAttribute("aria-invalid", String(key !== null));
}

function useKey() {
  const text = $("key-text").value.trim();
  const key = text ? parseKey(text) : own;
  const isOne = !text || key?.algorithm === ED25519;
  complain("key", isOne ? null : "key.wrong");
  if (!isOne) return $("key-text").focus();
  state.authority = key;
  showKey();
  return check();
}

function useEarlier() {
  try {
    state.earlier = parseEarlier($("earlier-text").value.slice(0, TEXT_MOST));
  } catch (error) {
    if (!(error instanceof Unusable)) throw error;
    complain("earlier", error.what);
    return $("earlier-text").focus();
  }
  complain("earlier", null);
  $("status").textContent = words("earlier.ready", { count: state.earlier.length });
  return check();
}

async function intoText(input, text, glue) {
  const [file] = input.files;
  input.value = "";
  if (!file) return false;
  const content = await file.slice(0, TEXT_MOST).text();
  const before = glue && text.value.trim();
  text.value = before ? `${before}\n${glue}\n${content}` : content;
  return true;
}

// Checking

function busy(is) {
  state.isBusy = is;
  $("drop").setAttribute("aria-busy", String(is));
  $("working").hidden = !is;
  for (const input of document.querySelectorAll("input, textarea, .row button")) input.disabled = is;
}

/** Lets the page be drawn now and then; a promise alone would not. */
function drawing() {
  let drawn = performance.now();
  const { port1, port2 } = new MessageChannel();
  return async (share) => {
    if (performance.now() - drawn < DRAW_EVERY) return;
    $("progress").value = 1000 * share;
    await new Promise((resolve) => {
      port1.onmessage = resolve;
      port2.postMessage(null);
    });
    drawn = performance.now();
  };
}

async function check() {
  const { file, authority, earlier } = state;
  if (!file || state.isBusy) return;
  $("result").hidden = true;
  $("progress").value = 0;
  $("working-file").textContent = printable(file.name);
  $("status").textContent = words("working");
  busy(true);
  try {
    state.result = await checkExport(file, { authority, earlier }, drawing());
  } catch (error) {
    // Whatever else may fail here, nothing was shown to be good.
    const known = error instanceof Unusable ? error : new Unusable("unusable.unreadable");
    state.result = { verdict: "unusable", faults: [], reasons: [], claims: null, why: known };
  } finally {
    busy(false);
  }
  show();
  $("status").textContent = words(`verdict.${called(state.result)}`);
  $("verdict").focus({ preventScroll: true });
  $("result").scrollIntoView();
}

async function choose(file) {
  if (!file || state.isBusy) return;
  state.file = file;
  await check();
}

// The result

/** What the words call it: where the authority vouches for the kiosk, it is not the origin that is unproved. */
const called = ({ verdict, claims }) => (verdict === "unproved" && claims.isVouched ? "in_part" : verdict);

function show() {
  const { result } = state;
  const { verdict } = result;
  const told = verdict === "unusable" ? words(result.why.what, result.why.values) : words(`told.${called(result)}`);
  const heading = make("h2", { id: "verdict", tabindex: "-1" }, words(`verdict.${called(result)}`));
  const banner = make("div", { class: `verdict ${verdict}` });
  banner.append($(`icon-${verdict}`).content.cloneNode(true), make("div", {}, heading, make("p", {}, told)));
  const findings = make("div", { class: "findings" });
  if (verdict === "bad") {
    const lines = list("faults", result.faults.map((fault) => sayFault(fault, state.language)));
    [...lines.children].forEach((item, at) => (item.dataset.what = result.faults[at].what));
    findings.append(part("part.faults", lines));
  }
  if (result.reasons.length) {
    findings.append(part("part.reasons", list("unclaimed", result.reasons.map((key) => words(key)))));
  }
  if (result.claims) findings.append(...claimed(result));
  findings.append(part("part.file", facts(result)));
  if (result.claims?.days.byDay.size) findings.append(part("part.days", ...daysTable(result.claims.days.byDay)));
  const print = make("button", { type: "button" }, words("print"));
  print.addEventListener("click", () => window.print());
  findings.append(make("div", { class: "row" }, print));
  $("result").replaceChildren(banner, findings);
  $("result").hidden = false;
}

function claimed({ verdict, claims }) {
  const { manifest, certificate, download } = claims;
  // Who the witness is, only a certificate says that holds.
  const cosigned = claims.isVouched ? claims.cosigned : null;
  const { kiosk, first, last, start, end } = manifest;
  const shown = [claims.isVouched ? words("claim.kiosk", certificate) : words("claim.kiosk_unproved", { kiosk })];
  const open = [];
  const count = end - start;
  shown.push(count ? words("claim.entries", { start, end: end - 1, count }) : words("claim.no_entries"));
  if (claims.days.are === "whole") shown.push(words("claim.whole", { first, last }));
  else open.push(words(`open.${claims.days.are}`, { last, end: end - 1 }));
  if (claims.days.are === "running" && claims.unseen) open.push(words("open.unseen", { count: claims.unseen }));
  if (download) shown.push(words("claim.files", { index: download.index }));
  if (cosigned) shown.push(words("claim.cosigned", { last: cosigned.size - 1, at: cosigned.at }));
  else open.push(words("open.cosigned_none"));
  const from = Math.max(start, cosigned?.size ?? end);
  if (from < end) open.push(words("open.cosigned_rest", { from, to: end - 1 }));
  if (claims.otherKey) open.push(words("open.other_key", { count: claims.otherKey }));
  for (const { size, isSame } of claims.earlier) (isSame ? shown : open).push(words(isSame ? "claim.earlier" : "open.earlier", { size }));
  const parts = [part(verdict === "genuine" ? "part.claimed" : "part.agrees", list("claimed", shown))];
  if (open.length) parts.push(part("part.unclaimed", list("unclaimed", open)));
  return parts;
}

function facts({ sha256, claims }) {
  const rows = [];
  const row = (key, value) => rows.push(make("dt", {}, words(key)), make("dd", {}, value));
  row("file.name", make("bdi", {}, printable(state.file.name)));
  row("file.size", words("file.bytes", { size: state.file.size.toLocaleString("en") }));
  if (sha256) row("file.digest", make("code", {}, sha256));
  if (claims) {
    const { manifest, download } = claims;
    row("file.days", words("file.span", manifest));
    row("file.made", printable(AT.test(manifest.made_at) ? manifest.made_at.slice(0, 19).replace("T", " ") : manifest.made_at));
    if (download) row("file.by", make("bdi", {}, taker(download)));
  }
  if (state.authority) row("file.authority", make("code", {}, grouped(state.authority.fingerprint)));
  return make("dl", {}, ...rows);
}

function taker({ session, by }) {
  if (isCount(session)) return words("file.by_session", { session });
  return typeof by === "string" ? words("file.by_name", { name: by }) : words("file.by_box");
}

function daysTable(byDay) {
  const columns = ["parties", "people", "undone", "refused", "overridden", "alarms"];
  const cells = (sums) => columns.map((name) => make("td", {}, sums[name].toLocaleString("en")));
  const days = [...byDay.entries()];
  const all = Object.fromEntries(columns.map((name) => [name, days.reduce((sum, [, sums]) => sum + sums[name], 0)]));
  const head = ["day", ...columns].map((name) => make("th", { scope: "col" }, words(`days.${name}`)));
  const body = days.slice(0, DAYS_MOST).map(([day, sums]) => make("tr", {}, make("th", { scope: "row" }, day), ...cells(sums)));
  const table = make(
    "table",
    { "aria-describedby": "days-how" },
    make("thead", {}, make("tr", {}, ...head)),
    make("tbody", {}, ...body),
    make("tfoot", {}, make("tr", {}, make("th", { scope: "row" }, words("days.all")), ...cells(all))),
  );
  const frame = make("div", { class: "table", tabindex: "0", role: "region", "aria-label": words("part.days") }, table);
  const how = make("p", { class: "hint", id: "days-how" }, words("days.caption"));
  const left = days.length - DAYS_MOST;
  return left > 0 ? [how, frame, make("p", { class: "hint" }, words("days.more", { count: left }))] : [how, frame];
}

// Beginning

async function begin() {
  $("not-started").hidden = true;
  $("languages").hidden = false;
  $("version").textContent = metaOf("version");
  for (const button of document.querySelectorAll("[data-language]")) {
    button.addEventListener("click", () => speak(button.dataset.language));
  }
  const why = await unable();
  if (why) {
    $("unable").dataset.word = why;
    $("unable").hidden = false;
    speak(preferred());
    return;
  }
  $("tool").hidden = false;
  $("key-other").open = !own;
  speak(preferred());
  $("file").addEventListener("change", ({ target }) => {
    const [file] = target.files;
    // The same file may be chosen again after it was changed.
    target.value = "";
    choose(file);
  });
  $("key-use").addEventListener("click", useKey);
  $("key-file").addEventListener("change", async ({ target }) => (await intoText(target, $("key-text"), "")) && useKey());
  $("earlier-use").addEventListener("click", useEarlier);
  $("earlier-file").addEventListener("change", async ({ target }) => (await intoText(target, $("earlier-text"), "---")) && useEarlier());
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    $("drop").classList.add("over");
  });
  document.addEventListener("dragleave", (event) => event.relatedTarget || $("drop").classList.remove("over"));
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    $("drop").classList.remove("over");
    choose(event.dataTransfer.files[0]);
  });
}

begin();
