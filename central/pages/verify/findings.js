// What is wrong, each fault once, and of many alike only the first few: a file of a stranger's may have millions.

const TOLD = { alike: 10, all: 100 };

class Findings {
  #told = [];
  #keys = new Set();
  #alike = new Map();

  /** `place`: `[kind, number]`, where in the file: an entry, a line, or a checkpoint by its size. */
  add(what, file = "", place = null, values = {}) {
    const key = JSON.stringify([what, file, place, values]);
    if (this.#keys.has(key)) return;
    const kind = `${what} ${file}`;
    const count = (this.#alike.get(kind) ?? 0) + 1;
    this.#alike.set(kind, count);
    if (count > TOLD.alike || this.#told.length >= TOLD.all) return;
    this.#keys.add(key);
    this.#told.push({ what, file, place, values });
  }

  /** What `work` gives; null where it found a fault, which is taken down as one of `file`. */
  async in(file, work, place = null) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      this.add(error.what, error.file || file, place, error.values);
      return null;
    }
  }

  get any() {
    return this.#alike.size > 0;
  }

  /** All of them, and behind them how many were left out. */
  list() {
    const counts = [...this.#alike.values()].reduce((sum, count) => sum + count, 0);
    const more = counts - this.#told.length;
    return more ? [...this.#told, { what: "more", file: "", place: null, values: { count: more } }] : this.#told;
  }
}
