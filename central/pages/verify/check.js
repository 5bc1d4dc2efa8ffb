// The verdict on an export, point by point as in docs/adr/0020-export.md. Knows no page: a file, keys and checkpoints in, a report
// out. Whatever is wrong is taken down, and the check goes on as long as there is something left to hold on to.

const ENTRIES = "log/entries.jsonl";
const CHECKPOINT = "log/checkpoint.note";
const COSIGNED = "log/cosigned.note";
const SMALL_MOST = 2 * 2 ** 20;
// Of one an hour, and years of days.
const CHECKPOINTS_MOST = { bytes: 16 * 2 ** 20, count: 50_000 };
const ENTRIES_MOST = 5_000_000;
const MANIFEST = ["end", "files", "first", "kiosk", "language", "last", "made_at", "program", "start", "v"];

/**
 * Checks `file`, a File or Blob.
 *
 * `authority` is the authority's key or null; `earlier` are checkpoints that the inspector took, as read by `parseEarlier`;
 * `progress` is told from time to time what share is done, and may wait for the page to be drawn.
 *
 * Gives `{verdict, sha256, faults, reasons, claims}`: `genuine`, `unproved` with the reasons, or `bad` with the faults; `sha256` is
 * that of the file. Throws Unusable.
 */
async function checkExport(file, { authority = null, earlier = [] } = {}, progress = async () => {}) {
  const found = new Findings();
  const archive = await found.in("", () => openArchive(file));
  const run = new Run(file, archive, found, progress);
  const { sealed, whole: sha256 } = await digestsOf(file, archive?.sealEnd ?? 0, run.breathe);
  if (archive && sealed !== archive.seal) found.add("seal");
  const claims = archive && (await judged(run, authority, earlier));
  // What is claimed in a file that is not to be trusted is nobody's word.
  if (found.any) return { verdict: "bad", sha256, faults: found.list(), reasons: [], claims: null };
  // The one way to a good end: all points were gone through, and every reason against it was asked for.
  if (!claims.isThrough) throw new Error("the check ended early without a fault");
  const isGenuine = claims.isVouched && claims.reasons.length === 0;
  return { verdict: isGenuine ? "genuine" : "unproved", sha256, faults: [], reasons: claims.reasons, claims };
}

/** One check of one file. */
class Run {
  constructor(file, archive, found, progress) {
    Object.assign(this, { file, archive, found, digests: new Map() });
    const members = [...(archive?.members.values() ?? [])];
    const all = members.reduce((sum, member) => sum + member.size, file.size);
    let done = 0;
    this.breathe = (bytes) => progress((done += bytes) / all);
  }

  /** The bytes of a small member; null where it is absent or broken. */
  async read(name, most = SMALL_MOST) {
    const parts = [];
    const isThere = await this.stream(name, (part) => parts.push(part), most);
    return isThere ? joined(...parts) : null;
  }

  /** Hands a member to `take` and keeps its digest; whether it is there and as the directory says. */
  async stream(name, take, most = Infinity) {
    const member = this.archive.members.get(name);
    if (!member || this.digests.has(name)) return false;
    const digest = await this.found.in(name, async () => {
      if (member.size > most) throw new Fault("file.large", { most });
      return unpack(this.file, name, member, take, this.breathe);
    });
    this.digests.set(name, digest);
    return digest !== null;
  }

  has = (name) => this.archive.members.has(name);
}

async function judged(run, authority, earlier) {
  const { archive } = run;
  const manifest = await readManifest(run);
  const key = await readKey(run);
  const claims = { isThrough: false, isVouched: false, reasons: [], manifest, digest: run.digests.get("manifest.json"), days: new Days() };
  if (manifest && key) await checkLog(run, claims, key, authority, earlier);
  for (const name of archive.members.keys()) await run.stream(name, () => {});
  if (manifest) checkFiles(run, manifest);
  return claims;
}

