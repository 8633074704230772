/**
 * Verdicts on protected headers, remembered per isolate by their hash. A party sends the same header with each of its
 * tokens, and reading and checking it costs a hundred times its look-up. Owns the bound. Only the half that can't change is
 * kept (form, links, signatures, imported leaf key); time and trusted list are asked at each use, so no verdict outlives
 * a certificate or an anchor.
 */
import { sha256Hex } from "../protocol/digest.ts";
import { PARTIES_REMEMBERED, remember } from "../protocol/remember.ts";
import { ok, type Result, refuse } from "../protocol/result.ts";
import { type Certificate, parseCertificate } from "../trust/certificate.ts";
import { type VerifiedPath, verifyPath } from "../trust/chain.ts";
import { parseHeader } from "./profile.ts";

export interface KnownPath {
  readonly alg: string;
  readonly path: VerifiedPath;
  /** the leaf's public key, for this algorithm and for verifying alone */
  readonly key: CryptoKey;
  /** remembers it: for a chain that has proven to reach an anchor. Others could be made without end by anybody. */
  readonly keep: () => void;
}

export interface PathCache {
  /** @param header a protected header as it came @param algorithms that are good here, whatever was good before */
  verify(header: string, algorithms: readonly string[]): Promise<Result<KnownPath>>;
}

/**
 * A genuine leaf has some 1.5 KiB, and its issuers are here already. But a participant may hang anything above its CA, again
 * and again: what is larger is verified each time, and all together are so much DER at most. Read and with its key a
 * certificate takes twice as much: some 40 MiB at the worst of an isolate's 128.
 */
const MAX_KEPT_BYTES = 16 * 1024;
const MAX_KEPT_BYTES_IN_ALL = 20 * 1024 * 1024;

/**
 * CA certificates that are remembered by themselves. Nearly all parties have theirs from the same few: read anew for each
 * header, they would be most of what a path takes.
 */
const ISSUERS = 200;

/**
 * @param capacity headers remembered, as many as answers about parties; the one longest unused goes first
 * @param maxBytes of DER, of all of them together
 */
export function createPathCache(capacity = PARTIES_REMEMBERED, maxBytes = MAX_KEPT_BYTES_IN_ALL): PathCache {
  const known = new Map<string, { readonly path: KnownPath; readonly bytes: number }>();
  let bytesInAll = 0;
  const issuers = new Map<string, Certificate>();
  const forget = (name: string) => {
    bytesInAll -= known.get(name)?.bytes ?? 0;
    known.delete(name);
  };
  const put = (name: string, path: KnownPath, bytes: number) => {
    forget(name);
    known.set(name, { path, bytes });
    bytesInAll += bytes;
    for (const oldest of known.keys()) {
      if (known.size <= capacity && bytesInAll <= maxBytes) return;
      forget(oldest);
    }
  };
  const parse = async (der: Uint8Array<ArrayBuffer>) => {
    const issuer = issuers.get(await sha256Hex(der));
    return issuer === undefined ? parseCertificate(der) : ok(issuer);
  };
  return {
    async verify(header, algorithms) {
      const name = await sha256Hex(header);
      const hit = known.get(name);
      if (hit !== undefined) {
        put(name, hit.path, hit.bytes); // the newest again
        return algorithms.includes(hit.path.alg) ? ok(hit.path) : refuse("jwt_alg");
      }
      const parsed = parseHeader(header, algorithms);
      if (!parsed.ok) return parsed;
      const { alg, x5c } = parsed.value;
      const path = await verifyPath(x5c, parse);
      if (!path.ok) return path;
      const key = await importKey(path.value.leaf.spki, alg);
      if (key === undefined) return refuse("jwt_signature");
      const { certificates } = path.value;
      const sizeOf = (some: readonly Certificate[]) => some.reduce((sum, { der }) => sum + der.length, 0);
      const entry: KnownPath = {
        alg,
        path: path.value,
        key,
        keep: () => {
          if (known.get(name)?.path === entry || sizeOf(certificates) > MAX_KEPT_BYTES) return;
          put(name, entry, sizeOf(certificates.filter((it) => issuers.get(it.fingerprint) !== it)));
          for (const issuer of certificates.slice(1)) remember(issuers, issuer.fingerprint, issuer, ISSUERS);
        },
      };
      return ok(entry);
    },
  };
}

/** @returns undefined for a key that the runtime refuses: nothing is signed with it */
async function importKey(spki: Uint8Array<ArrayBuffer>, alg: string): Promise<CryptoKey | undefined> {
  const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: `SHA-${alg.slice(2)}` };
  try {
    return await crypto.subtle.importKey("spki", spki, algorithm, false, ["verify"]);
  } catch {
    return undefined;
  }
}
