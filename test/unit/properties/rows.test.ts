/** Humans as files and forms write them down: every problem is named, nothing is thrown, and no value is repeated. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { CHANGEABLE } from "../../../src/directory/administration.ts";
import { FIELDS, readChanges, readNewHuman } from "../../../src/directory/attributes.ts";

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

test("readChanges: of each field that is given, one line of text, nothing, or what is wrong", () => {
  let taken = 0;
  const text = fc.oneof(
    ...[fc.string({ maxLength: 400 }), fc.string({ unit: "binary", maxLength: 20 }), fc.constant(undefined)],
    fc.constantFrom("", " ", "a@b", "nl", "male", "low"),
  );
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...CHANGEABLE), text, { maxKeys: 3 }), (given) => {
      const fields = Object.keys(given).filter((field) => given[field] !== undefined);
      const read = readChanges(given);
      if (read.ok) {
        taken++;
        expect(Object.keys(read.value).sort()).toEqual(fields.sort());
        for (const it of Object.values(read.value))
          if (it !== null) expect(it).toMatch(/^\S(?:[^\p{Cc}\u2028\u2029]*\S)?$/u);
      } else for (const { field } of read.refusals) expect(fields).toContain(field);
    }),
    settings,
  );
  expect(taken).toBeGreaterThan(settings.numRuns / 20);
});
