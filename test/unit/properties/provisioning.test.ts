/** What organisations' directories send, whatever it is: read or refused, never thrown; and nothing of it becomes SQL. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { conditionOf } from "../../../src/scim/condition.ts";
import { assignAll, type Draft, stateOf } from "../../../src/scim/draft.ts";
import { parseFilter } from "../../../src/scim/filter.ts";
import { parseOperations, patchUser } from "../../../src/scim/patch.ts";
import { parsePath } from "../../../src/scim/path.ts";
import { MAX_RESULTS, parseListQuery } from "../../../src/scim/query.ts";

const WORDS = [
  ...["userName", "emails", "emails.value", "title", "active", "eq", "ne", "co", "pr", "and", "or", "not"],
  ...[
    "(",
    ")",
    "[",
    "]",
    ".value",
    '"a"',
    '"\\""',
    '"',
    "true",
    "null",
    "1.5",
    "-",
    "urn:x:y",
    "' OR 1=1 --",
    ";",
  ],
];
const phrase = fc
  .tuple(fc.constantFrom("userName", "emails.value", "title", "active"), fc.constantFrom("eq", "co", "pr"))
  .map(([name, op]) => (op === "pr" ? `${name} pr` : `${name} ${op} "a' OR 1=1 --"`));
const sentences = fc
  .array(fc.oneof({ weight: 2, arbitrary: phrase }, fc.constantFrom(...WORDS)), { maxLength: 5 })
  .map((words) => words.join(" and ").replace(/and (and|or|\)|\]) and/g, "$1"));

describe("filters", () => {
  test("of any text make constant SQL with a value for each mark, or a refusal", () => {
    const texts = fc.oneof(
      sentences,
      fc.string({ maxLength: 60 }),
      fc.string({ unit: "binary", maxLength: 30 }),
    );
    let passed = 0;
    fc.assert(
      fc.property(texts, (text) => {
        const filter = parseFilter(text);
        const condition = filter.ok ? conditionOf(filter.value) : filter;
        if (!condition.ok) {
          expect(condition.failure.reason).toBe("scim_filter");
          return;
        }
        passed++;
        const { sql, values } = condition.value;
        expect(sql.split("?").length - 1).toBe(values.length);
        expect(sql).toMatch(/^[\w\s()'.,?=<>$":-]*$/);
        expect(sql).not.toMatch(/1=1|--|;/);
      }),
      { numRuns: 1000 },
    );
    expect(passed).toBeGreaterThan(20);
  });

  test("what was sent is in no SQL", () => {
    const words = fc.stringMatching(/^[a-z]{3,12}$/).map((word) => `zz${word}`);
    const operators = fc.constantFrom("eq", "ne", "co", "sw", "ew", "gt", "le");
    fc.assert(
      fc.property(words, operators, (word, operator) => {
        const filter = parseFilter(`userName ${operator} "${word}" or title ${operator} "${word}"`);
        const condition = filter.ok ? conditionOf(filter.value) : filter;
        expect(condition.ok && condition.value.sql).not.toContain(word);
        expect(condition.ok && condition.value.values).toContain(word);
      }),
    );
  });
});

test("a path of any text is read or refused", () => {
  const texts = fc.oneof(sentences, fc.string(), fc.webPath(), fc.stringMatching(/^[a-z[\]."= ]{0,20}$/));
  fc.assert(
    fc.property(texts, (text) => {
      const path = parsePath(text);
      if (path.ok) expect(path.value.attribute).toBe(path.value.attribute.toLowerCase());
      else expect(path.failure.reason).toBe("scim_path");
    }),
  );
});

test("a list's query keeps within its bounds, whatever it says", () => {
  const names = fc.constantFrom(
    ...["filter", "sortBy", "sortOrder", "startIndex", "count", "attributes", "excludedAttributes"],
  );
  const values = fc.oneof(
    fc.string(),
    sentences,
    fc.integer().map(String),
    fc.constantFrom("userName", "id,emails"),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(names, values), { maxLength: 5 }), (pairs) => {
      const query = parseListQuery(new Map(pairs));
      if (!query.ok) return;
      const { limit, offset, startIndex, orderBy } = query.value;
      expect(limit >= 0 && limit <= MAX_RESULTS && offset === startIndex - 1 && offset >= 0).toBe(true);
      expect(orderBy).toMatch(/^[\w\s()'.,$":-]+$/);
    }),
  );
});

describe("drafts", () => {
  const person = { userName: "a@b.example", active: true, name: { givenName: "A", familyName: "B" } };

  test("are never changed into anything else by any value or operation", () => {
    const names = fc.constantFrom(
      ...[
        "userName",
        "name",
        "name.familyName",
        "emails",
        "phoneNumbers",
        "active",
        "manager",
        "title",
        "members",
      ],
      ...[
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
        "constructor",
        "toString",
        'emails[type eq "x"]',
      ],
    );
    const operations = fc.array(
      fc.record({
        op: fc.constantFrom("add", "Replace", "remove"),
        path: fc.option(names),
        value: fc.jsonValue(),
      }),
      { minLength: 1, maxLength: 4 },
    );
    fc.assert(
      fc.property(fc.dictionary(names, fc.jsonValue()), operations, (value, listed) => {
        const draft: Draft = new Map();
        assignAll(draft, { ...person, ...value });
        const read = parseOperations({ Operations: listed });
        if (read.ok) patchUser(draft, read.value);
        const state = stateOf(draft, true);
        for (const leaf of draft.values()) expect(["string", "boolean"]).toContain(typeof leaf);
        if (state.ok) expect(state.value.email).toMatch(/@/);
      }),
      { numRuns: 500 },
    );
  });
});
