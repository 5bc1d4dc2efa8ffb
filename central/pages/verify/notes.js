// Signed notes (c2sp.org/signed-note), keys as they are handed on, Ed25519 and co-signatures (c2sp.org/tlog-cosignature).

const ED25519 = 1;
const COSIGNATURE = 4;
const NOTE_MOST = { bytes: 64 * 1024, signatures: 32 };
const TIME = 8;
const SIGNATURE = 64;
// The last second of the year 9999 in Hong Kong: later times have no day of four digits.
const LAST_SECOND = 253402300799 - 8 * 3600;

const isName = (name) => name !== "" && !/[\s\u0085+\u0000-\u001f]/u.test(name);

/** Reads a note: `{text, signatures: [{name, id, blob}]}`. Throws Fault. */
function parseNote(bytes) {
  const whole = bytes.length <= NOTE_MOST.bytes ? utf8(bytes) : null;
  if (whole === null) throw new Fault("note.form");
  const cut = whole.lastIndexOf("\n\n");
  const lines = whole.slice(cut + 2).split("\n");
  const isNote =
    cut > 0 &&
    lines.pop() === "" &&
    lines.length > 0 &&
    lines.length <= NOTE_MOST.signatures &&
    !/[\u0000-\u0009\u000b-\u001f]/.test(whole);
  if (!isNote) throw new Fault("note.form");
  return { text: whole.slice(0, cut + 1), signatures: lines.map(signatureLine) };
}

function signatureLine(line) {
  const [dash, name, code, ...more] = line.split(" ");
  const raw = fromBase64(code ?? "");
  if (dash !== "\u2014" || more.length || !isName(name ?? "") || raw === null || raw.length <= 4) {
    throw new Fault("note.line");
  }
  return { name, id: hex(raw.subarray(0, 4)), blob: raw.subarray(4) };
}

/** Reads `NAME+ID+KEY`: `{name, id, algorithm, raw, text, fingerprint}`; null for anything else. */
function parseKey(line) {
  const text = line.trim();
  const [name, id, ...code] = text.split("+");
  // Base64 may have a plus of its own.
  const raw = fromBase64(code.join("+"));
  if (!isName(name) || raw === null || raw.length !== 33 || ![ED25519, COSIGNATURE].includes(raw[0])) return null;
  const key = { name, id, algorithm: raw[0], raw: raw.subarray(1), text, fingerprint: hex(sha256(raw)) };
  return hex(sha256(TO_UTF8.encode(`${name}\n`), raw).subarray(0, 4)) === id ? key : null;
}

/**
 * Who of `keys` signed the note: a Map of key to `{seconds}`, the time of a co-signature. Lines of unknown keys are passed over;
 * one of a known key that does not hold spoils the note: throws Fault.
 */
async function signersOf(note, keys) {
  const found = new Map();
  for (const key of keys) {
    for (const { name, id, blob } of note.signatures) {
      if (name !== key.name || id !== key.id) continue;
      const seconds = await demandSignature(note.text, key, blob);
      if (!found.has(key)) found.set(key, { seconds });
    }
  }
  return found;
}

async function demandSignature(text, key, blob) {
  const timed = key.algorithm === COSIGNATURE ? TIME : 0;
  let seconds = null;
  let signed = text;
  if (blob.length !== timed + SIGNATURE) throw new Fault("note.signature", { key: key.name });
  if (timed) {
    seconds = Number(new DataView(blob.buffer, blob.byteOffset).getBigUint64(0));
    if (seconds > LAST_SECOND) throw new Fault("note.signature", { key: key.name });
    signed = `cosignature/v1\ntime ${seconds}\n${text}`;
  }
  if (!(await isSigned(key, blob.subarray(timed), TO_UTF8.encode(signed)))) {
    throw new Fault("note.signature", { key: key.name });
  }
  return seconds;
}

async function isSigned(key, signature, message) {
  try {
    key.imported ??= await crypto.subtle.importKey("raw", key.raw, "Ed25519", false, ["verify"]);
    return await crypto.subtle.verify("Ed25519", key.imported, signature, message);
  } catch {
    // Thirty-two bytes that are no point of the curve are nobody's key.
    return false;
  }
}

/** Reads a note's text as a checkpoint (c2sp.org/tlog-checkpoint): `{origin, size, root}`. Throws Fault. */
function parseCheckpoint(text) {
  const [origin, size, code, end, ...more] = text.split("\n");
  const root = fromBase64(code ?? "");
  const isOne =
    end === "" &&
    more.length === 0 &&
    isName(origin) &&
    /^(0|[1-9][0-9]{0,15})$/.test(size ?? "") &&
    Number.isSafeInteger(Number(size)) &&
    root?.length === HASH;
  if (!isOne) throw new Fault("checkpoint.form");
  return { origin, size: Number(size), root };
}

/**
 * A checkpoint of the log called `origin`: `{origin, size, root, lines, isKiosks, isOtherKeys, cosigned}`. `isKiosks`: `key` signed
 * it; `isOtherKeys`: only another key of its name did; `cosigned`: when `witness` did, in seconds, or null. Throws Fault.
 */
async function openCheckpoint(bytes, { key, origin, witness = null }) {
  const note = parseNote(bytes);
  const checkpoint = parseCheckpoint(note.text);
  if (checkpoint.origin !== origin) throw new Fault("checkpoint.origin", { origin: checkpoint.origin });
  const signers = await signersOf(note, witness ? [key, witness] : [key]);
  const isKiosks = signers.has(key);
  const cosigned = signers.get(witness)?.seconds ?? null;
  const isOtherKeys = !isKiosks && cosigned === null && note.signatures.some(({ name }) => name === origin);
  return { ...checkpoint, lines: note.signatures.length, isKiosks, isOtherKeys, cosigned };
}

/** Reads a c2sp.org/tlog-proof: `{index, path, note}`, `note` in bytes. Extra data is refused: exports have none. Throws Fault. */
function parseTlogProof(bytes) {
  const whole = bytes.length <= NOTE_MOST.bytes ? utf8(bytes) : null;
  const cut = whole?.indexOf("\n\n") ?? -1;
  if (cut < 0) throw new Fault("proof.form");
  const [title, ...lines] = whole.slice(0, cut).split("\n");
  const index = /^index (0|[1-9][0-9]{0,15})$/.exec(lines.shift() ?? "");
  const path = lines.map(fromBase64);
  if (title !== "c2sp.org/tlog-proof@v1" || !index || path.some((node) => node?.length !== HASH)) throw new Fault("proof.form");
  return { index: Number(index[1]), path, note: TO_UTF8.encode(whole.slice(cut + 2)) };
}
