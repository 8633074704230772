/** Whoever adds a setting decides whether administrators see it: nothing is shown, or hidden, because nobody thought of it. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { SHOWN_SETTINGS, servicesOf, settingsOf } from "../../../src/admin/settings.ts";
import type { KeySets } from "../../../src/jwt/key-sets.ts";
import { createSettings } from "../../support/settings.ts";

/** Secrets, what may hold one, and what is too large to read. */
const LEFT_OUT = [
  /SIGNING_KEY$/, // secret
  /CERTIFICATE_CHAIN$/, // `/admin` says what becomes of keys
  /^(NEXT_FROM|PREVIOUS_UNTIL)$/, // the same
  /DATA_KEY$/, // secret
  /^SIGNER_/, // an address that may hold a password, and a secret; `servicesOf` says whether there is one
  /^OTLP_/, // the same
  /^(ISHARE_LOGO|OPERATOR_LOGO|ATTESTATION_ROOTS)$/, // large
];

test("each setting is shown, or left out on purpose", () => {
  const readme = readFileSync(join(import.meta.dirname, "../../../README.md"), "utf8");
  const [, table = ""] = readme.split("\n| variable ");
  const rows = table.slice(0, table.indexOf("\n\n")).split("\n");
  const settings = rows.flatMap((row) =>
    [...(row.split("|")[1] ?? "").matchAll(/`([A-Z0-9_]+)`/g)].map(([, name = ""]) => name),
  );
  expect(settings.length).toBeGreaterThan(30);
  const isLeftOut = (name: string) => LEFT_OUT.some((it) => it.test(name));
  expect([...SHOWN_SETTINGS].sort()).toEqual(settings.filter((name) => !isLeftOut(name)).sort());
  expect(SHOWN_SETTINGS.filter((name) => isLeftOut(name) || /KEY|SECRET|HEADERS|TOKEN/.test(name))).toEqual(
    [],
  );
});

test("of what counts as hardware: how many kinds there are, and what tells two lists apart", async () => {
  const { configOf } = await createSettings();
  const pair = (n: number) => `${String(n).repeat(8)}-0000-0000-0000-000000000000:${String(n).repeat(64)}`;
  const shown = async (...pairs: string[]) => {
    const settings = await settingsOf(await configOf({ HIGH_ASSURANCE_AUTHENTICATORS: pairs.join(",") }));
    return settings.find(({ name }) => name === "HIGH_ASSURANCE_AUTHENTICATORS")?.value;
  };
  expect(await shown()).toBe("(none)");
  const two = await shown(pair(1), pair(2));
  const digest = createHash("sha256")
    .update(`${pair(1)},${pair(2)}`)
    .digest("hex");
  expect(two).toBe(`2, SHA-256 ${digest.slice(0, 16)}…`);
  expect(await shown(pair(2), pair(1).toUpperCase(), pair(1))).toBe(two);
  expect(await shown(pair(1), pair(3))).not.toBe(two);
});

test("of what may be there or not: whether it is, and nothing of where", async () => {
  const { configOf } = await createSettings();
  const otlp = { OTLP_ENDPOINT: "https://collector.example/secret", OTLP_HEADERS: "authorization=secret" };
  const key = (name: string, isRemote: boolean) => ({ name, privateKey: { isRemote } });
  const keySets = [key("current", false), key("next", true)] as unknown as KeySets;
  const all = servicesOf({ ...(await configOf(otlp)), keySets }, { AUDIT_EXPORT: true, METRICS: false });
  expect(all.map(({ name, value }) => [name, value])).toEqual([
    ["AUDIT_EXPORT", "in force"],
    ["METRICS", "(none)"],
    ["SIGNER_URL", "next"],
    ["OTLP_ENDPOINT", "in force"],
  ]);
  const none = servicesOf(await configOf(), {});
  expect(none.map(({ value }) => value)).toEqual(["(none)", "(none)"]);
});
