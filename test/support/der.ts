/** DER taken apart and put together by hand, for certificates that no library would write. Independent of `src`. */
import type { Identity } from "./pki.ts";

type Bytes = Uint8Array<ArrayBuffer>;

export const bytesOf = (hex: string): Bytes =>
  Uint8Array.from(hex.replaceAll(" ", "").match(/../g) ?? [], (digits) => Number.parseInt(digits, 16));

export function concat(...parts: readonly Uint8Array[]): Bytes {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

const lengthOf = (length: number): Bytes => {
  if (length < 0x80) return Uint8Array.of(length);
  const digits: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) digits.unshift(rest % 256);
  return Uint8Array.of(0x80 + digits.length, ...digits);
};

/** Tag, minimal length, content. */
export function tlv(tag: number, ...content: readonly Uint8Array[]): Bytes {
  const inner = concat(...content);
  return concat(Uint8Array.of(tag), lengthOf(inner.length), inner);
}

/** Whole elements one level below the first element of `bytes`. Trusts its input. */
export function childrenOf(bytes: Uint8Array): Bytes[] {
  const children: Bytes[] = [];
  let at = headerOf(bytes, 0).start;
  const { end } = headerOf(bytes, 0);
  while (at < end) {
    const child = headerOf(bytes, at);
    children.push(Uint8Array.from(bytes.subarray(at, child.end)));
    at = child.end;
  }
  return children;
}

function headerOf(bytes: Uint8Array, at: number): { start: number; end: number } {
  const first = bytes[at + 1] ?? 0;
  const count = first < 0x80 ? 0 : first - 0x80;
  let length = first < 0x80 ? first : 0;
  for (const byte of bytes.subarray(at + 2, at + 2 + count)) length = length * 256 + byte;
  return { start: at + 2 + count, end: at + 2 + count + length };
}

/** A certificate's three parts: what is signed, the algorithm, the signature. */
export function certificateParts(der: Uint8Array): [tbs: Bytes, algorithm: Bytes, signature: Bytes] {
  const [tbs, algorithm, signature] = childrenOf(der);
  if (!tbs || !algorithm || !signature) throw new Error("not a certificate");
  return [tbs, algorithm, signature];
}

/** The same certificate with other fields in its signed part, signed again by its genuine issuer. */
export async function resign(
  identity: Identity,
  change: (fields: Bytes[]) => readonly Uint8Array[],
): Promise<Bytes> {
  const [tbs, algorithm] = certificateParts(identity.der);
  const changed = tlv(0x30, ...change(childrenOf(tbs)));
  const pkcs8 = await crypto.subtle.exportKey("pkcs8", (identity.issuer ?? identity).keys.privateKey);
  const scheme = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("pkcs8", pkcs8 as ArrayBuffer, scheme, false, ["sign"]);
  const signature = new Uint8Array(await crypto.subtle.sign(scheme, key, changed));
  return tlv(0x30, changed, algorithm, tlv(0x03, Uint8Array.of(0), signature));
}
