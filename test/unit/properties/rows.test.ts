/** Humans as files and forms write them down: every problem is named, nothing is thrown, and no value is repeated. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { FIELDS, readNewHuman } from "../../../src/directory/attributes.ts";

const settings = { seed: 20261128, numRuns: 1000 };
const sound = {
  ...{ username: "alice", givenName: "Alice", familyName: "Jansen", email: "alice@example.com" },
  organisations: [{ id: "did:ishare:EU.NL.NTRNL-10000030", name: "One" }],
};
const value = fc.oneof(
  fc.string({ maxLength: 400 }),
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.jsonValue({ maxDepth: 3 }),
  fc.constant(undefined),
);

test("readNewHuman: a human of one-line texts, or what is wrong and where", () => {
  let taken = 0;
  fc.assert(
    fc.property(
      fc.dictionary(fc.constantFrom(...FIELDS, "other", "toString"), value, { maxKeys: 3 }),
      (change) => {
        const read = readNewHuman({ ...sound, ...change });
        if (read.ok) {
          taken++;
          for (const text of Object.values(read.value).filter((it) => typeof it === "string"))
            expect(text).toMatch(/^\S(?:[^\p{Cc}\u2028\u2029]*\S)?$/u);
          expect(read.value.organisations.length).toBeGreaterThan(0);
          return;
        }
        expect(read.refusals.length).toBeGreaterThan(0);
        for (const { field } of read.refusals) expect([...FIELDS, "?"]).toContain(field);
      },
    ),
    settings,
  );
  expect(taken).toBeGreaterThan(settings.numRuns / 20);
});
