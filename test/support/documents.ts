/** Commands that documents show: the lines of their `sh` blocks, one command each, without comments. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "..", "..");

export const DOCUMENTS: readonly string[] = [
  ...readdirSync(ROOT).filter((name) => name.endsWith(".md")),
  ...readdirSync(join(ROOT, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => join("docs", name)),
  join("bench", "README.md"),
].sort();

export const textOf = (document: string): string => readFileSync(join(ROOT, document), "utf8");

export interface Shown {
  readonly document: string;
  /** without `NAME=value` before it */
  readonly command: string;
  readonly flags: readonly string[];
}

export const SHOWN: readonly Shown[] = DOCUMENTS.flatMap((document) =>
  [...textOf(document).matchAll(/^ *```(?:sh|bash|shell)\n(.*?)^ *```/gms)]
    .flatMap(([, block = ""]) => linesOf(block.replace(/(^|\s)#.*$/gm, "").replace(/\\\n/g, " ")))
    .map((line) =>
      line
        .replace(/\s+/g, " ")
        .replace(/^(?:[A-Z_]+=\S+ )+/, "")
        .trim(),
    )
    .filter((line) => line !== "")
    .map((command) => ({
      document,
      command,
      flags: [...command.matchAll(/ --([a-z][\w-]*)/g)].map(([, flag = ""]) => flag),
    })),
);

/** A line end between single quotes ends no command. */
function linesOf(block: string): readonly string[] {
  return block.match(/(?:'[^']*'|[^'\n])+/g) ?? [];
}

/** Words of a command before its first flag: `d1 time-travel info`. */
export const wordsOf = ({ command }: Shown, prefix: string): readonly string[] =>
  command
    .slice(prefix.length)
    .split(" --")[0]
    ?.split(" ")
    .filter((word) => /^[a-z0-9][a-z0-9-]*$/.test(word)) ?? [];
