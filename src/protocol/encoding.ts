/**
 * Bytes put together, and strict text encodings: base64, base64url, hex, UTF-8. Owns the rule that one value has one spelling:
 * padding, white space, foreign letters and stray trailing bits are refused (RFC 7515 §2, RFC 4648 §3.5),
 * so that a token can't be altered without its signature noticing.
 */

const toBinary = (bytes: Uint8Array): string => {
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x2000)
    text += String.fromCharCode(...bytes.subarray(at, at + 0x2000));
  return text;
};

export const encodeBase64 = (bytes: Uint8Array): string =>
  native(bytes).toBase64?.() ?? btoa(toBinary(bytes));

export const encodeBase64url = (bytes: Uint8Array): string =>
  native(bytes).toBase64?.({ alphabet: "base64url", omitPadding: true }) ??
  encodeBase64(bytes).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");

/** @returns the bytes, or undefined when `text` is not the canonical, padded base64 of any bytes. */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text) ? decode(text, "base64") : undefined;
}

/** @returns the bytes, or undefined when `text` is not the canonical, unpadded base64url of any bytes. */
export function decodeBase64url(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (text.length % 4 === 1 || !/^[A-Za-z0-9_-]*$/.test(text)) return undefined;
  return decode(text + "=".repeat((4 - (text.length % 4)) % 4), "base64url");
}

/** ECMAScript 2026: workerd has it, Node 24 not yet. */
const native = (bytes: Uint8Array) =>
  bytes as {
    toBase64?(options?: { readonly alphabet: Alphabet; readonly omitPadding: boolean }): string;
    toHex?(): string;
  };

type Alphabet = "base64" | "base64url";
/** Likewise. White space, which it would skip, is refused before. */
const { fromBase64, fromHex } = Uint8Array as {
  fromBase64?: (
    text: string,
    options: { readonly alphabet: Alphabet; readonly lastChunkHandling: "strict" },
  ) => Uint8Array<ArrayBuffer>;
  fromHex?: (text: string) => Uint8Array<ArrayBuffer>;
};

/** @param text of the alphabet's letters, padded */
function decode(text: string, alphabet: Alphabet): Uint8Array<ArrayBuffer> | undefined {
  try {
    if (fromBase64 !== undefined)
      return fromBase64.call(Uint8Array, text, { alphabet, lastChunkHandling: "strict" });
    const standard = alphabet === "base64" ? text : text.replaceAll("-", "+").replaceAll("_", "/");
    const binary = atob(standard);
    if (standard.endsWith("=") && btoa(binary) !== standard) return undefined; // stray bits
    const bytes = new Uint8Array(binary.length);
    for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at);
    return bytes;
  } catch {
    return undefined;
  }
}

export const encodeHex = (bytes: Uint8Array): string => native(bytes).toHex?.() ?? hexOf(bytes);

const hexOf = (bytes: Uint8Array): string => {
  let hex = "";
  for (const byte of bytes) hex += byte.toString(16).padStart(2, "0");
  return hex;
};

/** @returns the bytes, or undefined when `text` is not lower-case hex. */
export function decodeHex(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/.test(text)) return undefined;
  if (fromHex !== undefined) return fromHex.call(Uint8Array, text);
  const bytes = new Uint8Array(text.length / 2);
  for (let at = 0; at < bytes.length; at++) bytes[at] = Number.parseInt(text.slice(2 * at, 2 * at + 2), 16);
  return bytes;
}

/** A SHA-256 fingerprint as people write it (any case, with or without colons) in our spelling: 64 lower-case hex digits. */
export function normaliseFingerprint(text: string): string | undefined {
  const hex = text.trim().replaceAll(":", "").toLowerCase();
  return /^[0-9a-f]{64}$/.test(hex) ? hex : undefined;
}

const encoder = new TextEncoder();
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** @returns the text, or undefined when the bytes are not valid UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

export const encodeUtf8 = (text: string): Uint8Array<ArrayBuffer> =>
  encoder.encode(text) as Uint8Array<ArrayBuffer>;

/** One behind the other. A list, and no arguments: a peer may send any number of chunks. */
export function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
