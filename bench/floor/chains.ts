/**
 * What a chain of certificates costs inside workerd: its verification when it was never seen, its look-up when it was, and
 * one bare RSA verification beside them. Each so many times in one request, because a Worker's own clock stands still.
 */
import { createPathCache } from "../../src/jwt/path-cache.ts";
import { verifyPath } from "../../src/trust/chain.ts";

const ALGORITHM = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };

export async function runChains(kind: string, times: number, x5c: readonly string[]): Promise<void> {
  const chain = x5c.map((text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)));
  const path = await verifyPath(chain);
  if (!path.ok) throw new Error(path.failure.reason);
  const { tbs, signature } = path.value.leaf;
  const issuer = path.value.certificates[1];
  if (issuer === undefined) throw new Error("a chain of one");
  const key = await crypto.subtle.importKey("spki", issuer.spki, ALGORITHM, false, ["verify"]);
  const paths = createPathCache();
  const header = btoa(JSON.stringify({ alg: "RS256", typ: "JWT", x5c }))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");
  const known = await paths.verify(header, ["RS256"]);
  if (known.ok) known.value.keep();
  for (let time = 0; time < times; time++) {
    if (kind === "verify") await crypto.subtle.verify(ALGORITHM, key, signature, tbs);
    else if (kind === "unseen") await verifyPath(chain);
    else if (kind === "seen") await paths.verify(header, ["RS256"]);
  }
}
