/**
 * A signing service as docs/keys.md describes it: the reference to build or check one by, and what the tests talk to. Holds
 * private keys by their certificate's thumbprint, signs digests and unwraps keys for whoever has the token. It keeps keys
 * in memory, as an HSM would not.
 */
import {
  constants,
  createHash,
  createPrivateKey,
  type KeyObject,
  privateDecrypt,
  privateEncrypt,
  timingSafeEqual,
  X509Certificate,
} from "node:crypto";

export interface ServiceKey {
  /** PKCS#8 PEM */
  readonly key: string;
  /** PEM, leaf first */
  readonly chain: string;
}

export interface ServiceOptions {
  readonly keys: readonly ServiceKey[];
  readonly token: string;
  /** one line per use: which key, and what for; never what */
  readonly log?: (line: string) => void;
}

const MAX_BODY_BYTES = 8192;
/** DigestInfo of SHA-256 (RFC 8017 §9.2 note 1); the digest follows. */
const SHA256_PREFIX = Buffer.from("3031300d060960864801650304020105000420", "hex");
const OAEP_HASHES: Readonly<Record<string, string>> = { "RSA-OAEP": "sha1", "RSA-OAEP-256": "sha256" };

export const kidOf = (chainPem: string): string =>
  createHash("sha256").update(new X509Certificate(chainPem).raw).digest("base64url");

export function createSigningService({ keys, token, log = () => undefined }: ServiceOptions) {
  const known = new Map(keys.map(({ key, chain }) => [kidOf(chain), createPrivateKey(key)]));
  const operations: Readonly<Record<string, (key: KeyObject, request: Fields) => Response>> = {
    "/sign": sign,
    "/unwrap": unwrap,
  };
  return { handle };

  async function handle(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    const operation = operations[pathname];
    if (operation === undefined) return answer(404);
    if (request.method !== "POST") return answer(405);
    if (!isToken(request.headers.get("authorization"), token)) return answer(401);
    const fields = readFields(new Uint8Array(await request.arrayBuffer()));
    if (fields === undefined) return answer(400);
    const key = known.get(fields.kid ?? "");
    if (key === undefined) return answer(404);
    const response = operation(key, fields);
    log(`${pathname} ${fields.kid} ${fields.alg} ${response.status}`);
    return response;
  }
}

type Fields = Readonly<Record<string, string | undefined>>;

function readFields(body: Uint8Array): Fields | undefined {
  if (body.length > MAX_BODY_BYTES) return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString());
    return value !== null && typeof value === "object" && Object.values(value).every(isText)
      ? (value as Fields)
      : undefined;
  } catch {
    return undefined;
  }
}
const isText = (value: unknown): boolean => typeof value === "string";

function sign(key: KeyObject, { alg, digest = "" }: Fields): Response {
  const bytes = Buffer.from(digest, "base64url");
  if (alg !== "RS256" || bytes.length !== 32) return answer(400);
  const padding = constants.RSA_PKCS1_PADDING;
  const signature = privateEncrypt({ key, padding }, Buffer.concat([SHA256_PREFIX, bytes]));
  return answer(200, { signature: signature.toString("base64url") });
}

function unwrap(key: KeyObject, { alg = "", encrypted_key = "" }: Fields): Response {
  const oaepHash = OAEP_HASHES[alg];
  if (oaepHash === undefined) return answer(400);
  const padding = constants.RSA_PKCS1_OAEP_PADDING;
  try {
    const unwrapped = privateDecrypt({ key, padding, oaepHash }, Buffer.from(encrypted_key, "base64url"));
    return answer(200, { key: unwrapped.toString("base64url") });
  } catch {
    return answer(422); // encrypted to another key, or garbage: one answer for all
  }
}

const answer = (status: number, body: object = {}): Response =>
  Response.json(body, { status, headers: { "cache-control": "no-store" } });

function isToken(authorization: string | null, token: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(authorization ?? ""), digest(`Bearer ${token}`));
}
