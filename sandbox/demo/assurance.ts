/** Levels of assurance and authentication methods in words, and whether a level is enough. */
import { acrOf, LEVELS, type Level, reaches } from "../../src/protocol/assurance.ts";

export const LEVEL_WORDS: Readonly<Record<Level, string>> = {
  low: "one factor, such as a password",
  substantial: "two factors, or a passkey",
  high: "a passkey in hardware that was verified",
};

/** @param acr claim of an id_token, so possibly anything */
const levelOf = (acr: unknown): Level | undefined => LEVELS.find((level) => acrOf(level) === acr);

export function reachesLevel(acr: unknown, wanted: Level): boolean {
  const level = levelOf(acr);
  return level !== undefined && reaches(level, wanted);
}

export function describeLevel(acr: unknown): string {
  const level = levelOf(acr);
  return level === undefined ? "not told" : `${level} (${LEVEL_WORDS[level]})`;
}

/** RFC 8176 §2, as far as the Identity Provider uses it */
const METHODS: Readonly<Record<string, string>> = {
  pwd: "password",
  otp: "one-time code",
  kba: "recovery code",
  pop: "passkey",
  hwk: "passkey in verified hardware",
  user: "confirmed on the device",
  mfa: "more than one factor",
};

/** @param amr claim of an id_token, so possibly anything */
export function describeMethods(amr: unknown): string {
  const methods = Array.isArray(amr) ? amr.map((it) => METHODS[String(it)] ?? String(it)) : [];
  return methods.length === 0 ? "not told" : methods.join(", ");
}
