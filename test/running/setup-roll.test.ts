/**
 * Keys rolled as docs/keys.md writes it, on a Worker that setup made: the real wrangler against an API that plays
 * Cloudflare. After each step the Worker's own reading of its secrets says what it would do with them.
 */
import "reflect-metadata";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import * as x509 from "@peculiar/x509";
import { beforeAll, beforeEach, expect, test } from "vitest";
import { createSigningService } from "../../sandbox/signing-service.ts";
import { readKnown } from "../../scripts/setup/wrangler-toml.ts";
import { loadConfig } from "../../src/config.ts";
import { textOf } from "../support/documents.ts";
import { epoch } from "../support/jwt.ts";
import { chainPem, generateKeys, type Identity, keyPem, mintLeaf } from "../support/pki.ts";
import { serveFunction } from "../support/running.ts";
import { createRegisteredWorld, openScene, type SetupScene } from "../support/setup.ts";
import { IDP_ID, type World } from "../support/world.ts";

let world: World;
let scene: SetupScene;
/** of before: its chain is longer than a secret may be */
let old: Identity;
let fresh: Identity;
beforeAll(async () => {
  world = await createRegisteredWorld();
  const padding = new x509.Extension("1.3.6.1.4.1.99999.1", false, new Uint8Array(3000));
  old = await mintLeaf(world.pki, "NTRNL-10000010", { keys: await generateKeys(), more: [padding] });
  fresh = await mintLeaf(world.pki, "NTRNL-10000010", { keys: await generateKeys() });
});
beforeEach(async () => {
  registered(old);
  scene = await openScene(world);
  for (const [name, it] of Object.entries({ old, fresh })) {
    await scene.put(`${name}-key.pem`, await keyPem(it));
    await scene.put(`${name}.pem`, chainPem(it));
  }
  return () => scene.close();
});

const registered = (leaf: Identity): void => {
  world.registry.parties = world.registry.parties.map((it) => (it.id === IDP_ID ? { ...it, leaf } : it));
};
const files = (name: string): string[] => [
  ...["--key", scene.file(`${name}-key.pem`), "--chain", scene.file(`${name}.pem`)],
];
const names = (): readonly string[] => [...scene.secrets().keys()].sort();

/** Which certificate is in which set, as the Worker reads it. */
async function sets(): Promise<Readonly<Record<string, string>>> {
  const config = scene.file("wrangler.toml");
  const { variables } = readKnown(config, "[env.test]", "test");
  const loaded = await loadConfig({ ...variables, ...Object.fromEntries(scene.secrets()) }, epoch());
  if (!loaded.ok) throw new Error(loaded.problems.join());
  const nameOf = ([leaf]: readonly { der: Uint8Array }[]): string =>
    leaf !== undefined && Buffer.from(leaf.der).equals(old.der) ? "old" : "fresh";
  return Object.fromEntries(loaded.config.keySets.map(({ name, chain }) => [name, nameOf(chain)]));
}

test("next, previous, current, and the old one gone: no step leaves a Worker that would not start", {
  timeout: 600_000,
}, async () => {
  const over = { "--key": scene.file("old-key.pem"), "--chain": scene.file("old.pem") };
  expect(await scene.setup(over, ["--yes"])).toMatchObject({ code: 0, stderr: "" });
  expect(names()).toEqual(["CERTIFICATE_CHAIN", "CERTIFICATE_CHAIN_2", "DATA_KEY", "SIGNING_KEY"]);
  expect(await sets()).toEqual({ current: "old" });
  const dataKey = scene.secrets().get("DATA_KEY");
  const toml = await scene.read("wrangler.toml");

  // The registry has to know it first, and what would be done is said.
  const from = new Date((epoch() + 86_400) * 1000).toISOString();
  const next = ["--as", "next", "--from", from, ...files("fresh")];
  const early = await scene.again(...next, "--yes");
  expect(early).toMatchObject({
    code: 1,
    stderr: "Nothing was done: mend what is wrong, and run it again.\n",
  });
  expect(early.stdout).toContain("WRONG    party: The registry does not list this certificate");
  registered(fresh);
  const before = scene.writes().length;
  const dry = await scene.again(...next, "--dry-run");
  expect(dry.stdout).toContain(
    "will     set the secrets NEXT_SIGNING_KEY, NEXT_CERTIFICATE_CHAIN, NEXT_FROM (by standard input)",
  );
  expect(dry.stdout).toContain("Nothing was done: --dry-run.");
  expect(scene.writes()).toHaveLength(before);
  const done = await scene.again(...next, "--yes");
  expect(done).toMatchObject({ code: 0, stderr: "" });
  expect(done.stdout).not.toContain("PRIVATE KEY");
  expect(done.stdout).toContain("no deployment needed");
  expect(await sets()).toEqual({ current: "old", next: "fresh" });
  expect(scene.secrets().get("NEXT_FROM")).toBe(from);

  expect(await scene.again("--as", "previous", ...files("old"), "--yes")).toMatchObject({ code: 0 });
  expect(await sets()).toEqual({ current: "old", next: "fresh" });
  expect(names()).toContain("PREVIOUS_CERTIFICATE_CHAIN_2");
  const promoted = await scene.again("--as", "current", ...files("fresh"), "--drop", "next", "--yes");
  expect(promoted).toMatchObject({ code: 0, stderr: "" });
  expect(promoted.stdout).toMatch(
    /take away CERTIFICATE_CHAIN_2, NEXT_|take away NEXT_.*CERTIFICATE_CHAIN_2/,
  );
  expect(await sets()).toEqual({ current: "fresh", previous: "old" });
  expect(await scene.again("--drop", "previous", "--yes")).toMatchObject({ code: 0 });
  expect(names()).toEqual(["CERTIFICATE_CHAIN", "DATA_KEY", "SIGNING_KEY"]);
  expect(await sets()).toEqual({ current: "fresh" });

  // Keys, and nothing else: each step was one request.
  expect(scene.secrets().get("DATA_KEY")).toBe(dataKey);
  expect(await scene.read("wrangler.toml")).toBe(toml);
  expect(scene.writes().slice(before)).toEqual(
    Array(4).fill(expect.stringMatching(/^PATCH .*\/secrets-bulk$/)),
  );
});

