/** What setup would do, given what is there: nothing twice, nothing that is there replaced, secrets by standard input. */
import { describe, expect, test } from "vitest";
import { plan, type Seen, type Wanted } from "../../../scripts/setup/plan.ts";
import { createCloudflare, type Ran } from "../../../scripts/setup/wrangler.ts";

const BINDINGS = {
  kv: ["TRUST_CACHE"],
  d1: [{ binding: "DIRECTORY", migrationsDir: "migrations" }],
  objects: [{ name: "GRANTS", class_name: "Grant" }],
  others: {},
};
const seen = (over: Partial<Seen> = {}): Seen => ({
  ...{
    file: 'name = "idp"\n',
    bindings: BINDINGS,
    ids: {},
    namespaces: [],
    databases: [],
    secrets: new Set(),
  },
  ...over,
});
const wanted = (over: Partial<Wanted> = {}): Wanted => ({
  environment: "test",
  worker: "idp-test",
  customDomain: "idp.example",
  variables: { PARTY_NAME: "P" },
  jurisdiction: undefined,
  identity: { key: "the key", chain: "the chain" },
  token: undefined,
  dataKey: async () => "data",
  ...over,
});

/** A wrangler whose account has what it is told to make. */
function account(): { calls: string[]; inputs: string[]; cloudflare: ReturnType<typeof createCloudflare> } {
  const calls: string[] = [];
  const inputs: string[] = [];
  const namespaces: { id: string; title: string }[] = [];
  const databases: { uuid: string; name: string }[] = [];
  const cloudflare = createCloudflare(async (args, input = ""): Promise<Ran> => {
    const call = args.slice(0, args.indexOf("--config")).join(" ");
    calls.push(call);
    inputs.push(input);
    if (call.startsWith("kv namespace create")) namespaces.push({ id: "kv-1", title: args[3] ?? "" });
    if (call.startsWith("d1 create")) databases.push({ uuid: "d1-1", name: args[2] ?? "" });
    const listed = call === "kv namespace list" ? namespaces : call === "d1 list --json" ? databases : [];
    return { code: 0, stdout: `▲ [WARNING] of something\n${JSON.stringify(listed)}\n`, stderr: "" };
  }, "wrangler.toml");
  return { calls, inputs, cloudflare };
}

async function carryOut(steps: ReturnType<typeof plan>): Promise<void> {
  for (const { run } of steps) await run?.();
}

describe("an empty account", () => {
  test("gets everything, once, in order; the ids go into wrangler.toml", async () => {
    const { calls, inputs, cloudflare } = account();
    let file = "";
    const write = async (text: string) => {
      file = text;
    };
    await carryOut(plan(wanted(), seen(), cloudflare, write));
    expect(calls).toEqual([
      "kv namespace create idp-test-trust-cache",
      "kv namespace list",
      "d1 create idp-test-directory",
      "d1 list --json",
      "d1 migrations apply DIRECTORY --remote --env test",
      "secret bulk --env test",
    ]);
    expect(file).toContain('id = "kv-1"');
    expect(file).toContain('database_id = "d1-1"');
    expect(JSON.parse(inputs.at(-1) ?? "")).toEqual({
      ...{ SIGNING_KEY: "the key", CERTIFICATE_CHAIN: "the chain", DATA_KEY: "data" },
    });
    expect(calls.join()).not.toMatch(/the key|data$/);
    expect(file).not.toContain("the key");
  });

  test("in a jurisdiction", async () => {
    const { calls, cloudflare } = account();
    await carryOut(plan(wanted({ jurisdiction: "eu" }), seen(), cloudflare, async () => {}));
    expect(calls).toContain("kv namespace create idp-test-trust-cache --jurisdiction eu");
    expect(calls).toContain("d1 create idp-test-directory --jurisdiction eu");
  });
});

