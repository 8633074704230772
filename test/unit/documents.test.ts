/**
 * Every command that a document shows is run by a test: this table says which. A new command needs a row, or a document
 * would promise what nobody has seen. Those that need a Cloudflare account are held against wrangler's own help
 * (`running/documents.test.ts`). Links lead somewhere, and flags are ones that the command takes.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { DOCUMENTS, SHOWN, type Shown, textOf, wordsOf } from "../support/documents.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const read = (...path: string[]): string => readFileSync(join(ROOT, ...path), "utf8");

/** How a command begins → the test that runs it, and a word of that test which shows it. */
const RUN_BY: Readonly<Record<string, readonly [file: string, word: string]>> = {
  "npm start": ["test/support/sandbox.ts", '"start"'],
  "npm test": [".ci/run", "npm test"], // which is how tests are run
  "npm run check": ["scripts/test.ts", "check()"],
  "npm run format": ["scripts/check.ts", '"biome"'], // the same, without `--write`
  "npm run serve": ["test/support/running.ts", '"serve"'],
  "npm run sandbox": ["test/running/revocation.test.ts", '"sandbox"'],
  "npm run setup": ["test/running/setup.test.ts", '"setup"'],
  "npm run doctor": ["test/running/doctor.test.ts", '"doctor"'],
  curl: ["test/running/documents-shell.test.ts", "docs/keys.md"], // the block, as it stands
  scim: ["test/running/documents-shell.test.ts", "docs/provision.md"], // likewise
  "(umask": ["test/running/setup-roll.test.ts", "docs/keys.md"], // likewise
  printf: ["test/running/setup-roll.test.ts", "docs/keys.md"],
  mv: ["test/running/setup-roll.test.ts", "docs/keys.md"],
  "npm run fuzz": ["scripts/fuzz.ts", "openssl"], // by hand: its parts are run by unit/trust/differential.test.ts
  "npm run bench": ["scripts/bench.ts", "bench"], // by hand, for minutes
  "npm run soak": ["scripts/soak.ts", "soak"], // likewise
  "npm run mutate": ["scripts/mutate.ts", "stryker"], // likewise, for hours
};
const WRANGLER = "npm run wrangler --";
const DIRECTORY = "npm run directory --";
/** Not ours to test. */
const OTHERS = /^(git|npm install|npm ci|export|alias)\b/;

const isOneOf = (command: string, start: string): boolean =>
  command === start || command.startsWith(`${start} `);

test("commands are found, in several documents", () => {
  expect(SHOWN.length).toBeGreaterThan(20);
  expect(new Set(SHOWN.map(({ document }) => document)).size).toBeGreaterThan(3);
});

const named = (shown: Shown) => [`${shown.document}: ${shown.command}`, shown] as const;

test.each(SHOWN.map(named))("%s", (_, shown) => {
  const { command, flags } = shown;
  if (OTHERS.test(command) || isOneOf(command, WRANGLER)) return;
  if (isOneOf(command, DIRECTORY)) return isTestedDirectoryCommand(shown);
  const [start, [file, word]] = Object.entries(RUN_BY).find(([it]) => isOneOf(command, it)) ?? ["", ["", ""]];
  expect(start, `no test runs it: add a row to RUN_BY for ${command}`).not.toBe("");
  expect(read(file)).toContain(word);
  const script = start.split(" ").at(-1) ?? "";
  if (start.startsWith("npm run "))
    for (const flag of flags) expect(sourcesOf(script), flag).toMatch(option(flag));
});

test.each(
  DOCUMENTS.flatMap((document) =>
    [...textOf(document).matchAll(/[^\n`]*npm run directory -- [a-z-]+[^\n`]* --remote [^\n`]*/g)].map(
      ([command]) => [document, command] as const,
    ),
  ).filter(([, command]) => !command.includes("(--state")),
)("%s: %s says of which environment", (_, command) => {
  expect(command).toMatch(/\bCLOUDFLARE_ENV=\w+ npm run directory/);
});

function isTestedDirectoryCommand(shown: Shown): void {
  const [name = ""] = wordsOf(shown, DIRECTORY);
  const tests = [
    ...readdirSync(join(ROOT, "test", "running"), { encoding: "utf8" }).map((it) => join("running", it)),
  ]
    .concat(join("support", "running.ts"))
    .map((it) => read("test", it));
  const itsFunction = name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
  expect(
    tests.some((it) => it.includes(`"${name}"`) || it.includes(`(state, ${itsFunction},`)),
    `no test runs directory ${name}`,
  ).toBe(true);
  for (const flag of shown.flags) expect(sourcesOf("directory"), flag).toMatch(option(flag));
}

/** As `parseArgs` is told of it. */
const option = (flag: string): RegExp => new RegExp(`(^|[\\s{])("${flag}"|${flag}):`);

function sourcesOf(script: string): string {
  const folder = join("scripts", script);
  const parts = existsSync(join(ROOT, folder))
    ? readdirSync(join(ROOT, folder), { encoding: "utf8" }).map((it) => join(folder, it))
    : [];
  return [join("scripts", `${script}.ts`), ...parts].map((it) => read(it)).join("\n");
}

describe.each(DOCUMENTS)("%s", (document) => {
  const text = textOf(document);
  test("names scripts that there are", () => {
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    for (const [, name = ""] of text.matchAll(/npm run ([a-z]+)/g))
      expect(Object.keys(scripts)).toContain(name);
  });
  test("links to files and headings that there are", () => {
    for (const [, target = ""] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      const [path = "", heading] = target.split("#");
      const file = path === "" ? document : join(dirname(document), path);
      expect(existsSync(join(ROOT, file)), `${document} links to ${target}`).toBe(true);
      if (heading !== undefined && file.endsWith(".md")) expect(headingsOf(read(file))).toContain(heading);
    }
  });
});

/** As GitHub makes anchors. */
const headingsOf = (text: string): readonly string[] =>
  [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\d\s-]/gu, "")
      .replaceAll(" ", "-"),
  );
