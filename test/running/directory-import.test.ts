/** `directory import` and `export`: refused rows, a run that is killed in the middle and run again, and back again. */
import { spawn } from "node:child_process";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, beforeEach, expect, test } from "vitest";
import { openDatabase, ROOT } from "../../scripts/runtime.ts";
import { hashPassword } from "../../src/directory/password.ts";
import { run } from "../support/running.ts";

const HEADER = "username,givenName,familyName,email,organisation,organisationName,passwordHash";
const row = (name: string, over = "") => `${name},Given,Family,${name}@example.com,NTRNL-1,One,${over}`;

let folder: string;
let state: string;
let hash: string;
beforeAll(async () => {
  hash = await hashPassword("a password");
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ishare-idp-test-"));
  state = join(folder, "state");
});
const file = async (name: string, text: string): Promise<string> => {
  await writeFile(join(folder, name), text);
  return join(folder, name);
};
const doImport = (path: string, ...more: string[]) =>
  run(["directory", "import", "--state", state, "--file", path, ...more]);

async function counts(): Promise<Record<string, unknown> | null> {
  const { database, close } = await openDatabase(join(ROOT, "wrangler.toml"), "DIRECTORY", state);
  const row = await database
    .prepare(
      `SELECT (SELECT count(*) FROM humans) AS humans, (SELECT count(*) FROM memberships) AS memberships,
         (SELECT count(*) FROM audit_pending) AS audited,
         (SELECT count(DISTINCT entry ->> 'subject') FROM audit_pending) AS subjects`,
    )
    .first()
    .finally(close);
  return row;
}

test("refused rows are told by number, field and reason, and nothing else of them; the others are there", async () => {
  const secret = "zq-password";
  const path = await file(
    "humans.csv",
    [
      HEADER,
      row("anna", hash),
      row("bert", secret),
      row("ANNA"),
      "carl,,Family,no address,NTRNL-1,One,",
      "short,row",
      row("dora"),
    ].join("\n"),
  );
  const report = join(folder, "refused.jsonl");
  const ended = await doImport(path, "--refused", report);
  expect(ended).toEqual({
    code: 1,
    stdout: "2 added, 0 changed, 0 unchanged, 0 skipped, 4 refused, of 6 rows.\n",
    stderr: "",
  });
  const text = await readFile(report, "utf8");
  expect(
    text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line)),
  ).toEqual([
    { row: 2, problems: [{ field: "passwordHash", problem: "not_a_password_hash" }] },
    { row: 3, problems: [{ field: "username", problem: "twice_in_file" }] },
    {
      row: 4,
      problems: [
        { field: "givenName", problem: "missing" },
        { field: "email", problem: "not_an_email_address" },
      ],
    },
    { row: 5, problems: [{ field: "row", problem: "wrong_number_of_columns" }] },
  ]);
  expect(text).not.toMatch(/zq-password|scrypt|anna|carl/i);
  expect(await counts()).toMatchObject({ humans: 2, audited: 2 });

  // What was exported comes in elsewhere, with its password and the level that it counts for.
  const exported = join(folder, "all.jsonl");
  const out = await run([
    ...["directory", "export", "--state", state, "--with-password-hashes", "--file", exported],
  ]);
  expect(out).toMatchObject({ code: 0, stdout: "", stderr: "Exported 2 humans.\n" });
  const [anna, dora] = (await readFile(exported, "utf8"))
    .trim()
    .split("\n")
    .map((it) => JSON.parse(it));
  expect(anna).toMatchObject({ username: "anna", passwordHash: hash, passwordLevel: "low" });
  expect(dora).not.toHaveProperty("passwordHash");
  state = join(folder, "elsewhere");
  expect(await doImport(exported)).toMatchObject({ code: 0, stdout: expect.stringMatching(/^2 added/) });
});

test("killed in the middle and run again: nobody is lost, nobody is there twice", async () => {
  const ROWS = 6000;
  const rows = Array.from({ length: ROWS }, (_, n) => row(`crowd-${n}`));
  const path = await file("humans.csv", [HEADER, ...rows].join("\n"));
  const args = ["--", join(ROOT, "scripts", "directory.ts"), "import", "--state", state, "--file", path];
  const killed = spawn(process.execPath, args, { cwd: ROOT, stdio: "ignore", detached: true });
  const ended = new Promise((resolve) => killed.once("exit", resolve));
  const progress = async () => Number((await counts().catch(() => null))?.humans ?? 0);
  await expect.poll(progress, { timeout: 60_000, interval: 20 }).toBeGreaterThan(0);
  process.kill(-(killed.pid ?? 0), "SIGKILL"); // with its database
  await ended;
  const before = await counts();
  expect(before?.humans).toBeLessThan(ROWS);
  expect(before).toMatchObject({ memberships: before?.humans, audited: before?.humans });

  const again = await doImport(path, "--on-existing", "skip");
  const there = Number(before?.humans);
  expect(again.stdout).toBe(
    `${ROWS - there} added, 0 changed, 0 unchanged, ${there} skipped, 0 refused, of ${ROWS} rows.\n`,
  );
  expect(await counts()).toEqual({ humans: ROWS, memberships: ROWS, audited: ROWS, subjects: ROWS });
}, 120_000);

test("what can't be an import is one line, exit 1, and touches nothing", async () => {
  const path = await file("humans.csv", `${HEADER}\n${row("anna")}`);
  for (const [args, words] of [
    [["--file", join(folder, "none.csv")], "can't be read (ENOENT)"],
    [["--file", path, "--on-existing", "replace"], "--on-existing must be"],
    [["--file", await file("humans.txt", "")], "--file must end in"],
  ] as const) {
    const ended = await run(["directory", "import", "--state", state, ...args]);
    expect(ended).toMatchObject({ code: 1, stdout: "" });
    expect(ended.stderr.trim().split("\n")).toHaveLength(1);
    expect(ended.stderr).toContain(words);
  }
  const rehearsed = await doImport(path, "--dry-run");
  expect(rehearsed.stdout).toMatch(/^Would be: 1 added/);
  expect(await counts()).toMatchObject({ humans: 0, audited: 0 });
});
