// Points 4, 5, 7 and 8: the entries, the checkpoints that were signed over them, and what central co-signed.

const ENTRIES = "log/entries.jsonl";
const CHECKPOINT = "log/checkpoint.note";
const COSIGNED = "log/cosigned.note";
// Of one an hour, and years of days.
const CHECKPOINTS_MOST = { bytes: 16 * 2 ** 20, count: 50_000 };

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
