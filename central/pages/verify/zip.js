// The archive in the one form that docs/adr/0020-export.md gives it. What is not in this form is not read: two programs
// could see different files in it. Nothing is held but the directory; members are read and inflated piece by piece.

const LOCAL = { signature: 0x04034b50, size: 30 };
const CENTRAL = { signature: 0x02014b50, size: 46 };
const END = { signature: 0x06054b50, size: 22 };
const SEAL = 64;

const VERSION = 20;
const MADE_BY = (3 << 8) | VERSION;
const FLAGS = 0x0800;
const STORED = 0;
const DEFLATED = 8;
const DATE_1980 = (1 << 5) | 1;
const ATTRIBUTES = (0o100644 << 16) >>> 0;

// Far above a year of a busy place; whoever sends more waits for nothing.
const MOST = { archive: 512 * 2 ** 20, unpacked: 2 * 2 ** 30, members: 1000, name: 200, ratio: 1032 };
const READ = 2 ** 20;
// Deflate makes at most `ratio` bytes of one: a small piece bounds what one step can put into memory.
const PIECE = 16 * 2 ** 10;

const FOLDER = /^venue-kiosk_([A-Za-z0-9][A-Za-z0-9_-]{0,31})_([0-9-]{10})_([0-9-]{10})\//;
const INSTRUMENT = /^instruments\/[A-Za-z0-9][A-Za-z0-9._-]*\.yaml$/;

/** The members in the order of the table; `bound`: in the manifest, `need`: in every export. */
const TABLE = [
  { name: "README.txt", bound: true, need: true },
  { name: "report.pdf", bound: true },
  { name: "people.csv", bound: true, need: true },
  { name: "entries.csv", bound: true, need: true },
  { name: "staff.csv", bound: true, need: true },
  { name: INSTRUMENT, bound: true },
  { name: "log/entries.jsonl", bound: true, need: true },
  { name: "log/checkpoints.txt", bound: true },
  { name: "log/cosigned.note", bound: true },
  { name: "log/certificate.note", bound: true },
  { name: "log/key.txt", bound: true, need: true },
  { name: "log/state.json", bound: true, need: true },
  { name: "manifest.json", need: true },
  { name: "log/download.json", with: "log/download.tlog-proof" },
  { name: "log/download.tlog-proof", with: "log/download.json" },
  { name: "log/before.json", with: "log/before.tlog-proof" },
  { name: "log/before.tlog-proof", with: "log/before.json" },
  { name: "log/after.json", with: "log/after.tlog-proof" },
  { name: "log/after.tlog-proof", with: "log/after.json" },
  { name: "log/checkpoint.note", need: true },
  { name: "log/proof.json", need: true },
];
const placeOf = (name) => TABLE.findIndex((row) => row.name === name || (row.name === INSTRUMENT && INSTRUMENT.test(name)));

const CRC = Int32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1;
  return rest;
});

function crc32(crc, bytes) {
  for (let at = 0; at < bytes.length; at++) crc = (crc >>> 8) ^ CRC[(crc ^ bytes[at]) & 0xff];
  return crc;
}

async function bytesOf(file, start, end) {
  try {
    return new Uint8Array(await file.slice(start, end).arrayBuffer());
  } catch {
    throw new Unusable("unusable.unreadable");
  }
}

/**
 * Reads the directory, and compares each member's own header with it.
 *
 * Gives `{kiosk, first, last, sealEnd, seal, members}`: what the folder says, the number of bytes under the seal, the seal, and a
 * Map of names (without the folder) to `{name, method, crc, packed, size, at}`. Throws Unusable and Fault.
 */