async function readManifest(run) {
  const bytes = await run.read("manifest.json");
  if (bytes === null) return null;
  const manifest = canonicalObject(bytes);
  const { archive, found } = run;
  const isOne =
    manifest !== null &&
    hasFields(manifest, ...MANIFEST) &&
    manifest.v === 1 &&
    isCount(manifest.start) &&
    isCount(manifest.end) &&
    manifest.start <= manifest.end &&
    isDay(manifest.first) &&
    isDay(manifest.last) &&
    manifest.first <= manifest.last &&
    typeof manifest.kiosk === "string" &&
    IDENT.test(manifest.kiosk) &&
    [manifest.made_at, manifest.program].every((said) => typeof said === "string") &&
    Array.isArray(manifest.files) &&
    LANGUAGES.includes(manifest.language) &&
    manifest.files.every(isRow);
  if (!isOne) {
    found.add("manifest.form", "manifest.json");
    return null;
  }
  if (manifest.end - manifest.start > ENTRIES_MOST) throw new Unusable("unusable.too_many", { most: ENTRIES_MOST });
  if (manifest.kiosk !== archive.kiosk || manifest.first !== archive.first || manifest.last !== archive.last) {
    found.add("manifest.folder", "manifest.json");
  }
  return manifest;
}

const isRow = (row) =>
  row !== null &&
  typeof row === "object" &&
  hasFields(row, "name", "sha256", "size") &&
  typeof row.name === "string" &&
  isDigest(row.sha256) &&
  isCount(row.size);

/** Point 2: names, sizes and digests. */
function checkFiles({ archive, digests, found }, manifest) {
  const bound = [...archive.members.keys()].filter((name) => TABLE[placeOf(name)].bound);
  const listed = manifest.files.map((row) => row.name);
  for (const name of listed) if (!bound.includes(name)) found.add("manifest.absent", named(name));
  for (const name of bound) if (!listed.includes(name)) found.add("manifest.unlisted", name);
  if (!found.any && canonical(listed) !== canonical(bound)) found.add("manifest.order", "manifest.json");
  for (const { name, sha256, size } of manifest.files) {
    const digest = digests.get(name);
    if (digest && (digest !== sha256 || archive.members.get(name).size !== size)) found.add("manifest.digest", name);
  }
}

async function readKey(run) {
  const bytes = await run.read("log/key.txt");
  if (bytes === null) return null;
  const text = utf8(bytes);
  const key = parseKey(text ?? "");
  if (key?.algorithm === ED25519 && key.name === originOf(run.archive.kiosk) && text === `${key.text}\n`) return key;
  run.found.add("key.form", "log/key.txt");
  return null;
}

async function checkLog(run, claims, key, authority, earlier) {
  claims.key = key;
  claims.certificate = await checkCertificate(run, claims, key, authority);
  const keys = { key, origin: key.name, witness: claims.certificate?.witness };
  const note = await run.read(CHECKPOINT);
  const checkpoint = note && (await readCheckpoint(run, note, keys));
  const proof = await readProof(run);
  const signed = await readCheckpoints(run, keys);
  if (!checkpoint || !proof) return;
  claims.checkpoint = checkpoint;
  const { end } = claims.manifest;
  if (end > checkpoint.size) run.found.add("entries.beyond", ENTRIES, null, { end, size: checkpoint.size });
  const cosigned = await readCosigned(run, claims, keys);
  const wanted = new Set([...signed, ...earlier].map(({ size }) => size));
  const roots = await checkEntries(run, claims, proof.range, wanted);
  checkSigned(run, claims, signed, roots);
  if (isJoined(run, checkpoint, cosigned, proof.consistency)) roots.set(cosigned.size, cosigned.root);
  roots.set(checkpoint.size, checkpoint.root);
  const proved = {};
  for (const name of ["download", "before", "after"]) proved[name] = await provedLeaf(run, claims, name, note);
  checkDownload(run, claims, proved);
  checkNeighbours(run, claims, proved);
  checkOrder(run, claims, proved);
  await checkEarlier(run, claims, earlier, roots);
  claims.isThrough = true;
}

/** Point 3. Gives the certificate, proved or not; null where there is none. */
async function checkCertificate(run, claims, key, authority) {
  const file = "log/certificate.note";
  const { found } = run;
  if (authority === null) claims.reasons.push("reason.no_authority");
  if (!run.has(file)) {
    claims.reasons.push("reason.no_certificate");
    return null;
  }
  const bytes = await run.read(file);
  const certificate = bytes && (await found.in(file, () => parseCertificate(bytes)));
  if (!certificate) return null;
  if (certificate.kiosk !== claims.manifest.kiosk || certificate.key.text !== key.text) found.add("certificate.other_key", file);
  if (authority !== null) {
    const signers = await found.in(file, () => signersOf(certificate.note, [authority]));
    if (signers?.size === 0) found.add("certificate.other_authority", file);
    claims.isVouched = signers?.size === 1;
  }
  return certificate;
}

