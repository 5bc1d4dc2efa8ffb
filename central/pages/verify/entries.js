// Entries: what a leaf has to be, and what the proved ones add up to.

const LEAF_MOST = 64 * 1024;
const AT = /^([0-9]{4}-[0-9]{2}-[0-9]{2})T(?:[01][0-9]|2[0-3])(?::[0-5][0-9]){2}\.[0-9]{3}\+08:00$/;
const NEWLINE = 10;

/** Reads a leaf of this kiosk: `{index, at, day, entry}`. Throws Fault. */
function parseLeaf(bytes, kiosk) {
  const leaf = bytes.length <= LEAF_MOST ? canonicalObject(bytes) : null;
  if (leaf === null || typeof leaf.entry !== "object" || typeof leaf.entry?.type !== "string") throw new Fault("leaf.form");
  if (leaf.v !== 1) throw new Fault("leaf.version");
  if (leaf.kiosk !== kiosk) throw new Fault("leaf.kiosk");
  if (!isCount(leaf.index)) throw new Fault("leaf.form");
  if ("sealed" in leaf && !isDigest(leaf.sealed)) throw new Fault("leaf.form");
  const day = typeof leaf.at === "string" ? AT.exec(leaf.at)?.[1] : undefined;
  if (!isDay(day)) throw new Fault("leaf.time");
  return { index: leaf.index, at: leaf.at, day, entry: leaf.entry };
}

/** Cuts a stream into lines and hands each on without its newline; one that is too long is handed on as null. */
class Lines {
  #held = new Uint8Array();
  #isTooLong = false;

  constructor(take) {
    this.take = take;
  }

  push(chunk) {
    let start = 0;
    for (let end; (end = chunk.indexOf(NEWLINE, start)) >= 0; start = end + 1) {
      const line = chunk.subarray(start, end);
      this.take(this.#isTooLong ? null : this.#held.length ? joined(this.#held, line) : line);
      this.#held = new Uint8Array();
      this.#isTooLong = false;
    }
    this.#isTooLong ||= this.#held.length + chunk.length - start > LEAF_MOST;
    this.#held = this.#isTooLong ? new Uint8Array() : joined(this.#held, chunk.subarray(start));
  }

  /** Whether the last line ended. */
  get isWhole() {
    return !this.#isTooLong && this.#held.length === 0;
  }
}

/** Counts by days: simple sums of what the entries say, nothing that has to be judged. */
class Days {
  byDay = new Map();
  /** `whole`, `running` where the last day was not over, or `signed_so_far`. */
  are = "whole";

  add({ day, entry }) {
    if (!this.byDay.has(day)) {
      this.byDay.set(day, { entries: 0, parties: 0, people: 0, overridden: 0, undone: 0, refused: 0, alarms: 0 });
    }
    const sums = this.byDay.get(day);
    sums.entries += 1;
    switch (entry.type) {
      case "admission":
        sums.parties += 1;
        sums.people += Array.isArray(entry.people) ? entry.people.length : 0;
        sums.overridden += entry.override ? 1 : 0;
        break;
      case "undone":
        sums.undone += 1;
        break;
      case "refusal":
        sums.refused += 1;
        break;
      case "alarm":
        sums.alarms += 1;
        break;
    }
  }
}
