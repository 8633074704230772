/**
 * A private key that lives elsewhere: the client of a signing service (docs/keys.md has the protocol). Owns the two calls and what
 * is believed of their answers. A digest goes out and a signature comes back, an encrypted key goes out and the key comes
 * back: neither the claims nor what was encrypted leave the Worker. A signature is held against our own certificate
 * before anybody gets it (some 0.03 ms), so that a wrong service is an outage and no garbage under our name.
 */

import type { PublicKey } from "../jwt/keys.ts";
import { type PrivateKey, SignerUnavailable } from "../jwt/private-key.ts";
import { sha256 } from "../protocol/digest.ts";
import { decodeBase64url, decodeUtf8, encodeBase64url } from "../protocol/encoding.ts";
import { isJsonObject, parseJson } from "../protocol/json.ts";
import { call, TIMEOUT_MS } from "./outbound.ts";

export interface SigningService {
  /** origin and path without trailing slash */
  readonly url: string;
  /** what it knows us by */
  readonly token: string;
}

type Bytes = Uint8Array<ArrayBuffer>;

/** A signature of 8192 bits has 1,366 letters. */
const MAX_ANSWER_BYTES = 4096;

/** @param kid of our certificate: SHA-256, base64url, as in our JWKS */
export function createRemoteKey(service: SigningService, kid: string, publicKey: PublicKey): PrivateKey {
  const size = decodeBase64url(publicKey.modulus)?.length;
  return {
    isRemote: true,
    async sign(data) {
      const digest = encodeBase64url(await sha256(data));
      const signature = readBytes(await ask(service, "/sign", { kid, alg: "RS256", digest }), "signature");
      const holds = await crypto.subtle.verify("RSASSA-PKCS1-v1_5", publicKey.verification, signature, data);
      if (!holds) throw new SignerUnavailable("signature");
      return signature;
    },
    async unwrap(algorithm, encryptedKey) {
      if (encryptedKey.length !== size) return undefined; // another key's: no call for it
      const request = { kid, alg: algorithm, encrypted_key: encodeBase64url(encryptedKey) };
      const answer = await ask(service, "/unwrap", request, [422]);
      return answer === undefined ? undefined : readBytes(answer, "key");
    },
  };
}

/**
 * Once more after a failure, within the same two seconds: a restart of the service is then not seen by anybody.
 * @param refusals statuses that are an answer: this was not for that key
 */
async function ask(
  { url, token }: SigningService,
  path: string,
  body: object,
  refusals: readonly number[] = [],
): Promise<Bytes | undefined> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const init = { method: "POST", headers, body: JSON.stringify(body) };
  let reason = "";
  for (let attempt = 0; attempt < 2 && !signal.aborted; attempt++) {
    const outcome = await call(url + path, init, signal, MAX_ANSWER_BYTES);
    if (outcome.kind === "too_large") throw new SignerUnavailable("answer_too_large");
    if (outcome.kind === "answer") {
      if (outcome.status === 200) return outcome.body;
      if (refusals.includes(outcome.status)) return undefined;
      reason = `status_${outcome.status}`;
      if (outcome.status < 500) break; // it would say so again
    } else reason = outcome.cause;
  }
  throw new SignerUnavailable(reason);
}

function readBytes(body: Bytes | undefined, member: string): Bytes {
  const answer = parseJson((body && decodeUtf8(body)) ?? "");
  const text = isJsonObject(answer) ? answer[member] : undefined;
  const bytes = typeof text === "string" ? decodeBase64url(text) : undefined;
  if (bytes === undefined) throw new SignerUnavailable("answer_malformed");
  return bytes;
}
