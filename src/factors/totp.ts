/**
 * One-time passwords by time (RFC 6238): seeds, codes, and the QR code that brings a seed into an app. SHA-1, six digits,
 * thirty seconds: what every app knows. Owns no record: that a step is used once is for `directory/totp`.
 */
import { createHmac } from "node:crypto";
// Without hash functions of its own: the platform has them.
import { Secret, TOTP } from "otpauth/bare";
import { renderSVG } from "uqr";
import type { EpochSeconds } from "../protocol/time.ts";

const ALGORITHM = "SHA1";
const DIGITS = 6;
const PERIOD = 30;
/** Steps before and after now: a slow hand, a clock that is a little off (RFC 6238 §5.2). */
const WINDOW = 1;
/** RFC 4226 §4 R6: 160 bits recommended. */
const SEED_BYTES = 20;

const hmac = (_algorithm: string, key: Uint8Array, message: Uint8Array): Uint8Array =>
  new Uint8Array(createHmac("sha1", key).update(message).digest());

/** @returns base32, as apps take it by hand */
export const createSeed = (): string =>
  new Secret({ buffer: crypto.getRandomValues(new Uint8Array(SEED_BYTES)).buffer }).base32;

/**
 * @param code as typed: spaces do not matter
 * @returns the time step that the code belongs to, or undefined when it belongs to none that is near
 */
export function checkTotp(seed: string, code: string, now: EpochSeconds): number | undefined {
  const token = code.replaceAll(/\s/g, "");
  if (token.length !== DIGITS || !/^[0-9]+$/.test(token)) return undefined;
  const timestamp = now * 1000;
  const delta = TOTP.validate({
    ...{ token, secret: Secret.fromBase32(seed), algorithm: ALGORITHM, digits: DIGITS, period: PERIOD },
    ...{ timestamp, window: WINDOW, hmac },
  });
  return delta === null ? undefined : TOTP.counter({ period: PERIOD, timestamp }) + delta;
}

/** The address that apps read from a QR code. @param account what the app shows beside the issuer's name */
export function otpauthUri(issuer: string, account: string, seed: string): string {
  return new TOTP({
    ...{ issuer, label: account, secret: seed, algorithm: ALGORITHM, digits: DIGITS, period: PERIOD, hmac },
  }).toString();
}

/** An SVG element of nothing but a rectangle and a path: no style, no script, no reference to anything outside. */
export const qrSvg = (uri: string): string => renderSVG(uri, { border: 4, ecc: "M" });
