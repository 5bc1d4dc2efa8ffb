// Whether this browser can judge at all. What it cannot check it must not call good.

const PROBE = {
  // RFC 8032, 7.1, test 2.
  key: "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
  message: "72",
  signature:
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da" +
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
};
const fromHex = (text) => Uint8Array.from(text.match(/../g), (pair) => parseInt(pair, 16));

/** The key of the words that say why not; null where it can. */
async function unable() {
  if (!globalThis.isSecureContext || !globalThis.crypto?.subtle) return "unable.insecure";
  try {
    const [raw, message, signature] = [PROBE.key, PROBE.message, PROBE.signature].map(fromHex);
    const other = Uint8Array.of(message[0] ^ 1);
    const tells = (await isSigned({ raw }, signature, message)) && !(await isSigned({ raw }, signature, other));
    const long = joined(...Array.from({ length: 9 }, () => signature));
    const agrees = same(sha256(long), new Uint8Array(await crypto.subtle.digest("SHA-256", long)));
    // Three bytes of deflate that make one: "r".
    const letter = new Blob([fromHex("2b0200")]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    const inflates = (await new Response(letter).text()) === "r";
    return tells && agrees && inflates ? null : "unable.old";
  } catch {
    return "unable.old";
  }
}
