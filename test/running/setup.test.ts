/** `npm run setup` as an operator types it: the real wrangler, against an API that plays Cloudflare, and a registry. */

import { execFileSync } from "node:child_process";
import { chmod, readFile, stat, writeFile } from "node:fs/promises";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { readKnown } from "../../scripts/setup/wrangler-toml.ts";
import { loadConfig } from "../../src/config.ts";
import type { FakeCloudflare } from "../support/cloudflare.ts";
import { epoch } from "../support/jwt.ts";
import { createPki, fingerprintOf, keyPem } from "../support/pki.ts";
import { createRegisteredWorld, openScene, type SetupScene } from "../support/setup.ts";
import { IDP_ID, type World } from "../support/world.ts";

let world: World;
let scene: SetupScene;
let cloudflare: FakeCloudflare;
beforeAll(async () => {
  world = await createRegisteredWorld();
});
beforeEach(async () => {
  scene = await openScene(world);
  cloudflare = scene.cloudflare;
  return () => scene.close();
});
const file = (name: string): string => scene.file(name);

describe("setup", { timeout: 300_000 }, () => {
  test("makes what is missing, and a second run does nothing again", async () => {
    const done = await scene.setup({}, ["--yes", "--data-key-file", file("data-key")]);
    expect(done).toMatchObject({ code: 0, stderr: "" });
    expect(done.stdout).toContain("npm run wrangler -- deploy --env test");
    expect(cloudflare.namespaces.map(({ title }) => title)).toEqual(["ishare-idp-test-trust-cache"]);
    expect(cloudflare.databases.map(({ name }) => name)).toEqual(["ishare-idp-test-directory"]);
    const tables = cloudflare.databases[0]?.sqlite
      .prepare("SELECT name FROM d1_migrations ORDER BY name")
      .all() as { name: string }[];
    expect(tables[0]?.name).toBe("0001_directory.sql");
    const secrets = cloudflare.secrets.get("ishare-idp-test");
    expect([...(secrets?.keys() ?? [])].sort()).toEqual([
      ...["CERTIFICATE_CHAIN", "DATA_KEY", "SIGNING_KEY"],
    ]);
    expect((await readFile(file("data-key"), "utf8")).trim()).toBe(secrets?.get("DATA_KEY"));
    expect((await stat(file("data-key"))).mode & 0o777).toBe(0o600);

    // What the Worker will find is what it takes.
    const written = await readFile(file("wrangler.toml"), "utf8");
    const { variables, ids } = readKnown(file("wrangler.toml"), written, "test");
    expect(ids).toEqual({
      TRUST_CACHE: cloudflare.namespaces[0]?.id,
      DIRECTORY: cloudflare.databases[0]?.uuid,
    });
    for (const value of [...Object.values(variables), ...(secrets?.values() ?? [])])
      expect(value.length).toBeLessThanOrEqual(5000);
    const loaded = await loadConfig({ ...variables, ...Object.fromEntries(secrets ?? []) }, epoch());
    expect(loaded).toMatchObject({
      ok: true,
      config: { partyId: IDP_ID, issuerUrl: "https://idp.example.com" },
    });

    // And no key is anywhere but in the secrets.
    for (const text of [done.stdout, written]) {
      expect(text).not.toContain("PRIVATE KEY");
      expect(text).not.toContain(secrets?.get("DATA_KEY"));
    }

    const made = scene.writes().length;
    const again = await scene.setup({ "--key": undefined, "--chain": undefined }, ["--yes"]);
    expect(again).toMatchObject({ code: 0, stderr: "" });
    expect(again.stdout).toContain(
      "is there secrets SIGNING_KEY, CERTIFICATE_CHAIN, DATA_KEY, left as they are",
    );
    expect(scene.writes()).toHaveLength(made);
    expect(await readFile(file("wrangler.toml"), "utf8")).toBe(written);
    expect(cloudflare.secrets.get("ishare-idp-test")).toEqual(secrets);
  });

  test("what is wrong is said before anything is asked of Cloudflare", async () => {
    await writeFile(file("other.pem"), await keyPem(world.sp.leaf), { mode: 0o644 });
    const wrong = await scene.setup({ "--key": file("other.pem") }, ["--yes"]);
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toBe("No certificate there belongs to the key.\n");
    const party = await scene.setup({ "--party-id": "did:ishare:EU.NL.NTRNL-99999999" }, ["--yes"]);
    expect(party.code).toBe(1);
    expect(party.stdout).toContain("WRONG    party: The registry does not know this party identifier.");
    expect(party.stderr).toBe("Nothing was done: mend what is wrong, and run it again.\n");
    const shared = await scene.setup({
      "--party-name": "Another",
      "--key": file("other.pem"),
      "--chain": undefined,
    });
    expect(shared.stderr).toBe("--chain is missing.\n");
    const missing = await scene.setup({ "--party-name": undefined }, ["--yes"]);
    expect(missing).toMatchObject({ code: 1, stderr: "--party-name is missing.\n" });
    expect(cloudflare.calls).toEqual([]);
  });

  test("what the registry objects to stops it: another scheme's CA, a party that is not active, another role", async () => {
    const { parties, trustedList } = world.registry;
    const about = async (over: object): Promise<string> => {
      world.registry.parties = parties.map((it) => (it.id === IDP_ID ? { ...it, ...over } : it));
      const refused = await scene.setup({}, ["--yes"]);
      expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/^Nothing was done/) });
      return refused.stdout;
    };
    try {
      expect(await about({ status: "NotActive" })).toContain(
        "WRONG    party: The registry does not have the party as active.",
      );
      expect(await about({ roles: ["ServiceProvider"] })).toContain(
        "WRONG    role: not registered as IdentityProvider, but as ServiceProvider.",
      );
      const other = await createPki("Other");
      world.registry.trustedList = [
        { fingerprint: await fingerprintOf(other.root), validity: "valid", status: "granted" },
      ];
      expect(await about({})).toMatch(/WRONG +trusted list: .*\n +→ Is this the eSEAL for this scheme/);
    } finally {
      Object.assign(world.registry, { parties, trustedList });
    }
    expect(cloudflare.calls).toEqual([]);
  });

  test("a run that failed half-way is gone on with: nothing is made twice, and DATA_KEY is the one that was kept", async () => {
    const run = () => scene.setup({}, ["--yes", "--data-key-file", file("data-key")]);
    const before = await readFile(file("wrangler.toml"), "utf8");
    cloudflare.failing = `POST /accounts/${cloudflare.env.CLOUDFLARE_ACCOUNT_ID}/d1/database`;
    expect(await run()).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^wrangler d1 create ishare-idp-test-directory: .+\n$/),
    });
    expect(cloudflare.namespaces).toHaveLength(1);
    expect(await readFile(file("wrangler.toml"), "utf8")).toBe(before);

    cloudflare.failing = "secrets-bulk";
    const second = await run();
    expect(second).toMatchObject({ code: 1, stderr: expect.stringMatching(/^wrangler secret bulk/) });
    expect(second.stderr).not.toContain("PRIVATE KEY");
    expect(second.stdout).toContain("is there KV namespace ishare-idp-test-trust-cache");
    expect(scene.secrets().size).toBe(0);
    const written = await readFile(file("wrangler.toml"), "utf8");
    const kept = (await readFile(file("data-key"), "utf8")).trim();

    cloudflare.failing = undefined;
    expect(await run()).toMatchObject({ code: 0, stderr: "" });
    expect(cloudflare.namespaces).toHaveLength(1);
    expect(cloudflare.databases).toHaveLength(1);
    expect(await readFile(file("wrangler.toml"), "utf8")).toBe(written);
    expect(scene.secrets().get("DATA_KEY")).toBe(kept);
    expect(scene.secrets().has("SIGNING_KEY")).toBe(true);
  });

  test("a PKCS#12 file, whose password comes on standard input; said, and not done", async () => {
    const args = ["pkcs12", "-export", "-inkey", file("key.pem"), "-in", file("chain.pem")];
    execFileSync("openssl", [...args, "-out", file("eseal.p12"), "-passout", "pass:a pass word"]);
    await chmod(file("eseal.p12"), 0o644);
    const over = { "--p12": file("eseal.p12"), "--key": undefined, "--chain": undefined };
    const offline = { CLOUDFLARE_API_TOKEN: "", HOME: file("."), XDG_CONFIG_HOME: file(".") };
    const more = ["--password-stdin", "--dry-run"];
    const before = await readFile(file("wrangler.toml"), "utf8");
    const dry = await scene.setup(over, more, "a pass word\n", offline);
    expect(dry).toMatchObject({ code: 0, stderr: "" });
    expect(dry.stdout).toContain("ok       certificate chain: 4 certificates");
    expect(dry.stdout).toContain("ok       role: registered as IdentityProvider.");
    expect(dry.stdout).toContain(`→ chmod 600 ${file("eseal.p12")}`);
    expect(dry.stdout).toContain("Nobody is signed in to Cloudflare");
    for (const said of [
      "will     create the KV namespace ishare-idp-test-trust-cache",
      "will     set the secrets SIGNING_KEY, CERTIFICATE_CHAIN, DATA_KEY",
    ])
      expect(dry.stdout).toContain(said);
    expect(dry.stdout).not.toMatch(/WRONG|PRIVATE KEY|done {2}/);
    expect(await readFile(file("wrangler.toml"), "utf8")).toBe(before);
    const wrong = await scene.setup(over, more, "another\n", offline);
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toMatch(/can't be opened: is this its password/);
  });
});
