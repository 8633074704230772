/** What an instance publishes as its keys, and whether what it signs is signed with one of them. */
import { publicKeyOf } from "../../src/jwt/keys.ts";
import { createPathCache } from "../../src/jwt/path-cache.ts";
import { parseJwt } from "../../src/jwt/profile.ts";
import { isSignedBy } from "../../src/jwt/verify.ts";
import { decodeBase64, encodeBase64 } from "../../src/protocol/encoding.ts";
import { isJsonObject, parseJsonObject } from "../../src/protocol/json.ts";
import { parseCertificate } from "../../src/trust/certificate.ts";
import { judgeChain, sentence } from "./certificates.ts";
import { type Finding, good, wrong } from "./finding.ts";
import { wordsFor } from "./words.ts";

export interface Keys {
  readonly findings: readonly Finding[];
  /** the certificate of each key, base64 DER */
  readonly leaves: readonly string[];
}

/** @param body of jwks.json */
export async function readKeys(body: string, now: number): Promise<Keys> {
  const { keys } = parseJsonObject(body) ?? {};
  const entries = Array.isArray(keys) ? keys.filter(isJsonObject) : [];
  if (entries.length === 0)
    return {
      leaves: [],
      findings: [wrong("keys", "/.well-known/jwks.json has no keys.", "Look at the log.")],
    };
  const findings: Finding[] = [];
  const leaves: string[] = [];
  for (const { x5c, n } of entries) {
    const texts = Array.isArray(x5c) ? x5c.filter((it) => typeof it === "string") : [];
    const chain = texts.map((it) => decodeBase64(it)).filter((it) => it !== undefined);
    findings.push(...(await judgeChain(chain, now)));
    const leaf = chain[0] === undefined ? undefined : await parseCertificate(chain[0]);
    if (leaf?.ok !== true) continue;
    leaves.push(encodeBase64(leaf.value.der));
    const { modulus } = await publicKeyOf(leaf.value.spki);
    if (modulus !== n)
      findings.push(wrong("keys", "a published key is not its certificate's.", "Look at CERTIFICATE_CHAIN."));
  }
  return { findings, leaves };
}

/** @param token an iSHARE JWT, here for anybody: without `aud` */
export async function readSigned(
  token: string,
  issuer: string,
  { leaves }: Keys,
): Promise<{ readonly finding: Finding; readonly issuedAt?: number }> {
  const refused = (words: string) => ({
    finding: wrong("signature", sentence(words), "Look at SIGNING_KEY and CERTIFICATE_CHAIN."),
  });
  const jwt = parseJwt(token);
  if (!jwt.ok) return refused(`what it signs is no iSHARE JWT: ${wordsFor(jwt.failure)}`);
  const signer = await createPathCache().verify(jwt.value.header, ["RS256", "RS384", "RS512"]);
  if (!signer.ok) return refused(wordsFor(signer.failure));
  if (!(await isSignedBy(jwt.value, signer.value.key)))
    return refused("what it signs does not hold against its own certificate");
  const { iss, iat } = jwt.value.payload;
  if (iss !== issuer) return refused("what it signs is in another name than its issuer's");
  if (!leaves.includes(encodeBase64(signer.value.path.leaf.der)))
    return refused("it signs with a key that it does not publish");
  return {
    finding: good("signature", "what it signs holds, with a key that it publishes."),
    ...(typeof iat === "number" && { issuedAt: iat }),
  };
}
