/** A deployed environment as its operator sees it: settings that the Worker would refuse, secrets that are not set. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { judgeDeployed, readDeployed } from "../../../scripts/doctor/deployed.ts";
import { createSettings, NOW, type Settings } from "../../support/settings.ts";

let sound: Settings["sound"];
beforeAll(async () => {
  ({ sound } = await createSettings());
});

const account = (...names: string[]) => ({
  accounts: async () => [{ id: "a", name: "A" }],
  secrets: async () => new Set(names),
});
const judge = async (
  over: Readonly<Record<string, string>>,
  cloudflare: Parameters<typeof judgeDeployed>[2],
) => {
  const {
    SIGNING_KEY: _,
    DATA_KEY: __,
    CERTIFICATE_CHAIN: ___,
    ...variables
  } = { ...(sound as Record<string, string>), ...over };
  return (await judgeDeployed(variables, "test", cloudflare, NOW)).map(
    (it) => `${it.verdict} ${it.about}: ${it.says}`,
  );
};

test("settings and secrets, without the secrets' values", async () => {
  expect(await judge({}, account("SIGNING_KEY", "CERTIFICATE_CHAIN", "DATA_KEY"))).toEqual([
    "good settings: those in wrangler.toml are sound.",
    "good secrets: SIGNING_KEY, CERTIFICATE_CHAIN, DATA_KEY are set.",
  ]);
  expect(await judge({ CODE_SECONDS: "0" }, account("DATA_KEY", "CERTIFICATE_CHAIN"))).toEqual([
    "wrong settings: CODE_SECONDS must be a whole number from 1 to 600.",
    "wrong secrets: SIGNING_KEY is not set.",
  ]);
  expect((await judge({ PREVIOUS_DATA_KEY: "x" }, account()))[0]).toMatch(
    /^wrong settings: PREVIOUS_DATA_KEY among/,
  );
  const nobody = { ...account(), accounts: async () => undefined };
  expect((await judge({}, nobody))[1]).toMatch(/^unknown secrets/);
});

test("with a signing service its token is needed, and no key", async () => {
  const elsewhere = { SIGNER_URL: "https://signer.example" };
  const sound = [
    "good settings: those in wrangler.toml are sound.",
    "good secrets: SIGNER_TOKEN, CERTIFICATE_CHAIN, DATA_KEY are set.",
  ];
  expect(await judge(elsewhere, account("SIGNER_TOKEN", "CERTIFICATE_CHAIN", "DATA_KEY"))).toEqual(sound);
  const hidden = account("SIGNER_URL", "SIGNER_TOKEN", "CERTIFICATE_CHAIN", "DATA_KEY");
  expect(await judge({}, hidden)).toEqual(sound);
  const keyed = account("SIGNING_KEY", "CERTIFICATE_CHAIN", "DATA_KEY");
  expect((await judge(elsewhere, keyed))[1]).toBe("wrong secrets: SIGNER_TOKEN is not set.");
  expect((await judge({ SIGNER_URL: "http://signer.example" }, keyed))[0]).toMatch(
    /^wrong settings: SIGNER_URL/,
  );
  expect((await judge({ ...elsewhere, SIGNER_TOKEN: "x" }, keyed))[0]).toBe(
    "wrong settings: SIGNER_TOKEN among the vars of wrangler.toml.",
  );
});

test("an environment that is not there", () => {
  const file = join(mkdtempSync(join(tmpdir(), "ishare-idp-test-")), "wrangler.toml");
  writeFileSync(
    file,
    'name = "x"\n[env.test]\nname = "x-test"\n[env.test.vars]\nISSUER_URL = "https://idp.example"\n',
  );
  expect(readDeployed(file, "test")).toEqual({ ISSUER_URL: "https://idp.example" });
  expect(() => readDeployed(file, "production")).toThrow("npm run setup writes it");
});
