/**
 * What an administrator types: flags, and one line of words when they can be mended. Owns the checks that commands share;
 * what a command wants is its own affair.
 */
import { userInfo } from "node:os";
import { type ParseArgsOptionsConfig, parseArgs } from "node:util";
import { type PartyId, parsePartyId } from "../../src/protocol/party-id.ts";

/** What the administrator can mend: one line, exit 1. */
export class BadInput extends Error {}

/** @throws BadInput for a flag that is not among `options`, or has no value */
export function readFlags<const T extends ParseArgsOptionsConfig>(args: readonly string[], options: T) {
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new BadInput(error instanceof Error ? (error.message.split("\n")[0] ?? "") : "bad arguments");
  }
}

/** Text without its margins: there, short enough, in one line. */
export function line(value: string | undefined, flag: string, maxLength: number): string {
  const trimmed = value?.trim() ?? "";
  if (trimmed === "") throw new BadInput(`${flag} is missing.`);
  if (trimmed.length > maxLength) throw new BadInput(`${flag} is longer than ${maxLength} characters.`);
  if (/\p{Cc}/u.test(trimmed)) throw new BadInput(`${flag} must be one line of text.`);
  return trimmed;
}

/** Who does this: the flag, or the user of this machine. */
export const actor = (value: string | undefined): string => line(value ?? userInfo().username, "--by", 200);

/** A whole number within bounds. */
export function count(value: string, flag: string, least: number, most: number): number {
  const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
  if (!(number >= least && number <= most))
    throw new BadInput(`${flag} must be a number from ${least} to ${most}.`);
  return number;
}

/** The flag `--organisation`. */
export function organisationId(value: string | undefined): PartyId {
  const id = parsePartyId(line(value, "--organisation", 256));
  if (id === undefined) throw new BadInput("--organisation is not an organisation identifier.");
  return id;
}
