/** Whoever adds a setting decides whether administrators see it: nothing is shown, or hidden, because nobody thought of it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { SHOWN_SETTINGS } from "../../../src/admin/settings.ts";

/** Secrets, what may hold one, and what is too large to read. */
const LEFT_OUT = [
  /SIGNING_KEY$/, // secret
  /CERTIFICATE_CHAIN$/, // `/admin` says what becomes of keys
  /^(NEXT_FROM|PREVIOUS_UNTIL)$/, // the same
  /DATA_KEY$/, // secret
  /^SIGNER_/, // an address that may hold a password, and a secret
  /^OTLP_/, // the same
  /^(ISHARE_LOGO|OPERATOR_LOGO|ATTESTATION_ROOTS|HIGH_ASSURANCE_AUTHENTICATORS)$/, // large
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
