/**
 * Keys rolled as docs/keys.md writes it, on a Worker that setup made: the real wrangler against an API that plays
 * Cloudflare. After each step the Worker's own reading of its secrets says what it would do with them.
 */
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { beforeAll, beforeEach, expect, test } from "vitest";
import { readKnown } from "../../scripts/setup/wrangler-toml.ts";
import { loadConfig } from "../../src/config.ts";
import { epoch } from "../support/jwt.ts";
import { chainPem, generateKeys, type Identity, keyPem, mintLeaf } from "../support/pki.ts";
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

test("before there is a Worker nothing is asked", { timeout: 120_000 }, async () => {
  const early = await scene.again("--as", "next", ...files("fresh"), "--yes");
  expect(early).toMatchObject({ code: 1, stderr: expect.stringContaining("has no environment test yet") });
  expect(scene.cloudflare.calls).toEqual([]);
});
