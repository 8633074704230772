/** What setup has to know: a flag before what an earlier run wrote, before a question; and what can't change any more. */
import { describe, expect, test } from "vitest";
import { createAsker, environmentOf, readSetupFlags, settingsOf } from "../../../scripts/setup/answers.ts";

const ROOT = "ab".repeat(32);
const asked: string[] = [];
const somebody = {
  ask: async (_: string, flag: string) => {
    asked.push(flag);
    return flag === "--registry-root" ? "root.pem" : ` answer to ${flag} `;
  },
  askHidden: async () => "",
  confirm: async () => true,
};
const settings = (args: readonly string[], known = {}, asker = somebody) => {
  asked.length = 0;
  return settingsOf(readSetupFlags(args), known, asker, async (file) => `fingerprint of ${file}`);
};

describe("settings", () => {
  test("flags first; what is missing is asked for, once each", async () => {
    expect(
      await settings(["--url", "https://idp.example/", "--framework", "2.2", "--signer-url", "https://s"]),
    ).toEqual({
      ISSUER_URL: "https://idp.example",
      PARTY_ID: "answer to --party-id",
      PARTY_NAME: "answer to --party-name",
      REGISTRY_URL: "answer to --registry-url",
      REGISTRY_PARTY_ID: "answer to --registry-id",
      REGISTRY_ROOT_FINGERPRINTS: "fingerprint of root.pem",
      FRAMEWORK_VERSION: "2.2",
      SIGNER_URL: "https://s",
    });
    expect(asked).toEqual([
      "--party-id",
      "--party-name",
      "--registry-url",
      "--registry-id",
      "--registry-root",
    ]);
  });

  test("a second run asks nothing, keeps what the operator added, and takes what a flag changes", async () => {
    const known = {
      ...{ ISSUER_URL: "https://a.example", PARTY_ID: "P", PARTY_NAME: "N", CODE_SECONDS: "30" },
      ...{ REGISTRY_URL: "https://r.example", REGISTRY_PARTY_ID: "R", REGISTRY_ROOT_FINGERPRINTS: ROOT },
    };
    expect(await settings([], known)).toEqual(known);
    const changed = await settings(
      ["--party-name", "M", "--registry-root", ROOT, "--registry-root", "b.pem"],
      known,
    );
    expect(changed).toEqual({
      ...known,
      ...{ PARTY_NAME: "M", REGISTRY_ROOT_FINGERPRINTS: `${ROOT},fingerprint of b.pem` },
    });
    expect(asked).toEqual([]);
  });

  test.each(["SIGNING_KEY", "DATA_KEY", "CERTIFICATE_CHAIN_2", "NEXT_SIGNING_KEY", "SIGNER_TOKEN"])(
    "%s has no place among vars",
    async (name) => {
      await expect(settings([], { [name]: "x" })).rejects.toThrow(`wrangler.toml has ${name} among its vars`);
    },
  );

  test("the jurisdiction is chosen once", async () => {
    const eu = { ISSUER_URL: "https://a.example", DATA_JURISDICTION: "eu" };
    expect((await settings(["--jurisdiction", "eu"], eu)).DATA_JURISDICTION).toBe("eu");
    await expect(settings(["--jurisdiction", "us"], eu)).rejects.toThrow("it is eu");
    await expect(settings(["--jurisdiction", "eu"], { ISSUER_URL: "https://a.example" })).rejects.toThrow(
      "it is none",
    );
  });
});

test("there are two environments, and nobody to ask is one line", async () => {
  const nobody = createAsker(false);
  await expect(environmentOf(readSetupFlags(["--environment", "staging"]), nobody)).rejects.toThrow(
    "test or production",
  );
  await expect(environmentOf(readSetupFlags([]), nobody)).rejects.toThrow("--environment is missing.");
  await expect(nobody.confirm("Go on?")).rejects.toThrow("--yes");
  expect(() => readSetupFlags(["--colour"])).toThrow("--colour");
});