async function readProof(run) {
  const file = "log/proof.json";
  const bytes = await run.read(file);
  if (bytes === null) return null;
  const proof = canonicalObject(bytes);
  const isHashes = (list) => Array.isArray(list) && list.length <= 256 && list.every((code) => typeof code === "string");
  const isOne =
    proof !== null &&
    hasFields(proof, "consistency", "range", "v") &&
    proof.v === 1 &&
    isHashes(proof.range) &&
    (proof.consistency === null || isHashes(proof.consistency));
  const range = isOne ? proof.range.map(fromBase64) : [null];
  const consistency = isOne && proof.consistency ? proof.consistency.map(fromBase64) : null;
  if ([...range, ...(consistency ?? [])].every((hash) => hash?.length === HASH)) return { range, consistency };
  run.found.add("proof.form", file);
  return null;
}

/** Point 4: the checkpoint of the export, signed with the log's key and, where it vouches for an entry, with no other. */
async function readCheckpoint(run, note, keys) {
  const checkpoint = await run.found.in(CHECKPOINT, () => openCheckpoint(note, keys));
  if (!checkpoint) return null;
  if (!checkpoint.isKiosks) run.found.add("checkpoint.unsigned", CHECKPOINT, null, { key: keys.origin });
  // It is the one note that no list of files covers: nothing in it may be otherwise.
  if (run.has("log/download.json") && checkpoint.lines !== 1) run.found.add("checkpoint.lines", CHECKPOINT);
  return checkpoint;
}

/** The checkpoints within the range, ever larger ones: `[{size, root, …}]`. */
async function readCheckpoints(run, keys) {
  const file = "log/checkpoints.txt";
  const bytes = await run.read(file, CHECKPOINTS_MOST.bytes);
  if (bytes === null) return [];
  const parts = utf8(bytes)?.split(/(?<=\n)---\n/);
  if (!parts || parts.length > CHECKPOINTS_MOST.count) {
    run.found.add("note.form", file);
    return [];
  }
  const signed = [];
  let line = 1;
  let before = 0;
  for (const part of parts) {
    const one = await run.found.in(file, () => openCheckpoint(TO_UTF8.encode(part), keys), ["line", line]);
    if (one) {
      const place = ["checkpoint", one.size];
      if (one.size <= before) run.found.add("checkpoints.order", file, place);
      // A kiosk's key may have been changed: what another key of its name signed is compared, and told of.
      if (!one.isKiosks && one.cosigned === null && !one.isOtherKeys) {
        run.found.add("checkpoint.unsigned", file, place, { key: keys.origin });
      }
      before = one.size;
      signed.push(one);
    }
    line += part.split("\n").length;
    await run.breathe(0);
  }
  return signed;
}

/** Point 5. Gives the roots at the sizes that are wanted, as far as the entries lead to them. */
async function checkEntries(run, claims, range, wanted) {
  const { found } = run;
  const { manifest, checkpoint, days } = claims;
  const { start, end, kiosk, first, last } = manifest;
  const roots = new Map();
  const row = new Row();
  const push = (width, hash) => {
    row.push(width, hash);
    if (wanted.has(row.size)) roots.set(row.size, row.root());
  };
  const left = start < end ? widths(0, start) : [];
  const right = start < end ? widths(end, checkpoint.size) : [];
  const fits = range.length === left.length + right.length;
  if (!fits) found.add("proof.length", "log/proof.json");
  if (fits) left.forEach((width, place) => push(width, range[place]));

  let count = 0;
  let next = start;
  let before = "";
  const lines = new Lines((line) => {
    count += 1;
    // What is too many is only counted: a line takes longer to read than to write.
    if (count > end - start) return;
    if (line === null) {
      found.add("leaf.form", ENTRIES, ["line", count]);
      next += 1;
      return;
    }
    push(1, leafHash(line));
    let leaf;
    try {
      leaf = parseLeaf(line, kiosk);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      found.add(error.what, ENTRIES, ["line", count]);
      next += 1;
      return;
    }
    const place = ["entry", leaf.index];
    if (leaf.index !== next) found.add("entries.gap", ENTRIES, ["line", count], { index: leaf.index, expected: next });
    if (leaf.at < before) found.add("entries.time", ENTRIES, place);
    if (leaf.day < first || leaf.day > last) found.add("entries.day", ENTRIES, place);
    else days.add(leaf);
    next = leaf.index + 1;
    before = leaf.at;
    claims.began ??= leaf.at;
  });
  await run.stream(ENTRIES, (chunk) => lines.push(chunk));
  if (!lines.isWhole) found.add("entries.cut", ENTRIES, ["line", count + 1]);
  if (count !== end - start) found.add("entries.count", ENTRIES, null, { count, expected: end - start });
  claims.ended = before;
  if (count === end - start && fits && start < end) {
    right.forEach((width, place) => push(width, range[left.length + place]));
    if (!same(row.root(), checkpoint.root)) found.add("entries.root", ENTRIES, null, { start, end: end - 1, size: checkpoint.size });
  }
  return roots;
}

