// Bytes, text and base64, each in the one form that counts, and the two ways in which a check can end early.

/** Something is wrong with the file: `what` is a key of the words, `values` fill it, `file` is where (a name in the ZIP). */
class Fault extends Error {
  constructor(what, values = {}, file = "") {
    super(what);
    Object.assign(this, { what, values, file });
  }
}

/** Nothing can be judged: what was given is no export, or cannot be read. */
class Unusable extends Error {
  constructor(what, values = {}) {
    super(what);
    Object.assign(this, { what, values });
  }
}

// Both give one text for one sequence of bytes and refuse what is not UTF-8; a byte-order mark stays.
const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const TO_UTF8 = new TextEncoder();
const HEX = /^[0-9a-f]*$/;
const HASH = 32;

const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const same = (one, other) => one.length === other.length && one.every((byte, at) => byte === other[at]);
const isDigest = (value) => typeof value === "string" && value.length === 2 * HASH && HEX.test(value);

function joined(...pieces) {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** The text, or null where the bytes are not UTF-8. */
function utf8(bytes) {
  try {
    return UTF8.decode(bytes);
  } catch {
    return null;
  }
}

/** The bytes of standard base64 (RFC 4648, 4) in its one form; null for anything else. */
function fromBase64(text) {
  let raw;
  try {
    raw = atob(text);
  } catch {
    return null;
  }
  return btoa(raw) === text ? Uint8Array.from(raw, (sign) => sign.charCodeAt(0)) : null;
}

const toBase64 = (bytes) => btoa(String.fromCharCode(...bytes));

/** A day of the calendar, as in 2021-04-29. */
function isDay(text) {
  if (typeof text !== "string" || !/^(?!0000)[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(text)) return false;
  const at = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
}

/** Hong Kong's clock, which knows no summer time: `2021-05-01 19:30:00`. `seconds` since 1970. */
const hongKong = (seconds) => new Date((seconds + 8 * 3600) * 1000).toISOString().slice(0, 19).replace("T", " ");
