// The authority's certificate for a kiosk's key: a note of our own form (docs/evidence.md).

const TITLE = "venue-kiosk certificate 1";
const SAID = ["kiosk", "venue", "key", "witness", "from", "until"];
const IDENT = /^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$/;

const originOf = (kiosk) => `venue-kiosk/${kiosk}`;

/** Reads a certificate: `{note, kiosk, venue, key, witness, from, until}`. Whose it is, is for the caller to ask. Throws Fault. */
function parseCertificate(bytes) {
  const note = parseNote(bytes);
  const [title, ...lines] = note.text.slice(0, -1).split("\n");
  const said = Object.fromEntries(SAID.map((name, place) => [name, lines[place]?.slice(name.length + 1) ?? ""]));
  const isWhole = title === TITLE && lines.join("\n") === SAID.map((name) => `${name} ${said[name]}`).join("\n");
  if (!isWhole) throw new Fault("certificate.form");
  const key = parseKey(said.key);
  const witness = parseKey(said.witness);
  const isOne =
    IDENT.test(said.kiosk) &&
    IDENT.test(said.venue) &&
    key?.text === said.key &&
    key.algorithm === ED25519 &&
    key.name === originOf(said.kiosk) &&
    witness?.text === said.witness &&
    witness.algorithm === COSIGNATURE &&
    isDay(said.from) &&
    isDay(said.until) &&
    said.from <= said.until;
  if (!isOne) throw new Fault("certificate.form");
  return { note, ...said, key, witness };
}
