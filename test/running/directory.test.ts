/** `directory` for humans who are there already: codes to enrol with, links to reset with, passwords to be changed. */
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { openDatabase, ROOT } from "../../scripts/runtime.ts";
import { findHumanId } from "../../src/directory/administration.ts";
import type { Database } from "../../src/directory/human.ts";
import { takeOneTimeCode } from "../../src/directory/one-time-code.ts";
import { hashCode } from "../../src/factors/recovery.ts";
import { addUser, run } from "../support/running.ts";

const CODE = "((?:[0-9A-Z]{4}-){3}[0-9A-Z]{4})";
const UNTIL = "\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d UTC";

let state: string;
beforeAll(async () => {
  state = join(await mkdtemp(join(tmpdir(), "ishare-idp-test-")), "state");
  expect(await addUser(state, "carol", "a long password")).toMatchObject({ code: 0 });
  const forced = await addUser(state, "dave", "a long password", "--must-change-password");
  expect(forced).toMatchObject({ code: 0, stderr: "" });
  expect(forced.stdout).toContain("has to be changed at the first sign-in");
});

/** What a Worker on the same state would find. */
async function onState<T>(read: (database: Database) => Promise<T>): Promise<T> {
  const { database, close } = await openDatabase(join(ROOT, "wrangler.toml"), "DIRECTORY", state);
  try {
    return await read(database);
  } finally {
    await close();
  }
}

test("add-user --must-change-password marks that password, and no other", async () => {
  const { results } = await onState((database) =>
    database
      .prepare(
        "SELECT username, must_change, level FROM humans JOIN passwords ON human_id = id ORDER BY username",
      )
      .all(),
  );
  expect(results).toEqual([
    { username: "carol", must_change: 0, level: "substantial" },
    { username: "dave", must_change: 1, level: "substantial" },
  ]);
});

describe("enrol-code", () => {
  const enrolCode = (...more: string[]) => run(["directory", "enrol-code", "--state", state, ...more]);

  test("prints a code that the directory takes once, for its human and level, for 24 hours", async () => {
    const ended = await enrolCode("--username", "CAROL", "--level", "high");
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    const [, code = ""] =
      new RegExp(`^Enrolment code for CAROL, high, once, until ${UNTIL}: ${CODE}\n$`).exec(ended.stdout) ??
      [];
    const now = Math.floor(Date.now() / 1000);
    await onState(async (database) => {
      const carol = await findHumanId(database, "carol");
      const hash = await hashCode(code.toLowerCase().replaceAll("-", " "));
      expect(await takeOneTimeCode(database, hash, "reset", now)).toBeUndefined();
      expect(await takeOneTimeCode(database, hash, "enrol", now + 24 * 3600 + 1)).toBeUndefined();
      const later = now + 24 * 3600 - 60;
      expect(await takeOneTimeCode(database, hash, "enrol", later)).toEqual({
        humanId: carol,
        level: "high",
      });
      expect(await takeOneTimeCode(database, hash, "enrol", now)).toBeUndefined();
      const { results } = await database.prepare("SELECT * FROM one_time_codes").all();
      expect(JSON.stringify(results)).not.toContain(code);
    });
  });

  test.each([
    [["--username", "nobody", "--level", "low"], 'no active user "nobody"'],
    [["--level", "low"], "--username is missing"],
    [["--username", "carol"], "--level is missing"],
    [["--username", "carol", "--level", "highest"], "low, substantial or high"],
    [["--username", "carol", "--level", "low", "--remote"], "either --state DIR or --remote"],
    [["--username", "carol", "--level", "low", "--email", "x"], "--email"],
  ])("%j → %s", async (args, message) => {
    const ended = await enrolCode(...args);
    expect(ended).toMatchObject({ code: 1, stdout: "" });
    expect(ended.stderr.trim().split("\n")).toHaveLength(1);
    expect(ended.stderr).toContain(message);
  });
});

describe("reset-password", () => {
  const reset = (...more: string[]) => run(["directory", "reset-password", "--username", "carol", ...more]);

  test.each([
    [[], "http://localhost:8787"],
    [["--issuer-url", "https://idp.example/"], "https://idp.example"],
    [["--issuer-url", "http://localhost:9000"], "http://localhost:9000"],
  ])("%j prints a link that never counts for more than low", async (more, origin) => {
    const ended = await reset("--state", state, ...more);
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    const link = `${origin.replaceAll(".", "\\.")}/reset\\?code=${CODE}`;
    const [, code = ""] =
      new RegExp(`^Reset link for carol, once, until ${UNTIL}: ${link}\n$`).exec(ended.stdout) ?? [];
    const taken = await onState(async (database) =>
      takeOneTimeCode(database, await hashCode(code), "reset", Math.floor(Date.now() / 1000)),
    );
    expect(taken).toMatchObject({ level: "low" });
  });

  test.each([
    [["--state", "STATE", "--issuer-url", "http://idp.example"], "--issuer-url must be"],
    [["--state", "STATE", "--issuer-url", "https://idp.example/path"], "--issuer-url must be"],
    [["--state", "STATE", "--issuer-url", "idp.example"], "--issuer-url must be"],
    [["--remote"], "--issuer-url is missing"],
    [[], "either --state DIR or --remote"],
  ])("%j → %s", async (args, message) => {
    const ended = await reset(...args.map((it) => (it === "STATE" ? state : it)));
    expect(ended).toMatchObject({ code: 1, stdout: "" });
    expect(ended.stderr.trim().split("\n")).toHaveLength(1);
    expect(ended.stderr).toContain(message);
  });
});
