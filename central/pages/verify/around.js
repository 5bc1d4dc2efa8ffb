// Points 6, 9 and 10: the entries around those of the export, the one that names it, and what an inspector took earlier.

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