/** The block of docs/keys.md that holds this, as it stands. */
function blockWith(words: string): string {
  const blocks = [...textOf("docs/keys.md").matchAll(/^ *```sh\n(.*?)^ *```/gms)].map(([, it = ""]) => it);
  return blocks.find((it) => it.includes(words)) ?? expect.fail(`no block with ${words}`);
}

/** In the scene's folder; `npm run wrangler` is wrangler with the scene's file and account. */
async function shell(block: string): Promise<void> {
  const npm = `npm() { shift 3; "$NODE" -- "$RUN" --bin wrangler "$@" --config "$CONFIG"; }`;
  const env = {
    ...{ ...process.env, ...scene.cloudflare.env, NODE: process.execPath },
    RUN: join(import.meta.dirname, "..", "..", "scripts", "run.mjs"),
    CONFIG: scene.file("wrangler.toml"),
  };
  const script = `set -eo pipefail\n${npm}\n${block}`;
  await promisify(execFile)("bash", ["-c", script], { cwd: scene.file("."), env });
}

test("DATA_KEY is rolled by the commands of docs/keys.md as they stand", { timeout: 300_000 }, async () => {
  const over = { "--key": scene.file("old-key.pem"), "--chain": scene.file("old.pem") };
  const kept = ["--data-key-file", scene.file("data-key")];
  expect(await scene.setup(over, ["--yes", ...kept])).toMatchObject({ code: 0 });
  const before = scene.secrets().get("DATA_KEY");
  await shell(blockWith("> new-data-key"));
  const made = (await scene.read("new-data-key")).trim();
  expect(scene.secrets().get("PREVIOUS_DATA_KEY")).toBe(made);
  expect(scene.secrets().get("DATA_KEY")).toBe(before);
  await shell(blockWith("printf"));
  expect(scene.secrets().get("DATA_KEY")).toBe(made);
  expect(scene.secrets().get("PREVIOUS_DATA_KEY")).toBe(before);
  expect((await scene.read("data-key")).trim()).toBe(made);
  await shell(blockWith("delete PREVIOUS_DATA_KEY"));
  expect(scene.secrets().has("PREVIOUS_DATA_KEY")).toBe(false);
  expect(await sets()).toEqual({ current: "old" });
});

test("a key that a service has: setup has it sign, and puts none into the Worker; the next one likewise", {
  timeout: 300_000,
}, async () => {
  const token = "t".repeat(43);
  const keys = await Promise.all(
    [old, fresh].map(async (it) => ({ key: await keyPem(it), chain: chainPem(it) })),
  );
  const service = createSigningService({ keys, token });
  const { server, url } = await serveFunction((request) => service.handle(request));
  const over = { "--key": undefined, "--chain": scene.file("old.pem"), "--signer-url": url };
  const setup = async (text: string) =>
    scene.setup({ ...over, "--signer-token-file": await scene.put("token", text) }, ["--yes"]);
  const wrong = await setup("u".repeat(43));
  expect(wrong).toMatchObject({
    code: 1,
    stderr: "Nothing was done: mend what is wrong, and run it again.\n",
  });
  expect(wrong.stdout).toContain("WRONG    signing service: it gives no signature (status_401).");
  expect(scene.cloudflare.calls).toEqual([]);
  expect((await setup("short")).stderr).toContain("holds no SIGNER_TOKEN");

  const done = await setup(`${token}\n`);
  expect(done).toMatchObject({ code: 0, stderr: "" });
  expect(done.stdout).toContain("ok       signing service: it signs with the certificate's key.");
  expect(done.stdout).toContain("ok       party: the registry has");
  expect(done.stdout).not.toContain(token);
  expect(await scene.read("wrangler.toml")).not.toContain(token);
  expect(names()).toEqual(["CERTIFICATE_CHAIN", "CERTIFICATE_CHAIN_2", "DATA_KEY", "SIGNER_TOKEN"]);
  expect(scene.secrets().get("SIGNER_TOKEN")).toBe(token);
  expect(await sets()).toEqual({ current: "old" });
  const before = scene.writes().length;
  expect(await scene.again("--yes")).toMatchObject({ code: 0, stderr: "" });
  expect(scene.writes()).toHaveLength(before);

  registered(fresh);
  const chain = ["--chain", scene.file("fresh.pem"), "--signer-token-file", scene.file("token")];
  expect(await scene.again("--as", "current", ...chain, "--yes")).toMatchObject({ code: 0, stderr: "" });
  expect(await sets()).toEqual({ current: "fresh" });
  expect(names()).toEqual(["CERTIFICATE_CHAIN", "DATA_KEY", "SIGNER_TOKEN"]);
  server.close();
});

test("before there is a Worker nothing is asked", { timeout: 120_000 }, async () => {
  const early = await scene.again("--as", "next", ...files("fresh"), "--yes");
  expect(early).toMatchObject({ code: 1, stderr: expect.stringContaining("has no environment test yet") });
  expect(scene.cloudflare.calls).toEqual([]);
});
