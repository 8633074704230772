/** iSHARE JWTs for tests, written by hand so that every part can be wrong. Independent of `src`. */
import { CompactEncrypt, importSPKI } from "jose";
import type { Identity } from "./pki.ts";
import { x5cOf } from "./pki.ts";

const base64url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

export const encodePart = (value: unknown): string =>
  base64url(new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value)));

/** @param header members over the right ones; undefined removes one */
export async function signJwt(
  signer: Identity,
  payload: Readonly<Record<string, unknown>> | string,
  header: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const head = encodePart({ alg: "RS256", typ: "JWT", x5c: x5cOf(signer), ...header });
  return signParts(signer, head, encodePart(payload));
}

/** Signs two parts as they are. */
export async function signParts(
  { keys }: Identity,
  head: string,
  body: string,
  hash = "SHA-256",
): Promise<string> {
  const pkcs8 = (await crypto.subtle.exportKey("pkcs8", keys.privateKey)) as ArrayBuffer;
  const algorithm = { name: "RSASSA-PKCS1-v1_5", hash };
  const key = await crypto.subtle.importKey("pkcs8", pkcs8, algorithm, false, ["sign"]);
  const signature = await crypto.subtle.sign(algorithm, key, new TextEncoder().encode(`${head}.${body}`));
  return `${head}.${body}.${base64url(new Uint8Array(signature))}`;
}

export const epoch = (): number => Math.floor(Date.now() / 1000);

/** The frame of a valid iSHARE JWT. */
export const frame = (iss: string, sub: string, aud: string, now = epoch()) => ({
  iss,
  sub,
  aud,
  jti: crypto.randomUUID(),
  iat: now,
  exp: now + 30,
});

/** A JWE for the key of a certificate. */
export async function encryptFor(
  recipient: Identity,
  plaintext: string,
  alg: "RSA-OAEP" | "RSA-OAEP-256" = "RSA-OAEP-256",
  header: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const spki = recipient.certificate.publicKey.toString("pem");
  return new CompactEncrypt(new TextEncoder().encode(plaintext))
    .setProtectedHeader({ alg, enc: "A256GCM", ...header } as { alg: string; enc: string })
    .encrypt(await importSPKI(spki, alg));
}

export function decodePayload(token: string): Record<string, unknown> {
  const [, body = ""] = token.split(".");
  return JSON.parse(
    new TextDecoder().decode(
      Uint8Array.from(atob(body.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0)),
    ),
  );
}