/** Point 7: each checkpoint within is of this tree; the first that is not says where the entries begin to differ. */
function checkSigned({ found }, claims, signed, roots) {
  const file = "log/checkpoints.txt";
  const { start, end } = claims.manifest;
  let agreed = start;
  claims.otherKey = 0;
  for (const one of signed) {
    const { size, root } = one;
    const place = ["checkpoint", size];
    if (size <= start || size > end) {
      found.add("checkpoints.outside", file, place);
      continue;
    }
    if (!roots.has(size)) continue; // the entries did not get there, which is told elsewhere
    if (!same(roots.get(size), root)) {
      found.add("checkpoints.differs", file, place, { from: agreed, to: size - 1 });
      return;
    }
    agreed = size;
    claims.otherKey += one.isOtherKeys ? 1 : 0;
    if (one.cosigned !== null && covers(claims.certificate, one.cosigned)) noteCosigned(claims, one);
  }
}

const covers = (certificate, seconds) => {
  const day = hongKong(seconds).slice(0, 10);
  return certificate.from <= day && day <= certificate.until;
};

/** Keeps the largest checkpoint that central co-signed while the certificate held. */
function noteCosigned(claims, { size, cosigned }) {
  if (!claims.cosigned || size > claims.cosigned.size) claims.cosigned = { size, at: hongKong(cosigned) };
}

/** Point 8, who and when: the newest checkpoint that central co-signed; null where there is none. */
async function readCosigned(run, claims, keys) {
  const { found } = run;
  const { certificate } = claims;
  const bytes = await run.read(COSIGNED);
  const one = bytes && (await found.in(COSIGNED, () => openCheckpoint(bytes, keys)));
  if (!one || !certificate) return one;
  if (one.cosigned === null) {
    found.add("cosigned.unsigned", COSIGNED, null, { key: certificate.witness.name });
  } else if (covers(certificate, one.cosigned)) {
    noteCosigned(claims, one);
  } else {
    const { from, until } = certificate;
    found.add("cosigned.expired", COSIGNED, null, { day: hongKong(one.cosigned).slice(0, 10), from, until });
  }
  return one;
}

/** Point 8, what: whether the co-signed checkpoint is shown to be a beginning of the export's. */
function isJoined({ found }, { size, root }, cosigned, path) {
  if (!cosigned || cosigned.size === size) {
    if (path !== null) found.add("proof.length", "log/proof.json");
    if (!cosigned || same(cosigned.root, root)) return Boolean(cosigned);
  } else if (cosigned.size > size) {
    found.add("cosigned.longer", COSIGNED, ["checkpoint", cosigned.size], { size });
    return false;
  } else if (isConsistent(cosigned.size, cosigned.root, size, root, path ?? [])) return true;
  found.add("cosigned.differs", COSIGNED, ["checkpoint", cosigned.size], { size });
  return false;
}

/** The leaf in `log/NAME.json`, proved to stand where its own proof says, under the export's checkpoint; null where it is not. */
async function provedLeaf(run, { manifest, checkpoint }, name, note) {
  const file = `log/${name}.json`;
  const proofFile = `log/${name}.tlog-proof`;
  const bytes = await run.read(file);
  const text = await run.read(proofFile);
  if (bytes === null || text === null) return null;
  const leaf = await run.found.in(file, () => parseLeaf(bytes, manifest.kiosk));
  const proof = await run.found.in(proofFile, () => parseTlogProof(text));
  if (!leaf || !proof) return null;
  if (!same(proof.note, note)) run.found.add("proof.note", proofFile);
  const stands = leaf.index === proof.index && isIncluded(proof.index, checkpoint.size, leafHash(bytes), proof.path, checkpoint.root);
  if (stands) return leaf;
  run.found.add("leaf.unproved", file, ["entry", leaf.index]);
  return null;
}

