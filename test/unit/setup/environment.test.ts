/** The block of one environment in wrangler.toml: what it holds, and that nothing else in the file changes. */
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { unstable_readConfig } from "wrangler";
import {
  type Environment,
  hasEnvironment,
  renderEnvironment,
  spliceEnvironment,
  split,
} from "../../../scripts/setup/environment.ts";
import { readKnown, readTop } from "../../../scripts/setup/wrangler-toml.ts";

const FILE = readFileSync(join(import.meta.dirname, "..", "..", "..", "wrangler.toml"), "utf8");
const config = join(mkdtempSync(join(tmpdir(), "ishare-idp-test-")), "wrangler.toml");
const write = (file: string): string => {
  writeFileSync(config, file);
  return file;
};
write(FILE);
const { name, bindings } = readTop(config);

const environment = (over: Partial<Environment> = {}): Environment => ({
  name: "test",
  worker: "ishare-idp-test",
  customDomain: "idp.example.com",
  namespaces: { TRUST_CACHE: "kv-id" },
  databases: { DIRECTORY: { id: "d1-id", name: "a-directory" } },
  variables: { PARTY_NAME: 'A "quoted" \\ name', CERTIFICATE_CHAIN: "line\nline" },
  ...over,
});
const put = (file: string, it: Environment, more = bindings): string =>
  spliceEnvironment(file, it.name, renderEnvironment(it, more)) ?? "refused";

test("wrangler reads back what was written, with every binding of the top", () => {
  const file = write(put(FILE, environment()));
  expect(readKnown(config, file, "test")).toEqual({
    variables: environment().variables,
    ids: { TRUST_CACHE: "kv-id", DIRECTORY: "d1-id" },
  });
  expect(readTop(config)).toEqual({ name, bindings }); // the top is as it was
  for (const { name: binding } of bindings.objects) expect(file.split(`"${binding}"`)).toHaveLength(3);
});

test("only its own block changes; the other environment and the operator's words stay", () => {
  const both = put(put(FILE, environment()), environment({ name: "production", worker: "p" }));
  const changed = put(both, environment({ variables: { PARTY_NAME: "New" } }));
  expect(changed.startsWith(FILE.trimEnd())).toBe(true);
  expect(readKnown(config, write(changed), "test").variables).toEqual({ PARTY_NAME: "New" });
  expect(readKnown(config, changed, "production").variables).toEqual(environment().variables);
  expect(put(changed, environment({ variables: { PARTY_NAME: "New" } }))).toBe(changed);
  const noted = `${changed}\n# a note of mine\n`;
  expect(put(noted, environment())).toContain("# a note of mine");
});

/** Every block that stands in wrangler.toml as a comment, for whoever wants it. */
const ALL = FILE.replaceAll(/^# (?=\[\[|\w+ = )/gm, "");

test("every optional block, uncommented: setup brings it into the environment, what is stored apart from others'", () => {
  write(ALL);
  const { bindings: more } = readTop(config);
  expect(Object.keys(more.others).sort()).toEqual(["analytics_engine_datasets", "r2_buckets", "ratelimits"]);
  const tables = ALL.match(/^\[\[\w+\]\]/gm)?.length ?? 0;
  expect(tables - (FILE.match(/^\[\[\w+\]\]/gm)?.length ?? 0)).toBe(Object.values(more.others).flat().length);

  const inEurope = environment({ variables: { DATA_JURISDICTION: "eu" } });
  for (const it of [inEurope, environment({ name: "production" })])
    write(put(readFileSync(config, "utf8"), it, more));
  const read = (env: string) => unstable_readConfig({ config, env }) as unknown as typeof more.others;
  expect(read("test")).toMatchObject({
    r2_buckets: [{ binding: "AUDIT_EXPORT", bucket_name: "ishare-idp-audit-test", jurisdiction: "eu" }],
    analytics_engine_datasets: [{ binding: "METRICS", dataset: "ishare_idp_test" }],
    ratelimits: more.others.ratelimits,
  });
  const [bucket] = read("production").r2_buckets ?? [];
  expect(bucket).toEqual({ binding: "AUDIT_EXPORT", bucket_name: "ishare-idp-audit-production" });
});

test.each([
  '[[queues.producers]]\nqueue = "q"\nbinding = "Q"',
  '[vars]\nCODE_SECONDS = "30"',
  '[ai]\nbinding = "AI"',
])("what an environment would be without is refused, not lost: %j", (table) => {
  write(`${FILE}\n${table}\n`);
  expect(() => readTop(config)).toThrow(`wrangler.toml has ${/\w+/.exec(table)?.[0]} at its top`);
});

test.each([
  "[env.test]\nname = 'mine'",
  "[[env.test.kv_namespaces]]",
  '[ env . "test" . vars ]',
  "# <<< test",
])("an environment that setup did not write is refused: %j", (mine) => {
  expect(spliceEnvironment(`${FILE}\n${mine}\n`, "test", "block")).toBeUndefined();
  expect(spliceEnvironment(`${put(FILE, environment())}\n${mine}\n`, "test", "block")).toBeUndefined();
});

test("another environment's name is not this one's", () => {
  expect(hasEnvironment("[env.test2]\n[env.production.vars]", "test")).toBe(false);
  expect(hasEnvironment("[env.production.vars]", "production")).toBe(true);
});

test("a domain of the account's own, or workers.dev", () => {
  expect(renderEnvironment(environment(), bindings)).toContain("custom_domain = true");
  const without = renderEnvironment(environment({ customDomain: undefined }), bindings);
  expect(without).toContain("workers_dev = true");
  expect(without).not.toContain("routes");
});

test("a long value goes on in the next variable, between two lines", () => {
  expect(split("A", "one\ntwo\nthree", 7)).toEqual({ A: "one\ntwo", A_2: "three" });
  expect(split("A", "one", 7)).toEqual({ A: "one" });
});
