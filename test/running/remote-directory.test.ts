/** `npm run directory -- … --remote`: the deployed directory, by the real wrangler and an API that plays Cloudflare's. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { startCloudflare } from "../support/cloudflare.ts";
import { run } from "../support/running.ts";

const MIGRATIONS = join(import.meta.dirname, "..", "..", "migrations");

test("a user is added, whole or not at all, and a refusal is one line", { timeout: 180_000 }, async () => {
  const cloudflare = await startCloudflare();
  const sqlite = new DatabaseSync(":memory:");
  for (const name of readdirSync(MIGRATIONS).sort())
    sqlite.exec(readFileSync(join(MIGRATIONS, name), "utf8"));
  // As the top of wrangler.toml names it.
  cloudflare.databases.push({ uuid: "directory", name: "d", version: "production", sqlite });
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
