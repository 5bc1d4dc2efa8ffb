// Canonical JSON (RFC 8785) of what our files hold: objects, lists, strings, whole numbers, true, false and null.

const DEEPEST = 32;
// With the flag, a surrogate is found only where it stands alone.
const HALF = /[\ud800-\udfff]/u;

/** The canonical text of a value. Throws what is no Fault: the caller knows where it read. */
function canonical(value, depth = 0) {
  if (depth > DEEPEST) throw new RangeError("too deep");
  switch (typeof value) {
    case "string":
      if (HALF.test(value)) throw new RangeError("half a surrogate pair");
      return JSON.stringify(value);
    case "number":
      if (!Number.isSafeInteger(value)) throw new RangeError("not a whole number that is exact");
      return String(value);
    case "boolean":
      return String(value);
  }
  if (value === null) return "null";
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item, depth + 1)).join(",")}]`;
  // Array.sort without a comparison goes by UTF-16 code units, as the RFC wants it.
  const parts = Object.keys(value)
    .sort()
    .map((name) => `${canonical(name)}:${canonical(value[name], depth + 1)}`);
  return `{${parts.join(",")}}`;
}

/**
 * The object whose canonical form these bytes are; null for anything else. A name that stands twice, a blank, another way of
 * writing a number: in each of them the canonical form differs from what was read.
 */
function canonicalObject(bytes) {
  const text = utf8(bytes);
  if (text === null) return null;
  try {
    const value = JSON.parse(text);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject && canonical(value) === text ? value : null;
  } catch {
    return null;
  }
}

const hasFields = (object, ...names) => canonical(Object.keys(object).sort()) === canonical(names.sort());
const isCount = (value) => Number.isSafeInteger(value) && value >= 0;