/** Point 9: the manifest is the one that the entry `downloaded` names. */
function checkDownload({ found, has }, claims, { download }) {
  const file = "log/download.json";
  const { manifest } = claims;
  if (!has(file)) {
    claims.reasons.push("reason.no_download");
    if (has("report.pdf")) found.add("download.report", "report.pdf");
    return;
  }
  if (!download) return;
  const { entry, index, day, at } = download;
  const isOurs =
    entry.type === "downloaded" &&
    ["first", "last", "start", "end"].every((name) => entry[name] === manifest[name]) &&
    index >= manifest.end;
  if (!isOurs) found.add("download.other", file, ["entry", index]);
  else if (entry.manifest !== claims.digest) found.add("download.manifest", "manifest.json");
  claims.download = { index, day, at, session: entry.session, by: entry.by };
}

/** Point 6: the leaf before is of an earlier day, that behind of a later one; or the last day was still running. */
function checkNeighbours({ found, has }, claims, { before, after }) {
  const { manifest, checkpoint, download } = claims;
  const [beforeFile, afterFile] = ["log/before.json", "log/after.json"];
  if (has(beforeFile) !== manifest.start > 0) found.add("neighbour.before", beforeFile);
  else if (before && (before.index !== manifest.start - 1 || before.day >= manifest.first)) {
    found.add("neighbour.not_before", beforeFile, ["entry", before.index]);
  }
  claims.days.are = "whole";
  if (has(afterFile)) {
    if (after && (after.index !== manifest.end || after.day <= manifest.last)) {
      found.add("neighbour.not_after", afterFile, ["entry", after.index]);
    }
    return;
  }
  // Without it, nothing stood there when the export was made: its own entry is the next, or the last day was still running.
  const isOver = download && download.day > manifest.last;
  claims.days.are = isOver ? "whole" : download ? "running" : "signed_so_far";
  claims.unseen = (download ? download.index : checkpoint.size) - manifest.end;
  if (claims.unseen > 0 && (isOver || !download)) found.add("neighbour.after", afterFile, ["entry", manifest.end]);
}

/** Point 5, around the entries: times do not go back from one to the next. */
function checkOrder({ found }, { began, ended }, { before, after, download }) {
  const first = began || after?.at;
  const last = ended || before?.at;
  if (before && first && first < before.at) found.add("entries.time", "log/before.json");
  if (last && after && after.at < last) found.add("entries.time", "log/after.json");
  if (last && download && download.at < last) found.add("entries.time", "log/download.json");
}

/** Point 10: what the inspector took earlier is a beginning of this log. */
async function checkEarlier({ found, archive }, claims, earlier, roots) {
  claims.earlier = [];
  for (const { note, origin, size, root } of earlier) {
    const place = ["checkpoint", size];
    if (origin !== claims.key.name) {
      found.add("earlier.other_kiosk", "", place, { origin, kiosk: archive.kiosk });
      continue;
    }
    const signers = await found.in("", () => signersOf(note, [claims.key]), place);
    if (signers === null) continue;
    const ours = size === 0 ? sha256() : roots.get(size);
    if (signers.size === 0) found.add("earlier.other_key", "", place);
    else if (size > claims.checkpoint.size) found.add("earlier.longer", "", place, { size: claims.checkpoint.size });
    else if (ours && !same(ours, root)) found.add("earlier.differs", "", place);
    else claims.earlier.push({ size, isSame: Boolean(ours) });
  }
  if (claims.earlier.some(({ isSame }) => !isSame)) claims.reasons.push("reason.earlier");
}

/** Checkpoints as they are pasted or lie in a file: notes, between two a line of `---`. Throws Unusable. */
function parseEarlier(text) {
  // What scanners and clipboards do to a text: other line ends, none at the end.
  const plain = text.replaceAll("\r\n", "\n").trim();
  if (plain === "") return [];
  return plain.split(/\n+---\n+/).map((part) => {
    try {
      const note = parseNote(TO_UTF8.encode(`${part.trim()}\n`));
      return { note, ...parseCheckpoint(note.text) };
    } catch {
      throw new Unusable("earlier.form");
    }
  });
}
