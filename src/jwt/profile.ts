/**
 * The iSHARE JWT profile (wire document §2): form, header and claims of every signed JWT, as pure functions. Owns
 * what a token must look like; whether it is genuine is for `verify`.
 */
import { decodeBase64, decodeBase64url, decodeUtf8 } from "../protocol/encoding.ts";
import { type JsonObject, parseJsonObject } from "../protocol/json.ts";
import { ok, type Result, refuse } from "../protocol/result.ts";
import type { EpochSeconds } from "../protocol/time.ts";

/** A request JWT with its chain is 6–10 kB; a chain may have 64 KiB of DER, a body has 64 KiB in all. */
export const MAX_JWT_LENGTH = 64 * 1024;
/** `exp` MUST equal `iat` + 30. */
export const LIFETIME_SECONDS = 30;

/** Nothing in it is proven. */
export interface UnverifiedJwt {
  /** the protected header as it came */
  readonly header: string;
  readonly payload: JsonObject;
  readonly signature: Uint8Array<ArrayBuffer>;
  /** what the signature is over: header and payload as they came (RFC 7515 §5.2) */
  readonly signed: string;
}

/** Reads a compact JWS, all but its header. @param maxLength characters */
export function parseJwt(text: string, maxLength = MAX_JWT_LENGTH): Result<UnverifiedJwt> {
  if (text.length > maxLength) return refuse("jwt_too_large", { length: text.length });
  const parts = text.split(".");
  const [header, payloadPart, signaturePart] = parts;
  if (parts.length !== 3 || !header || !payloadPart || !signaturePart) return refuse("jwt_not_compact");
  const signature = decodeBase64url(signaturePart);
  if (signature === undefined) return refuse("jwt_not_compact");
  const payloadText = decodeText(payloadPart);
  const payload = payloadText === undefined ? undefined : parseJsonObject(payloadText);
  if (payloadText === undefined || payload === undefined) return refuse("jwt_payload_malformed");
  const float = floatClaim(payloadText);
  return float === undefined
    ? ok({ header, payload, signature, signed: text.slice(0, text.lastIndexOf(".")) })
    : refuse("jwt_claim_type", { claim: float });
}

/** What a protected header says: nothing in it is proven. */
export interface Header {
  readonly alg: string;
  /** DER, signer first */
  readonly x5c: readonly Uint8Array<ArrayBuffer>[];
}

/** @param part as it came @param type `typ`, for what must never pass for another kind of token */
export function parseHeader(part: string, algorithms: readonly string[], type = "JWT"): Result<Header> {
  const header = parseJsonObject(decodeText(part) ?? "");
  if (header === undefined) return refuse("jwt_header_malformed");
  // Exactly these: `jwk`, `jku`, `x5u` and `kid` would offer another key, `crit` and `b64` another meaning.
  for (const name of Object.keys(header)) {
    if (name !== "alg" && name !== "typ" && name !== "x5c") return refuse("jwt_header_member");
  }
  const { alg, typ, x5c } = header;
  if (typeof alg !== "string" || !algorithms.includes(alg)) return refuse("jwt_alg"); // RFC 8725 §3.1
  if (typeof typ !== "string" || typ.toUpperCase() !== type.toUpperCase()) return refuse("jwt_typ");
  if (!Array.isArray(x5c) || x5c.length === 0) return refuse("jwt_x5c");
  const chain: Uint8Array<ArrayBuffer>[] = [];
  for (const entry of x5c) {
    const der = typeof entry === "string" && entry !== "" ? decodeBase64(entry) : undefined; // RFC 7515 §4.1.6
    if (der === undefined) return refuse("jwt_x5c");
    chain.push(der);
  }
  return ok({ alg, x5c: chain });
}

/** Nearly no payload does: a name may be written with escapes, so a backslash counts too. */
const MAY_HOLD_FLOAT = /\\|"(?:iat|exp|nbf)"\s*:\s*[-\d]+[.eE]/;

/** `1700000000.0` and `17e8` are integers only to parsers that forget how they were written. */
function floatClaim(payloadText: string): string | undefined {
  if (!MAY_HOLD_FLOAT.test(payloadText)) return undefined;
  const floats = new Map<unknown, string>(); // by the object that holds them
  type Reviver = (
    this: unknown,
    name: string,
    value: unknown,
    context?: { readonly source?: string },
  ) => unknown;
  const revive: Reviver = function (name, value, context) {
    const isTime = name === "iat" || name === "exp" || name === "nbf";
    if (isTime && typeof value === "number" && /[.eE]/.test(context?.source ?? "")) floats.set(this, name);
    return value;
  };
  return floats.get(JSON.parse(payloadText, revive as Parameters<typeof JSON.parse>[1]));
}

function decodeText(part: string): string | undefined {
  const bytes = decodeBase64url(part);
  return bytes && decodeUtf8(bytes);
}

export interface Claims {
  readonly iss: string;
  readonly sub: string;
  readonly aud: string;
  readonly jti: string;
  readonly iat: EpochSeconds;
  readonly exp: EpochSeconds;
}

export interface ClaimRules {
  /** our PARTY_ID and aliases */
  readonly audience: readonly string[];
  readonly now: EpochSeconds;
  /** CLOCK_SKEW_SECONDS */
  readonly skew: number;
  /** false: a stored answer whose life ended, but whose content is still wanted */
  readonly checkLife: boolean;
}

/** The claims that every iSHARE JWT has (RFC 7519 §4.1, iSHARE JWT). Unknown members are ignored. */
export function checkClaims(payload: JsonObject, rules: ClaimRules): Result<Claims> {
  for (const name of ["iss", "sub", "aud", "jti"]) {
    const value = payload[name];
    if (value === undefined) return refuse("jwt_claim_missing", { claim: name });
    // Audience injection (CVE-2025-27370): one string, never an array, not even of one.
    if (typeof value !== "string" || value === "") return refuse("jwt_claim_type", { claim: name });
    if (value.length > 256) return refuse("jwt_claim_too_long", { claim: name });
  }
  for (const name of ["iat", "exp", ...("nbf" in payload ? ["nbf"] : [])]) {
    const value = payload[name];
    if (value === undefined) return refuse("jwt_claim_missing", { claim: name });
    if (!Number.isSafeInteger(value) || (value as number) < 0)
      return refuse("jwt_claim_type", { claim: name });
  }
  const claims = payload as unknown as Claims & { readonly nbf?: EpochSeconds };
  if (claims.exp - claims.iat !== LIFETIME_SECONDS)
    return refuse("jwt_lifetime", { seconds: claims.exp - claims.iat });
  if (!rules.audience.includes(claims.aud)) return refuse("jwt_audience");
  if (rules.checkLife) {
    const { now, skew } = rules;
    if (claims.iat > now + skew) return refuse("jwt_issued_in_future", { seconds: claims.iat - now });
    if (claims.nbf !== undefined && claims.nbf > now + skew) {
      return refuse("jwt_not_yet_valid", { seconds: claims.nbf - now });
    }
    if (now > claims.exp + skew) return refuse("jwt_expired", { seconds: now - claims.exp });
  }
  const { iss, sub, aud, jti, iat, exp } = claims;
  return ok({ iss, sub, aud, jti, iat, exp });
}
