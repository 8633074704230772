/**
 * Commands of documents that need a Cloudflare account, as far as they go without one: wrangler knows each of them and each
 * of its flags; and what setup writes to wrangler.toml can be deployed, but for the last step.
 */
import { cpSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { renderEnvironment, spliceEnvironment } from "../../scripts/setup/environment.ts";
import { runWrangler } from "../../scripts/setup/wrangler.ts";
import { readTop } from "../../scripts/setup/wrangler-toml.ts";
import { SHOWN, wordsOf } from "../support/documents.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const PREFIX = "npm run wrangler --";

const byWords = new Map<string, Set<string>>();
for (const shown of SHOWN.filter(({ command }) => command.startsWith(`${PREFIX} `))) {
  const words = wordsOf(shown, PREFIX).join(" ");
  byWords.set(words, new Set([...(byWords.get(words) ?? []), ...shown.flags]));
}

test.each([...byWords])("wrangler %s", { timeout: 120_000 }, async (words, flags) => {
  const { code, stdout } = await runWrangler([...words.split(" "), "--help"]);
  expect(code).toBe(0);
  expect(stdout).toContain(`wrangler ${words}`);
  for (const flag of flags) expect(stdout).toMatch(new RegExp(`--${flag}\\b`));
});

test("a dry deployment of an environment that setup wrote has every binding, those too that are comments at first", {
  timeout: 120_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), "ishare-idp-test-"));
  for (const name of ["src", "scripts", "node_modules", "package.json", "tsconfig.json"])
    symlinkSync(join(ROOT, name), join(folder, name));
  cpSync(join(ROOT, "migrations"), join(folder, "migrations"), { recursive: true });
  const config = join(folder, "wrangler.toml");
  const top = readFileSync(join(ROOT, "wrangler.toml"), "utf8").replaceAll(/^# (?=\[\[|\w+ = )/gm, "");
  writeFileSync(config, top);
  const { bindings } = readTop(config);
  const block = renderEnvironment(
    {
      ...{ name: "test", worker: "ishare-idp-test", customDomain: "idp.example.com" },
      namespaces: { TRUST_CACHE: "a".repeat(32) },
      databases: { DIRECTORY: { id: crypto.randomUUID(), name: "ishare-idp-test-directory" } },
      variables: { PARTY_NAME: "Example", DATA_JURISDICTION: "eu" },
    },
    bindings,
  );
  writeFileSync(config, spliceEnvironment(top, "test", block) ?? "");
  const args = ["deploy", "--env", "test", "--dry-run", "--outdir", join(folder, "dist"), "--config", config];
  const { code, stdout, stderr } = await runWrangler(args);
  expect(code, stderr).toBe(0);
  for (const name of ["TRUST_CACHE", "DIRECTORY", "PARTY_NAME", ...bindings.objects.map((it) => it.name)])
    expect(stdout).toContain(`env.${name}`);
  expect(stdout).toMatch(/env\.AUDIT_EXPORT \(ishare-idp-audit-test \(eu\)\)/);
  expect(stdout).toContain("env.METRICS (ishare_idp_test)");
  for (const name of ["LOGIN_RATE_LIMIT", "PARTY_RATE_LIMIT"]) expect(stdout).toContain(`env.${name}`);
  expect(stdout + stderr).not.toMatch(/at the top level, but not|Unexpected field/i);
});