async function openArchive(file) {
  if (!(await isZip(file))) throw new Unusable("unusable.no_zip");
  if (file.size > MOST.archive) throw new Unusable("unusable.too_large", { most: MOST.archive / 2 ** 20 });
  const sealEnd = file.size - END.size - SEAL;
  if (sealEnd < LOCAL.size) throw new Fault("zip.end");
  const end = new DataView((await bytesOf(file, sealEnd, file.size)).buffer);
  const count = end.getUint16(10, true);
  const start = end.getUint32(16, true);
  const isWhole =
    end.getUint32(0, true) === END.signature &&
    end.getUint32(4, true) === 0 &&
    end.getUint16(8, true) === count &&
    end.getUint32(12, true) === sealEnd - start &&
    end.getUint16(20, true) === SEAL;
  if (!isWhole) throw new Fault("zip.end");
  if (count > MOST.members || sealEnd - start > count * (CENTRAL.size + MOST.name)) throw new Fault("zip.directory");
  const members = directory(await bytesOf(file, start, sealEnd), count);
  const whose = FOLDER.exec(members[0]?.name ?? "");
  if (!whose) throw new Fault("zip.folder");
  const archive = { kiosk: whose[1], first: whose[2], last: whose[3], sealEnd, members: new Map() };
  archive.seal = utf8(new Uint8Array(end.buffer, END.size)) ?? "";
  let at = 0;
  for (const member of members) {
    if (!member.name.startsWith(whose[0])) throw new Fault("zip.folder");
    at = await demandHeader(file, member, at);
    archive.members.set(member.name.slice(whose[0].length), member);
  }
  if (at !== start) throw new Fault("zip.gap");
  demandTable([...archive.members.keys()], members.length);
  return archive;
}

/** Whether the file begins or ends as some ZIP does; whatever else is wrong with it is then a fault. */
async function isZip(file) {
  const head = await bytesOf(file, 0, 4);
  const tail = await bytesOf(file, Math.max(0, file.size - END.size - 0xffff), file.size);
  if (head.length < 4) return false;
  const begins = new DataView(head.buffer).getUint32(0, true);
  if (begins === LOCAL.signature || begins === END.signature) return true;
  const view = new DataView(tail.buffer);
  for (let at = tail.length - END.size; at >= 0; at--) if (view.getUint32(at, true) === END.signature) return true;
  return false;
}

function directory(bytes, count) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const members = [];
  let at = 0;
  let unpacked = 0;
  for (let number = 0; number < count; number++) {
    if (at + CENTRAL.size > bytes.length) throw new Fault("zip.directory");
    const length = view.getUint16(at + 28, true);
    const name = utf8(bytes.subarray(at + CENTRAL.size, at + CENTRAL.size + length)) ?? "";
    const member = {
      name,
      method: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true),
      packed: view.getUint32(at + 20, true),
      size: view.getUint32(at + 24, true),
      header: view.getUint32(at + 42, true),
      // What the member's own header has to repeat: from the version that it needs to the length of extra fields.
      shared: bytes.slice(at + 6, at + 32),
    };
    const isOurs =
      view.getUint32(at, true) === CENTRAL.signature &&
      view.getUint16(at + 4, true) === MADE_BY &&
      view.getUint16(at + 6, true) === VERSION &&
      view.getUint16(at + 8, true) === FLAGS &&
      (member.method === STORED || member.method === DEFLATED) &&
      view.getUint16(at + 12, true) === 0 &&
      view.getUint16(at + 14, true) === DATE_1980 &&
      length > 0 &&
      length <= MOST.name &&
      view.getUint32(at + 30, true) === 0 && // no extra field, no comment
      view.getUint32(at + 34, true) === 0 && // first disk, no internal attributes
      view.getUint32(at + 38, true) === ATTRIBUTES &&
      (member.method === DEFLATED || member.packed === member.size);
    if (!isOurs) throw new Fault("zip.form", {}, named(name));
    // Nothing that is so small can be so large: said of a disk full of nothing, this ends it before it is unpacked.
    if (member.size > member.packed * MOST.ratio) throw new Fault("zip.size", { size: member.size }, named(name));
    unpacked += member.size;
    at += CENTRAL.size + length;
    members.push(member);
  }
  if (at !== bytes.length) throw new Fault("zip.directory");
  if (unpacked > MOST.unpacked) throw new Unusable("unusable.too_large", { most: MOST.unpacked / 2 ** 20 });
  return members;
}

