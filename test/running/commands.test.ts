/** The commands as an operator types them: serve, directory, and how they end. */
import { mkdtemp, readdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { addUser, freePort, run, startRunning } from "../support/running.ts";

describe("serve", () => {
  test("is ready within 10 s, and SIGTERM ends every process it started", async () => {
    const idp = await startRunning({ TRUST_FRESH_SECONDS: "1", DATA_KEY: "", DATA_JURISDICTION: "eu" });
    expect(idp.readyAfterMs).toBeLessThan(10_000);
    for (const warning of ["DATA_KEY is not set", "DATA_JURISDICTION is ignored"]) {
      await expect.poll(idp.log).toContain(warning);
    }
    const family = await descendants(idp.process.pid ?? 0);
    expect(family.length).toBeGreaterThanOrEqual(2); // node and workerd
    expect(await idp.stop()).toBe(0);
    await expect.poll(() => alive(family), { timeout: 15_000 }).toEqual([]);
    await expect(fetch(`${idp.url}/health`)).rejects.toThrow();
  });

  test("with a wrong configuration answers 503 and logs every problem, without values", async () => {
    const idp = await startRunning({
      PARTY_NAME: "",
      CLOCK_SKEW_SECONDS: "61",
      REGISTRY_PARTY_ID: "not a party",
    });
    expect((await fetch(`${idp.url}/.well-known/openid-configuration`)).status).toBe(503);
    for (const name of ["PARTY_NAME", "CLOCK_SKEW_SECONDS", "REGISTRY_PARTY_ID"]) {
      await expect.poll(idp.log).toContain(name);
    }
    expect(idp.log()).not.toContain("PRIVATE KEY");
    expect(idp.log()).not.toContain('not a party"');
    await idp.stop();
  });

  test("refuses another origin, a missing file, a bad port: one line, exit 1", async () => {
    const folder = await mkdtemp(join(tmpdir(), "ishare-idp-test-"));
    const file = join(folder, "env");
    await writeFile(file, "ISSUER_URL=http://localhost:1\n");
    const port = String(await freePort());
    for (const args of [
      ["--env-file", file, "--port", port],
      ["--env-file", join(folder, "none"), "--port", port],
      ["--env-file", file, "--port", "x"],
      ["--unknown"],
    ]) {
      const ended = await run(["serve", ...args]);
      expect(ended.code).toBe(1);
      expect(ended.stderr.trim().split("\n")).toHaveLength(1);
    }
  });
});

describe("directory add-user", () => {
  let state: string;
  beforeAll(async () => {
    state = join(await mkdtemp(join(tmpdir(), "ishare-idp-test-")), "new", "state");
  });

  test("makes the state, adds the user, says so; refuses a second one", async () => {
    const added = await addUser(state, "Émile", "secret words");
    expect(added).toMatchObject({ code: 0, stderr: "" });
    expect(added.stdout).toMatch(
      /^Added Émile, Carol Jansen, for Example Shipping \(did:ishare:EU\.NL\.NTRNL-10000030\)\.\n$/,
    );
    expect(added.stdout).not.toContain("secret words");
    expect(await readdir(state)).not.toEqual([]);
    const again = await addUser(state, "e\u0301MILE", "other words");
    expect(again).toMatchObject({ code: 1, stdout: "", stderr: 'There is already a user "e\u0301MILE".\n' });
  });

  const good = {
    "--state": "STATE",
    "--username": "u",
    "--given-name": "G",
    "--family-name": "F",
    "--email": "e@example.com",
    "--organisation": "NTRNL-1",
    "--organisation-name": "O",
  };
  const attempt = (
    over: Readonly<Record<string, string | undefined>>,
    more: readonly string[] = [],
    input = "pw\n",
  ) => {
    const flags = Object.entries({ ...good, ...over }).flatMap(([flag, value]) =>
      value === undefined ? [] : [flag, value],
    );
    const args = flags.map((it) => (it === "STATE" ? state : it));
    return run(["directory", "add-user", ...args, "--password-stdin", ...more], input);
  };

  test.each([
    [{ "--username": undefined }, [], "pw", "--username is missing."],
    [{ "--email": "nobody" }, [], "pw", "--email is not an e-mail address."],
    [
      { "--organisation": undefined, "--organisation-name": undefined },
      [],
      "pw",
      "--organisation is missing",
    ],
    [{}, ["--organisation", "NTRNL-2"], "pw", "one --organisation-name for each"],
    [{}, ["--organisation", "NTRNL-1", "--organisation-name", "P"], "pw", "twice"],
    [{ "--organisation": "a b" }, [], "pw", "not an organisation identifier"],
    [{}, ["--identity-assurance", "highest"], "pw", "low, substantial or high"],
    [{}, ["--gender", "x"], "pw", "male or female"],
    [{}, ["--locale", "x_y"], "pw", "language tag"],
    [{}, [], "\n", "no password"],
    [{}, ["--remote"], "pw", "either --state DIR or --remote"],
    [{}, ["--colour", "red"], "pw", "--colour"],
  ])("%j %j %j → %s", async (over, more, input, message) => {
    const ended = await attempt(over, more, input);
    expect(ended.code).toBe(1);
    expect(ended.stderr.trim().split("\n")).toHaveLength(1);
    expect(ended.stderr).toContain(message);
    expect(ended.stderr).not.toContain("pw");
  });

  test("an unknown command says what there is", async () => {
    const ended = await run(["directory", "drop-everything"]);
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(/^usage: npm run directory/);
  });
});

/** Process ids below one, as /proc tells. */
async function descendants(root: number): Promise<number[]> {
  const { readFile } = await import("node:fs/promises");
  const parents = new Map<number, number>();
  for (const name of await readdir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, "utf8").catch(() => "");
    const parent = /\) \S (\d+)/.exec(stat)?.[1];
    if (parent !== undefined) parents.set(Number(name), Number(parent));
  }
  const found: number[] = [];
  for (let added = [root]; added.length > 0; ) {
    added = [...parents].filter(([, parent]) => added.includes(parent)).map(([pid]) => pid);
    found.push(...added);
  }
  return found;
}

/** Those that still run; a zombie that nobody waited for does not. */
async function alive(pids: readonly number[]): Promise<number[]> {
  const { readFile } = await import("node:fs/promises");
  const states = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/stat`, "utf8").catch(() => ") Z")),
  );
  return pids.filter((_, n) => !/\) Z/.test(states[n] ?? ""));
}
