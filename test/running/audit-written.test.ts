/** `verify-audit` on a log that the served Identity Provider wrote and signed by itself, and on one that was altered since. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { openDatabase, ROOT } from "../../scripts/runtime.ts";
import { chainPem } from "../support/pki.ts";
import { type Running, run, startRunning } from "../support/running.ts";
import { ORGANISATION } from "../support/world.ts";

let idp: Running;
let certificate: string;
beforeAll(async () => {
  idp = await startRunning();
  certificate = join(idp.state, "..", "chain.pem");
  await writeFile(certificate, chainPem(idp.world.idp));
});
afterAll(async () => {
  await idp?.stop();
});

async function onState<T>(work: (database: D1Database) => Promise<T>): Promise<T> {
  const { database, close } = await openDatabase(join(ROOT, "wrangler.toml"), "DIRECTORY", idp.state);
  try {
    return await work(database);
  } finally {
    await close();
  }
}
const verify = () => run(["directory", "verify-audit", "--state", idp.state, "--certificate", certificate]);

test("what a command and a directory did is chained and signed within minutes; an altered entry is found", async () => {
  const whose = ["--organisation", ORGANISATION.id, "--organisation-name", ORGANISATION.name];
  const made = await run(["directory", "add-token", "--state", idp.state, ...whose, "--any-name"]);
  const [token] = /scim_[0-9a-f]{32}_[\w-]{43}/.exec(made.stdout) ?? [];
  const added = await fetch(`${idp.url}/scim/v2/Users`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/scim+json" },
    body: JSON.stringify({
      schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"],
      userName: "written@example.com",
      name: { givenName: "W", familyName: "R" },
      emails: [{ value: "written@example.com", primary: true }],
    }),
  });
  expect(added.status).toBe(201);
  // The clock does it, once a minute.
  await vi.waitFor(
    async () => {
      const sql = "SELECT count(*) AS signed FROM audit_checkpoints WHERE organisation_id = ?";
      const row = await onState((database) =>
        database.prepare(sql).bind(ORGANISATION.id).first<{ signed: number }>(),
      );
      expect(row?.signed).toBeGreaterThan(0);
    },
    { timeout: 170_000, interval: 3000 },
  );
  const good = await verify();
  expect(good).toMatchObject({ code: 0, stderr: "" });
  const signed = `OK      ${ORGANISATION.id}: (\\d+) entries; signed up to \\1 on `;
  expect(good.stdout).toMatch(new RegExp(signed.replaceAll(".", "\\.")));
  await onState((database) =>
    database
      .prepare(
        "UPDATE audit SET entry = replace(entry, 'token.add', 'token.revoke') WHERE organisation_id = ?",
      )
      .bind(ORGANISATION.id)
      .run(),
  );
  const bad = await verify();
  expect([bad.code, bad.stdout.includes(`OK      ${ORGANISATION.id}`)]).toEqual([1, false]);
}, 240_000);