async function demandHeader(file, member, at) {
  if (member.header !== at) throw new Fault("zip.place", {}, named(member.name));
  const name = TO_UTF8.encode(member.name);
  const head = await bytesOf(file, at, at + LOCAL.size + name.length);
  const agrees =
    head.length === LOCAL.size + name.length &&
    new DataView(head.buffer).getUint32(0, true) === LOCAL.signature &&
    same(head.subarray(4, 30), member.shared) &&
    same(head.subarray(LOCAL.size), name);
  if (!agrees) throw new Fault("zip.header", {}, named(member.name));
  member.at = at + head.length;
  return member.at + member.packed;
}

function demandTable(names, count) {
  if (names.length !== count) throw new Fault("zip.twice");
  let before = -1;
  for (const name of names) {
    const place = placeOf(name);
    if (place < 0) throw new Fault("zip.stranger", {}, named(name));
    if (place < before) throw new Fault("zip.order", {}, name);
    before = place;
    const other = TABLE[place].with;
    if (other && !names.includes(other)) throw new Fault("zip.missing", {}, other);
  }
  const missing = TABLE.find((row) => row.need && !names.includes(row.name));
  if (missing) throw new Fault("zip.missing", {}, missing.name);
}

/** A name from a stranger, short and printable. */
const named = (name) => name.replace(FOLDER, "").replace(/[^ -~]/g, "?").slice(0, 80);

/**
 * Hands the content of a member to `take`, piece by piece, and gives its SHA-256. Throws Fault where it is not what the
 * directory says of it; then `take` may have had some of it.
 */
async function unpack(file, name, member, take, breathe) {
  const hash = new Sha256();
  let crc = -1;
  let size = 0;
  const reader = (member.method === DEFLATED ? inflated(file, member) : pieces(file, member)).getReader();
  for (;;) {
    let step;
    try {
      step = await reader.read();
    } catch (error) {
      if (error instanceof Unusable) throw error;
      throw new Fault("zip.deflate", {}, name);
    }
    if (step.done) break;
    size += step.value.length;
    if (size > member.size) {
      reader.cancel().catch(() => {});
      throw new Fault("zip.size", { size: member.size }, name);
    }
    hash.update(step.value);
    crc = crc32(crc, step.value);
    take(step.value);
    await breathe(step.value.length);
  }
  if (size !== member.size) throw new Fault("zip.size", { size: member.size }, name);
  if ((~crc >>> 0) !== member.crc) throw new Fault("zip.crc", {}, name);
  return hex(hash.digest());
}

const inflated = (file, member) => pieces(file, member).pipeThrough(new DecompressionStream("deflate-raw"));

function pieces(file, member) {
  const end = member.at + member.packed;
  let at = member.at;
  let held = new Uint8Array();
  return new ReadableStream({
    async pull(stream) {
      if (!held.length) {
        held = await bytesOf(file, at, Math.min(at + READ, end));
        at += held.length;
      }
      if (!held.length) {
        stream.close();
        return;
      }
      stream.enqueue(held.slice(0, PIECE));
      held = held.subarray(PIECE);
    },
  });
}

/** Two SHA-256 in hex: of everything before the end record, which the seal names, and of the whole file. */
async function digestsOf(file, sealEnd, breathe) {
  const [sealed, whole] = [new Sha256(), new Sha256()];
  for (let at = 0; at < file.size; at += READ) {
    const piece = await bytesOf(file, at, at + READ);
    sealed.update(piece.subarray(0, Math.max(0, sealEnd - at)));
    whole.update(piece);
    await breathe(piece.length);
  }
  return { sealed: hex(sealed.digest()), whole: hex(whole.digest()) };
}
