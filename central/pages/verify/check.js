// The verdict on an export, point by point as in docs/adr/0020-export.md. Knows no page: a file, keys and checkpoints in, a report
// out. Whatever is wrong is taken down, and the check goes on as long as there is something left to hold on to.

const SMALL_MOST = 2 * 2 ** 20;

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
