// Points 2 and 3: the manifest, the files that it lists, the kiosk's key, and the authority's certificate for it.

const MANIFEST = ["end", "files", "first", "kiosk", "language", "last", "made_at", "program", "start", "v"];
const ENTRIES_MOST = 5_000_000;

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