describe("an account that has some of it", () => {
  const namespaces = [{ id: "kv-9", title: "idp-test-trust-cache" }];
  const databases = [{ uuid: "d1-9", name: "another name" }];
  const todo = (over: Partial<Seen>, more: Partial<Wanted> = {}): readonly string[] =>
    plan(wanted(more), seen(over), account().cloudflare, async () => {}).flatMap(({ says, run }) =>
      run ? [says] : [],
    );

  test("keeps what has its name, or the id that wrangler.toml has", () => {
    expect(todo({ namespaces, databases, ids: { DIRECTORY: "d1-9" } })).toEqual([
      "write [env.test] to wrangler.toml",
      "apply the migrations that DIRECTORY has not seen",
      "set the secrets SIGNING_KEY, CERTIFICATE_CHAIN, DATA_KEY (by standard input)",
    ]);
    expect(todo({ namespaces: [], ids: { TRUST_CACHE: "gone" } })[0]).toMatch(/^create the KV namespace/);
  });

  test("never replaces a secret, and sets the one that is missing; the chain goes with its key", async () => {
    const rest = { namespaces, databases, ids: { DIRECTORY: "d1-9" } };
    const had = (names: string[], more: Partial<Wanted> = {}) =>
      todo({ ...rest, secrets: new Set(names) }, more).filter((it) => it.includes("secret"));
    expect(had(["SIGNING_KEY", "CERTIFICATE_CHAIN", "DATA_KEY"])).toEqual([]);
    expect(had(["SIGNING_KEY", "CERTIFICATE_CHAIN"], { identity: undefined })).toEqual([
      "set the secrets DATA_KEY (by standard input)",
    ]);
    expect(() => had(["DATA_KEY"], { identity: undefined })).toThrow(
      "--p12 is missing, or --key and --chain",
    );
    expect(had(["CERTIFICATE_CHAIN", "DATA_KEY"])).toEqual([
      "set the secrets SIGNING_KEY, CERTIFICATE_CHAIN (by standard input)",
    ]);
    // What a longer chain left behind would end the new one.
    const { inputs, cloudflare } = account();
    const secrets = new Set(["CERTIFICATE_CHAIN", "CERTIFICATE_CHAIN_2", "DATA_KEY"]);
    await carryOut(plan(wanted(), seen({ ...rest, secrets }), cloudflare, async () => {}));
    expect(JSON.parse(inputs.at(-1) ?? "")).toEqual({
      ...{ SIGNING_KEY: "the key", CERTIFICATE_CHAIN: "the chain", CERTIFICATE_CHAIN_2: null },
    });
  });

  test("where a service has the key, its token is needed in the key's place, and each is set once", async () => {
    const rest = { namespaces, databases, ids: { DIRECTORY: "d1-9" } };
    const elsewhere = { variables: { PARTY_NAME: "P", SIGNER_URL: "https://signer.example" } };
    const had = (names: string[], more: Partial<Wanted> = {}) =>
      todo({ ...rest, secrets: new Set(names) }, { ...elsewhere, identity: undefined, ...more }).filter(
        (it) => it.includes("secret"),
      );
    const chain = { identity: { key: undefined, chain: "the chain" } };
    const token = { token: "the token" };
    expect(had([], { ...chain, ...token })).toEqual([
      "set the secrets CERTIFICATE_CHAIN, SIGNER_TOKEN, DATA_KEY (by standard input)",
    ]);
    expect(had(["CERTIFICATE_CHAIN", "SIGNER_TOKEN", "DATA_KEY"])).toEqual([]);
    expect(had(["SIGNER_URL", "CERTIFICATE_CHAIN", "SIGNER_TOKEN", "DATA_KEY"], { variables: {} })).toEqual(
      [],
    );
    expect(() => had([], token)).toThrow("--chain is missing");
    expect(() => had(["CERTIFICATE_CHAIN", "DATA_KEY"])).toThrow("--signer-token-file is missing");
    // A key that is here goes on: it moves by being rolled.
    const keyed = ["SIGNING_KEY", "CERTIFICATE_CHAIN", "DATA_KEY"];
    expect(had(keyed, token)).toEqual(["set the secrets SIGNER_TOKEN (by standard input)"]);
    expect(had([...keyed, "SIGNER_TOKEN"], { ...chain, token: "another" })).toEqual([]);
  });

  test("refuses before anything is made when wrangler.toml has that environment by hand", () => {
    expect(() => todo({ file: "[env.test]\n" })).toThrow("that setup did not write");
  });
});

test("a chain that is longer than a secret may be goes on in the next", async () => {
  const { inputs, cloudflare } = account();
  const chain = Array.from({ length: 90 }, () => "x".repeat(64)).join("\n");
  await carryOut(plan(wanted({ identity: { key: "k", chain } }), seen(), cloudflare, async () => {}));
  const secrets = JSON.parse(inputs.at(-1) ?? "") as Record<string, string>;
  expect(Object.keys(secrets)).toEqual([
    "SIGNING_KEY",
    "CERTIFICATE_CHAIN",
    "CERTIFICATE_CHAIN_2",
    "DATA_KEY",
  ]);
  for (const value of Object.values(secrets)) expect(value.length).toBeLessThanOrEqual(5000);
  expect(`${secrets.CERTIFICATE_CHAIN}\n${secrets.CERTIFICATE_CHAIN_2}`).toBe(chain);
});

test("what wrangler refuses is one line, without colours", async () => {
  const cloudflare = createCloudflare(
    async () => ({
      code: 1,
      stdout: "",
      stderr: "\n\u001b[31m✘ \u001b[41m[ERROR]\u001b[0m \u001b[1mNo such thing.\u001b[0m\n\nmore",
    }),
    "wrangler.toml",
  );
  await expect(cloudflare.namespaces()).rejects.toThrow(/^wrangler kv namespace list: No such thing\.$/);
  await expect(cloudflare.accounts()).resolves.toBeUndefined();
  // Whatever is not "there is no such Worker" must not be taken for "it has no secrets".
  await expect(cloudflare.secrets("test")).rejects.toThrow("wrangler secret list: No such thing.");
  const refusing = (stderr: string) =>
    createCloudflare(async () => ({ code: 1, stdout: "", stderr }), "wrangler.toml");
  await expect(refusing("Account not found.").secrets("test")).rejects.toThrow("Account not found");
  expect(await refusing('Worker "idp-test" (env: test) not found.').secrets("test")).toEqual(new Set());
});
