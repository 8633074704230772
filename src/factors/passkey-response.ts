/**
 * A browser's answer, taken apart and held against what was asked: form, challenge, origin, flags. Owns the rules that
 * making and using a passkey share (WebAuthn §7.1, §7.2), each with its reason; signatures are checked in `passkey`.
 */
import { sha256Hex } from "../protocol/digest.ts";
import { decodeBase64url, decodeUtf8, encodeHex } from "../protocol/encoding.ts";
import { isJsonObject, type JsonObject, parseJsonObject } from "../protocol/json.ts";
import { ok, type Result, refuse } from "../protocol/result.ts";

type Bytes = Uint8Array<ArrayBuffer>;

export interface Expected {
  /** hostname of ISSUER_URL */
  readonly rpId: string;
  /** ISSUER_URL */
  readonly origin: string;
  /** base64url, as it was in the options; that it works once is for whoever keeps it */
  readonly challenge: string;
}

/** The members of `PublicKeyCredential.toJSON()` that count. */
export interface CredentialResponse {
  readonly id: string;
  readonly members: JsonObject;
}

/** §4: longer ids are no ids. */
const MAX_CREDENTIAL_ID_BYTES = 1023;
/** An attestation with a chain has a few kilobytes. */
const MAX_MEMBER_LENGTH = 60_000;

/** @param members the base64url members that have to be there */
export function parseResponse(response: unknown, members: readonly string[]): Result<CredentialResponse> {
  if (!isJsonObject(response) || !isJsonObject(response.response)) return refuse("passkey_malformed");
  const { id, rawId, type } = response;
  if (type !== "public-key" || typeof id !== "string" || id !== rawId) return refuse("passkey_malformed");
  const bytes = decodeBase64url(id)?.length ?? 0;
  if (bytes === 0 || bytes > MAX_CREDENTIAL_ID_BYTES) return refuse("passkey_malformed");
  for (const name of members) {
    const value = response.response[name];
    if (typeof value !== "string" || value.length > MAX_MEMBER_LENGTH) return refuse("passkey_malformed");
    if (value === "" || decodeBase64url(value) === undefined) return refuse("passkey_malformed");
  }
  return ok({ id, members: response.response });
}

/** §5.8.1: what the browser says it did, for whom. The signature covers it. */
export function checkClientData(
  text: unknown,
  type: "webauthn.create" | "webauthn.get",
  { challenge, origin }: Expected,
): Result<void> {
  const bytes = typeof text === "string" ? decodeBase64url(text) : undefined;
  const json = bytes && decodeUtf8(bytes);
  const data = json === undefined ? undefined : parseJsonObject(json);
  if (data === undefined) return refuse("passkey_malformed");
  if (data.type !== type) return refuse("passkey_type");
  if (data.challenge !== challenge) return refuse("passkey_challenge");
  if (data.origin !== origin) return refuse("passkey_origin");
  // Our pages are never framed: another site's frame is a trap.
  if (data.crossOrigin === true || data.topOrigin !== undefined) return refuse("passkey_origin");
  return ok(undefined);
}

export interface Flags {
  /** may it be copied to other devices? */
  readonly backupEligible: boolean;
  readonly backedUp: boolean;
  readonly counter: number;
}

/** §6.1: what the authenticator says it did. The signature covers it. */
export async function checkAuthenticatorData(data: Uint8Array, { rpId }: Expected): Promise<Result<Flags>> {
  const flags = data[32];
  if (data.length < 37 || flags === undefined) return refuse("passkey_malformed");
  if ((await sha256Hex(rpId)) !== encodeHex(data.subarray(0, 32))) return refuse("passkey_rp_id");
  const has = (bit: number): boolean => (flags & (1 << bit)) !== 0;
  // Present (bit 0) and verified (bit 2) by the authenticator: two factors in one gesture.
  if (!has(0) || !has(2)) return refuse("passkey_user_verification");
  const [backupEligible, backedUp] = [has(3), has(4)];
  if (backedUp && !backupEligible) return refuse("passkey_backup");
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return ok({ backupEligible, backedUp, counter: view.getUint32(33) });
}

/** A member that `parseResponse` has checked. */
export const bytesOf = (response: CredentialResponse, name: string): Bytes =>
  decodeBase64url(String(response.members[name])) ?? new Uint8Array();

/** §5.2.1.1: hints, so unknown ones are kept out and nothing is refused. */
export function readTransports(response: CredentialResponse): readonly string[] {
  const { transports } = response.members;
  if (!Array.isArray(transports)) return [];
  const known = ["ble", "cable", "hybrid", "internal", "nfc", "smart-card", "usb"];
  return known.filter((transport) => transports.includes(transport));
}
