/**
 * `node scripts/run.mjs common-passwords`: writes src/factors/common-passwords.ts anew from the installed list. Owns how
 * much of it the Worker carries: the commonest, in order, since rank is what the judgement builds on.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const ROOT = join(import.meta.dirname, "..");
const CARRIED = 2000;
const LIST = join(ROOT, "node_modules", "@zxcvbn-ts", "language-common", "src", "passwords.json");
export const COMMON_PASSWORDS_FILE = join(ROOT, "src", "factors", "common-passwords.ts");

export async function buildCommonPasswords(): Promise<string> {
  const ranked = JSON.parse(await readFile(LIST, "utf8")) as string[];
  const carried = ranked.filter((word) => /^[\x21-\x7e]+$/.test(word)).slice(0, CARRIED);
  return `/**
 * The commonest passwords, commonest first, separated by spaces. Made by scripts/common-passwords.ts from the list of
 * @zxcvbn-ts/language-common (MIT): not to be edited by hand.
 */
export const COMMON_PASSWORDS =
  ${JSON.stringify(carried.join(" "))};
`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href)
  await writeFile(COMMON_PASSWORDS_FILE, await buildCommonPasswords());
