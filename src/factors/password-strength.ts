/**
 * Is a new password good enough? Owns the limits; the judgement is zxcvbn's, with the commonest passwords and the
 * human's own words as its dictionaries: it sees through case, digits at the end and letters swapped for signs.
 */
import { ZxcvbnFactory } from "@zxcvbn-ts/core";
import { COMMON_PASSWORDS } from "./common-passwords.ts";

export const MIN_PASSWORD_LENGTH = 10;
export const MAX_PASSWORD_LENGTH = 1024;
/** zxcvbn's "safely unguessable": even a stolen hash takes a while. */
const ENOUGH_GUESSES = 1e8;
/** Work grows faster than length; what is strong shows in its first characters. */
const JUDGED_LENGTH = 64;

export type PasswordProblem = "too_short" | "too_long" | "common" | "personal";

let judge: ZxcvbnFactory | undefined;

/** @param personal what others may know of the human: names, user name, e-mail address, organisation */
export function checkPassword(password: string, personal: readonly string[]): PasswordProblem | undefined {
  const text = password.normalize("NFC");
  if (text.length > MAX_PASSWORD_LENGTH) return "too_long";
  if ([...text].length < MIN_PASSWORD_LENGTH) return "too_short";
  judge ??= new ZxcvbnFactory({
    dictionary: { passwords: COMMON_PASSWORDS.split(" ") },
    maxLength: JUDGED_LENGTH,
  });
  if (judge.check(text).guesses < ENOUGH_GUESSES) return "common";
  return judge.check(text, wordsOf(personal)).guesses < ENOUGH_GUESSES ? "personal" : undefined;
}

/** Each text as a whole, without its gaps, and word by word. */
function wordsOf(personal: readonly string[]): string[] {
  const words = personal.flatMap((text) => [
    text,
    text.replaceAll(/[^\p{L}\p{N}]/gu, ""),
    ...text.split(/[^\p{L}\p{N}]+/u),
  ]);
  return [...new Set(words.map((word) => word.toLowerCase()))].filter((word) => word.length >= 3);
}
