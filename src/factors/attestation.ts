/**
 * Trust in hardware: does the chain behind a verified `packed` statement (WebAuthn §8.2) lead to a root that is listed
 * for this very kind of authenticator? Owns that question and the path (RFC 5280 §6); signatures of single certificates
 * are checked in `certificate-signature`, the statement's own in `passkey`. A kind that is only claimed is worth
 * nothing: anybody can send an AAGUID.
 */
import type { EpochSeconds } from "../protocol/time.ts";
import { type Certificate, hasKeyUsage, parseCertificate } from "../trust/certificate.ts";
import { sameBytes } from "../trust/der.ts";
import { isSignedBy, readExtension } from "./certificate-signature.ts";

type Bytes = Uint8Array<ArrayBuffer>;

export interface TrustedAuthenticators {
  /** pairs that count as hardware: AAGUID (lower case, with dashes) and SHA-256 of its attestation root (lower-case hex) */
  readonly pairs: readonly { readonly aaguid: string; readonly root: string }[];
  /** root certificates (DER), for authenticators that leave theirs out. They complete a chain; trust is in the pairs. */
  readonly roots?: readonly Bytes[];
}

const MAX_CERTIFICATES = 6;
const MAX_CERTIFICATE_BYTES = 8192;
/** id-fido-gen-ce-aaguid, 1.3.6.1.4.1.45724.1.1.4 */
const AAGUID_EXTENSION = "2b0601040182e51c010104";

/** @param chain `x5c` of the statement, leaf first; not an array: a self attestation, which proves nothing */
export async function verifyHardware(
  chain: unknown,
  aaguid: string,
  trusted: TrustedAuthenticators,
  now: EpochSeconds,
): Promise<boolean> {
  const listed = new Set(trusted.pairs.filter((pair) => pair.aaguid === aaguid).map(({ root }) => root));
  if (listed.size === 0 || !Array.isArray(chain)) return false;
  const certificates = await parseAll(chain);
  const path = certificates && (await reachRoot(certificates, listed, trusted.roots ?? []));
  return path !== undefined && fitsKind(path[0], aaguid) && (await isSound(path, now));
}

/** @returns undefined when one of them can't be read, or there are more than any maker sends */
async function parseAll(chain: readonly unknown[]): Promise<readonly Certificate[] | undefined> {
  if (chain.length > MAX_CERTIFICATES) return undefined;
  const certificates: Certificate[] = [];
  for (const der of chain) {
    if (!(der instanceof Uint8Array) || der.length > MAX_CERTIFICATE_BYTES) return undefined;
    const certificate = await parseCertificate(Uint8Array.from(der));
    if (!certificate.ok) return undefined;
    certificates.push(certificate.value);
  }
  return certificates;
}

type Path = readonly [leaf: Certificate, ...issuers: Certificate[]];

/** The path up to the first listed root, which may be the leaf itself (WebAuthn §7.1 step 24). */
async function reachRoot(
  certificates: readonly Certificate[],
  listed: ReadonlySet<string>,
  known: readonly Bytes[],
): Promise<Path | undefined> {
  const [leaf, ...issuers] = certificates;
  if (leaf === undefined) return undefined;
  const position = certificates.findIndex(({ fingerprint }) => listed.has(fingerprint));
  if (position >= 0) return [leaf, ...issuers.slice(0, position)];
  const last = issuers.at(-1) ?? leaf;
  const roots = (await Promise.all(known.map(parseCertificate))).flatMap((it) => (it.ok ? [it.value] : []));
  const root = roots.find((it) => listed.has(it.fingerprint) && sameBytes(it.subject, last.issuer));
  return root === undefined ? undefined : [leaf, ...issuers, root];
}

/**
 * §8.2.1: makers must name the kind in the certificate when their root stands behind several. Without it the pair's
 * word is that the root has one kind; the AAGUID is what the device signed, never what the browser said.
 */
function fitsKind(leaf: Certificate, aaguid: string): boolean {
  const named = readExtension(leaf, AAGUID_EXTENSION);
  return named === undefined || named === `0410${aaguid.replaceAll("-", "")}`; // an OCTET STRING of 16 bytes
}

async function isSound(path: Path, now: EpochSeconds): Promise<boolean> {
  for (const [position, certificate] of path.entries()) {
    if (now < certificate.notBefore || now >= certificate.notAfter) return false;
    if (certificate.unknownCritical.length > 0 || certificate.hasNameConstraints) return false;
    if (position === 0 ? certificate.isCa : !mayIssue(certificate, position - 1)) return false;
    const issuer = path[position + 1];
    if (issuer !== undefined && !(await isIssuedBy(certificate, issuer))) return false;
  }
  return true;
}

/** RFC 5280 §6.1.4 (k)–(n). @param below CA certificates between this one and the leaf */
function mayIssue(certificate: Certificate, below: number): boolean {
  if (!certificate.isCa) return false;
  if (certificate.pathLength !== undefined && below > certificate.pathLength) return false;
  // Some makers' roots have no key usage: then every use is allowed.
  return certificate.keyUsage === undefined || hasKeyUsage(certificate, "keyCertSign");
}

async function isIssuedBy(certificate: Certificate, issuer: Certificate): Promise<boolean> {
  const { authorityKeyId } = certificate;
  if (!sameBytes(certificate.issuer, issuer.subject)) return false;
  if (authorityKeyId && issuer.subjectKeyId && authorityKeyId !== issuer.subjectKeyId) return false;
  return isSignedBy(certificate, issuer);
}
