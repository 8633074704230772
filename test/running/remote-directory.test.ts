/** `npm run directory -- … --remote`: the deployed directory, by the real wrangler and an API that plays Cloudflare's. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { startCloudflare } from "../support/cloudflare.ts";
import { run } from "../support/running.ts";

const MIGRATIONS = join(import.meta.dirname, "..", "..", "migrations");

/** A deployed directory with nobody in it, as the top of wrangler.toml names it. */
async function startDirectory() {
  const cloudflare = await startCloudflare();
  const sqlite = new DatabaseSync(":memory:");
  for (const name of readdirSync(MIGRATIONS).sort())
    sqlite.exec(readFileSync(join(MIGRATIONS, name), "utf8"));
  cloudflare.databases.push({ uuid: "directory", name: "d", version: "production", sqlite });
  return { cloudflare, sqlite };
}

test("a user is added, whole or not at all, and a refusal is one line", { timeout: 180_000 }, async () => {
  const { cloudflare, sqlite } = await startDirectory();
  const add = (organisation: string) =>
    run(
      [
        ...["directory", "add-user", "--remote", "--username", "carol", "--given-name", "Carol"],
        ...["--family-name", "O'Neil; x", "--email", "carol@example.com", "--organisation", organisation],
        ...["--organisation-name", "It's -- one", "--password-stdin"],
      ],
      "a password of hers\n",
      cloudflare.env,
    );
  expect(await add("NTRNL-1")).toMatchObject({ code: 0, stderr: "" });
  expect(sqlite.prepare("SELECT family_name FROM humans").all()).toEqual([{ family_name: "O'Neil; x" }]);
  expect(sqlite.prepare("SELECT organisation_id FROM memberships").all()).toEqual([
    { organisation_id: "NTRNL-1" },
  ]);
  expect(await add("NTRNL-2")).toMatchObject({ code: 1, stderr: 'There is already a user "carol".\n' });
  const directory = (name: string, ...more: string[]) =>
    run(["directory", name, "--remote", "--organisation", "NTRNL-1", ...more], "", cloudflare.env);
  // A statement that names its values by number.
  const made = await directory("add-token", "--any-name");
  expect(made.stdout).toContain("for It's -- one (NTRNL-1), shown this once");
  const renamed = await directory("rename-organisation", "--organisation-name", "It's ?1 now?");
  expect(renamed).toMatchObject({ code: 0, stdout: expect.stringContaining("called It's ?1 now? now") });
  for (const table of ["memberships", "scim_tokens"])
    expect(sqlite.prepare(`SELECT organisation_name FROM ${table}`).all()).toEqual([
      { organisation_name: "It's ?1 now?" },
    ]);
  expect((await directory("rename-organisation", "--organisation-name", "It's ?1 now?")).stderr).toContain(
    "already",
  );
  const told = "SELECT 1 FROM audit_pending WHERE instr(entry, 'organisation.rename') > 0";
  expect(sqlite.prepare(told).all()).toHaveLength(1);

  cloudflare.failing = "/query";
  const refused = await add("NTRNL-3");
  expect(refused).toMatchObject({ code: 1, stdout: "" });
  expect(refused.stderr).toMatch(/^The deployed directory: .*\n$/);
  cloudflare.server.close();
});

test("other commands come to the same as on a local state", { timeout: 600_000 }, async () => {
  const { cloudflare, sqlite } = await startDirectory();
  const remote = async (command: string, ...args: string[]) => {
    const ended = await run(
      ["directory", command, "--remote", ...args],
      "a password of hers\n",
      cloudflare.env,
    );
    expect([command, ended.code, ended.stderr]).toEqual([command, 0, ""]);
    return ended.stdout;
  };
  const carol = ["--username", "carol"];
  await remote(
    ...([
      "add-user",
      ...carol,
      "--given-name",
      "Carol",
      "--family-name",
      "?1 ?",
      "--email",
      "c@example.com",
    ] as const),
    ...["--organisation", "NTRNL-1", "--organisation-name", "One?", "--password-stdin"],
  );
  expect(await remote("list-users")).toContain("Carol ?1 ?");
  const whose = ["--organisation", "NTRNL-1", "--organisation-name", "One?"];
  expect(await remote("add-token", ...whose, "--any-name")).toContain("scim_");
  const [token] = sqlite.prepare("SELECT id FROM scim_tokens").all();
  await remote("revoke-token", "--id", String(token?.id));
  await remote("change-user", ...carol, "--given-name", "Caroline");
  await remote("grant-role", ...carol, "--role", "administrator");
  await remote("revoke-role", ...carol, "--role", "administrator");
  await remote("deactivate-user", ...carol);
  await remote("activate-user", ...carol);
  await remote("enrol-code", ...carol, "--level", "low");
  expect(await remote("list-organisations", ...carol)).toContain("One?");
  const told = sqlite.prepare("SELECT entry ->> 'action' AS action FROM audit_pending ORDER BY rowid").all();
  expect(told.map(({ action }) => action)).toEqual([
    ...["human.add", "token.add", "token.revoke", "human.change", "role.grant", "role.revoke"],
    ...["human.deactivate", "human.activate", "enrol-code.add"],
  ]);
  const [left] = sqlite.prepare("SELECT status, given_name AS name FROM humans").all();
  expect(left).toEqual({ status: "active", name: "Caroline" });
  await remote("erase-human", ...carol, "--yes", "carol");
  expect(sqlite.prepare("SELECT username FROM humans").all()).not.toContainEqual({ username: "carol" });
  cloudflare.server.close();
});
