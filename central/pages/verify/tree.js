// The tree of RFC 6962. Proofs are read by the RFC's own definitions (2.1.1 and 2.1.2), from their end. Numbers, not bits:
// JavaScript's operators on bits know 32 of them.

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);
const leafHash = (bytes) => sha256(LEAF, bytes);
const nodeHash = (left, right) => sha256(NODE, left, right);

/** The largest power of two below `size`, which is 2 or more. */
function leftHalf(size) {
  let width = 1;
  while (width * 2 < size) width *= 2;
  return width;
}

/** The widths of the fewest complete subtrees over the leaves from `start` to `end` (excluded), from the left. */
function widths(start, end) {
  const found = [];
  while (start < end) {
    let width = 1;
    while (start % (width * 2) === 0 && start + width * 2 <= end) width *= 2;
    found.push(width);
    start += width;
  }
  return found;
}

/** Complete subtrees side by side, joined as they come: the beginning of a tree. */
class Row {
  #trees = [];
  size = 0;

  /** Adds a complete subtree of so many leaves. */
  push(width, hash) {
    this.size += width;
    const trees = this.#trees;
    while (trees.length && trees[trees.length - 1].width === width) {
      hash = nodeHash(trees.pop().hash, hash);
      width *= 2;
    }
    trees.push({ width, hash });
  }

  /** The root of the tree of `size` leaves. */
  root() {
    if (!this.size) return sha256();
    return this.#trees.map((tree) => tree.hash).reduceRight((right, left) => nodeHash(left, right));
  }
}

/** Whether the leaf stands at `index` in the tree of `size` leaves with that root. */
function isIncluded(index, size, leaf, path, root) {
  if (index >= size) return false;
  const rest = [...path];
  const top = climb(index, size, leaf, rest);
  return top !== null && rest.length === 0 && same(top, root);
}

function climb(index, size, leaf, rest) {
  if (size === 1) return leaf;
  const sibling = rest.pop();
  if (!sibling) return null;
  const left = leftHalf(size);
  const below = index < left ? climb(index, left, leaf, rest) : climb(index - left, size - left, leaf, rest);
  if (below === null) return null;
  return index < left ? nodeHash(below, sibling) : nodeHash(sibling, below);
}

/** Whether the tree of `size` leaves with `root` begins with that of `old` leaves with `oldRoot`; 0 < old < size. */
function isConsistent(old, oldRoot, size, root, path) {
  if (!(old > 0 && old < size)) return false;
  const rest = [...path];
  const roots = subproof(old, size, true, oldRoot, rest);
  return roots !== null && rest.length === 0 && same(roots[0], oldRoot) && same(roots[1], root);
}

function subproof(old, size, known, oldRoot, rest) {
  if (old === size) {
    const hash = known ? oldRoot : rest.pop();
    return hash ? [hash, hash] : null;
  }
  const sibling = rest.pop();
  if (!sibling) return null;
  const left = leftHalf(size);
  if (old <= left) {
    const roots = subproof(old, left, known, oldRoot, rest);
    return roots && [roots[0], nodeHash(roots[1], sibling)];
  }
  const roots = subproof(old - left, size - left, false, oldRoot, rest);
  return roots && [nodeHash(sibling, roots[0]), nodeHash(sibling, roots[1])];
}
