/**
 * Verdicts on chains, remembered per isolate by the hash of x5c: parsing and checking a chain costs a hundred times
 * its look-up. Owns the bound. Only the half that can't change is kept (form, links, signatures, imported leaf key);
 * time and trusted list are asked at each use, so no verdict outlives a certificate or an anchor.
 */
import { encodeHex } from "../protocol/encoding.ts";
import { ok, type Result } from "../protocol/result.ts";
import { type VerifiedPath, verifyPath } from "../trust/chain.ts";

export interface KnownPath {
  readonly path: VerifiedPath;
  /** remembers it: for a chain that has proven to reach an anchor. Others could be made without end by anybody. */
  readonly keep: () => void;
  /** the leaf's public key for a JWS algorithm, imported once */
  readonly leafKey: (alg: string) => Promise<CryptoKey>;
}

export interface PathCache {
  verify(x5c: readonly Uint8Array<ArrayBuffer>[]): Promise<Result<KnownPath>>;
}

/**
 * Genuine chains have some 6 KiB. But a participant may hang anything above its CA, again and again: what is larger is
 * verified each time, so that the whole takes 8 MiB at most of an isolate's 128.
 */
const MAX_KEPT_BYTES = 16 * 1024;

/** @param capacity chains remembered; the one longest unused goes first */
export function createPathCache(capacity = 500): PathCache {
  const known = new Map<string, KnownPath>();
  return {
    async verify(x5c) {
      const key = await hashOf(x5c);
      const hit = known.get(key);
      if (hit !== undefined) {
        known.delete(key);
        known.set(key, hit); // a Map keeps insertion order: last used goes last
        return ok(hit);
      }
      const path = await verifyPath(x5c);
      if (!path.ok) return path;
      const entry: KnownPath = {
        path: path.value,
        leafKey: createLeafKey(path.value.leaf.spki),
        keep: () => {
          if (x5c.reduce((sum, der) => sum + der.length, 0) > MAX_KEPT_BYTES) return;
          known.set(key, entry);
          const oldest = known.keys().next().value;
          if (known.size > capacity && oldest !== undefined) known.delete(oldest);
        },
      };
      return ok(entry);
    },
  };
}

function createLeafKey(spki: Uint8Array<ArrayBuffer>): KnownPath["leafKey"] {
  const imported = new Map<string, CryptoKey>();
  return async (alg) => {
    const hit = imported.get(alg);
    if (hit !== undefined) return hit;
    const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: `SHA-${alg.slice(2)}` };
    const key = await crypto.subtle.importKey("spki", spki, algorithm, false, ["verify"]);
    imported.set(alg, key);
    return key;
  };
}

/** SHA-256 over the certificates, each behind its length, so that no two chains look alike. */
async function hashOf(x5c: readonly Uint8Array[]): Promise<string> {
  const all = new Uint8Array(x5c.reduce((sum, der) => sum + 4 + der.length, 0));
  let at = 0;
  for (const der of x5c) {
    new DataView(all.buffer).setUint32(at, der.length);
    all.set(der, at + 4);
    at += 4 + der.length;
  }
  return encodeHex(new Uint8Array(await crypto.subtle.digest("SHA-256", all)));
}
