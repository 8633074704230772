/** `verify-audit` and `export-audit`, as an operator runs them on a state folder. */
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { migrate, openDatabase, ROOT } from "../../scripts/runtime.ts";
import { auditStatement } from "../../src/directory/audit-entry.ts";
import { addCheckpoint, writeChained } from "../../src/directory/audit-log.ts";
import { CHECKPOINT_SUBJECT, CHECKPOINT_TYPE } from "../../src/jwt/audit-checkpoint.ts";
import { importOwnKeys } from "../../src/jwt/keys.ts";
import { createSigner } from "../../src/jwt/sign.ts";
import { chain, GENESIS } from "../../src/protocol/audit-chain.ts";
import { chainPem, createPki, dersOf, keyPem, mintLeaf } from "../support/pki.ts";
import { run } from "../support/running.ts";

const CONFIG = join(ROOT, "wrangler.toml");
const O = "did:ishare:EU.NL.NTRNL-10000001";
const NOW = Math.floor(Date.now() / 1000);

let state: string;
let certificate: string;
let stranger: string;
let exported: string;
beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), "ishare-idp-test-"));
  state = join(folder, "state");
  const pki = await createPki();
  const [idp, other] = [await mintLeaf(pki, "NTRNL-10000010"), await mintLeaf(pki, "NTRNL-10000010")];
  certificate = join(folder, "chain.pem");
  stranger = join(folder, "other.pem");
  await writeFile(certificate, chainPem(idp));
  await writeFile(stranger, chainPem(other));
  const signer = createSigner(await importOwnKeys(await keyPem(idp)), dersOf(idp), "did:x");
  const jwts: string[] = [];
  await onState(async (database) => {
    for (const organisation of ["", O]) {
      const inputs = Array.from({ length: 5 }, (_, n) => ({
        id: `${organisation}${n}`,
        at: NOW,
        entry: "{}",
      }));
      const records = await chain(GENESIS, organisation, inputs);
      expect(await writeChained(database, records)).toBe(true);
      const { seq = 0, hash = "" } = records[3] ?? {};
      const claims = { sub: CHECKPOINT_SUBJECT, organisation, seq, hash };
      const jwt = await signer.sign(claims, NOW, CHECKPOINT_TYPE);
      jwts.push(jwt);
      await addCheckpoint(database, { organisation, seq, at: NOW, jwt });
    }
    const entry = { actor: "command:x", action: "human.add", correlationId: "c" };
    await auditStatement(database, entry, NOW).run();
  });
  exported = join(folder, "checkpoints");
  await writeFile(exported, `${jwts.join("\n")}\n`);
});

async function onState(work: (database: D1Database) => Promise<unknown>): Promise<void> {
  const { database, close } = await openDatabase(CONFIG, "DIRECTORY", state);
  try {
    await migrate(database, CONFIG);
    await work(database);
  } finally {
    await close();
  }
}
const execute = (...sql: string[]) =>
  onState((database) => database.batch(sql.map((it) => database.prepare(it))));
const verify = (...more: string[]) =>
  run(["directory", "verify-audit", "--state", state, "--certificate", certificate, ...more]);

test("a log as it was: each chain is told, what waits, and what this can't show", async () => {
  const ended = await verify("--checkpoints", exported);
  expect(ended).toMatchObject({ code: 0, stderr: "" });
  expect(ended.stdout).toContain(`OK      the Identity Provider's own: 5 entries; signed up to 4 on `);
  expect(ended.stdout).toContain(`OK      ${O}: 5 entries; signed up to 4 on `);
  expect(ended.stdout).toContain("1 entries wait in the outbox");
  expect(ended.stdout).toContain("What this can't show");
});

test("export-audit: entries in order with their hashes, then the checkpoints", async () => {
  const ended = await run(["directory", "export-audit", "--state", state, "--organisation", O]);
  expect(ended).toMatchObject({ code: 0, stderr: "" });
  const lines = ended.stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, undefined]);
  expect(lines[5]).toEqual({ checkpoint: expect.stringMatching(/^eyJ/) });
  const all = await run(["directory", "export-audit", "--state", state, "--checkpoints-only"]);
  expect(all.stdout.trim().split("\n")).toHaveLength(2);
  const late = await run(["directory", "export-audit", "--state", state, "--own", "--after", "4"]);
  expect(late.stdout.trim().split("\n")).toHaveLength(1);
});

test("a certificate that did not sign", async () => {
  const ended = await run(["directory", "verify-audit", "--state", state, "--certificate", stranger]);
  expect(ended.code).toBe(1);
  expect(ended.stdout).toContain(
    `BROKEN  ${O}: entry 4 has a checkpoint that none of these certificates signed for this place`,
  );
});

test("what was changed, in one chain, exit 1", async () => {
  await execute(`UPDATE audit SET entry = '{"actor":"nobody"}' WHERE organisation_id = '${O}' AND seq = 2`);
  const ended = await verify();
  expect(ended.code).toBe(1);
  expect(ended.stdout).toContain("OK      the Identity Provider's own");
  expect(ended.stdout).toContain(`BROKEN  ${O}: entry 2 was altered`);
  await execute(`UPDATE audit SET entry = '{}' WHERE organisation_id = '${O}' AND seq = 2`);
});

test("an end cut off with its checkpoint is found by one that was kept elsewhere", async () => {
  await execute("DELETE FROM audit WHERE seq > 2", "DELETE FROM audit_checkpoints");
  expect((await verify()).code).toBe(0);
  const ended = await verify("--checkpoints", exported);
  expect(ended.code).toBe(1);
  expect(ended.stdout).toContain(`BROKEN  ${O}: entry 3 and what follows is missing`);
});

test.each([
  [["--certificate", "/nowhere.pem"], "--certificate: the file can't be read."],
  [["--retention-days", "x"], "--retention-days must be a whole number."],
])("what can be mended is said in one line: %s", async (more, line) => {
  const ended = await verify(...more);
  expect(ended).toMatchObject({ code: 1, stdout: "", stderr: `${line}\n` });
});
