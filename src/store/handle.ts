/**
 * Handles: what we hand out and want back unforged (authzId, code, access tokens, error references, known browsers).
 * Each is an HMAC under its own kind and its content, checked before any object is touched: strangers can't wake Durable
 * Objects, and no handle passes for one of another kind. The same key disguises what is personal.
 */
import { sha256Hex } from "../protocol/digest.ts";
import {
  concat,
  decodeBase64url,
  decodeHex,
  decodeUtf8,
  encodeBase64url,
  encodeHex,
  encodeUtf8,
} from "../protocol/encoding.ts";
import { isJsonObject, type JsonObject, parseJson } from "../protocol/json.ts";
import type { GrantId } from "./ports.ts";

export type HandleKind =
  | "authzId"
  | "code"
  | "access_token"
  | "party_token"
  | "error_reference"
  | "known_browser"
  | "session"
  | "logout"
  | "admin_form";

/** Handles that name an object. */
type GrantHandleKind = "authzId" | "code" | "access_token" | "session";

const MAC_BYTES = 16;
const ID_BYTES = 32; // a Durable Object id
const SECRET_BYTES = 16;
const MAX_LENGTH = 6000;

export interface Handles {
  seal(kind: HandleKind, content: Uint8Array): Promise<string>;
  /** @returns the content, or undefined when the handle is not one of ours of this kind */
  open(kind: HandleKind, handle: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** A name for something personal, 64 hex digits: without the key nobody can try out whose it might be. */
  disguise(text: string): Promise<string>;
  /** What it is, or was, called under the other keys. */
  otherDisguises(text: string): Promise<readonly string[]>;
}

/**
 * @param key HMAC-SHA-256
 * @param others of the same kind: what they sealed opens too, while DATA_KEY is rolled
 */
export function createHandles(key: CryptoKey, others: readonly CryptoKey[] = []): Handles {
  const fullMac = async (
    kind: HandleKind | "disguise",
    content: Uint8Array,
    by: CryptoKey,
  ): Promise<Uint8Array> =>
    new Uint8Array(await crypto.subtle.sign("HMAC", by, concat([encodeUtf8(`${kind}\0`), content])));
  const macOf = async (kind: HandleKind, content: Uint8Array, by: CryptoKey): Promise<Uint8Array> =>
    (await fullMac(kind, content, by)).slice(0, MAC_BYTES);
  const disguise = async (text: string, by: CryptoKey): Promise<string> =>
    encodeHex(await fullMac("disguise", encodeUtf8(text), by));
  return {
    seal: async (kind, content) => encodeBase64url(concat([await macOf(kind, content, key), content])),
    open: async (kind, handle) => {
      const bytes = handle.length > MAX_LENGTH ? undefined : decodeBase64url(handle);
      if (bytes === undefined || bytes.length <= MAC_BYTES) return undefined;
      const content = bytes.slice(MAC_BYTES);
      for (const by of [key, ...others]) {
        if (sameInConstantTime(await macOf(kind, content, by), bytes.subarray(0, MAC_BYTES))) return content;
      }
      return undefined;
    },
    disguise: (text) => disguise(text, key),
    otherDisguises: (text) => Promise.all(others.map((by) => disguise(text, by))),
  };
}

/** A handle that names a grant and, but for the authzId, proves a secret whose hash the grant keeps. */
export interface GrantHandle {
  readonly id: GrantId;
  /** SHA-256 of the secret, hex; of nothing for an authzId */
  readonly secretHash: string;
}

export async function sealGrantHandle(
  handles: Handles,
  kind: GrantHandleKind,
  id: GrantId,
): Promise<{ readonly handle: string; readonly secretHash: string }> {
  const idBytes = decodeHex(id);
  if (idBytes?.length !== ID_BYTES) throw new Error("a grant id is 64 hex digits");
  const secret = kind === "authzId" ? new Uint8Array() : crypto.getRandomValues(new Uint8Array(SECRET_BYTES));
  return { handle: await handles.seal(kind, concat([idBytes, secret])), secretHash: await sha256Hex(secret) };
}

export async function openGrantHandle(
  handles: Handles,
  kind: GrantHandleKind,
  handle: string,
): Promise<GrantHandle | undefined> {
  const content = await handles.open(kind, handle);
  if (content === undefined) return undefined;
  return {
    id: encodeHex(content.subarray(0, ID_BYTES)),
    secretHash: await sha256Hex(content.subarray(ID_BYTES)),
  };
}

export const sealObject = (handles: Handles, kind: HandleKind, object: JsonObject): Promise<string> =>
  handles.seal(kind, encodeUtf8(JSON.stringify(object)));

export async function openObject(
  handles: Handles,
  kind: HandleKind,
  handle: string,
): Promise<JsonObject | undefined> {
  const content = await handles.open(kind, handle);
  const text = content && decodeUtf8(content);
  const value = text === undefined ? undefined : parseJson(text);
  return isJsonObject(value) ? value : undefined;
}

function sameInConstantTime(one: Uint8Array, other: Uint8Array): boolean {
  let difference = one.length ^ other.length;
  for (const [at, byte] of one.entries()) difference |= byte ^ (other[at] ?? 0);
  return difference === 0;
}
