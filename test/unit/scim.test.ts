/** Filters, paths and drafts without a database: what they mean, and that bounds hold in time. */
import { describe, expect, test } from "vitest";
import { assignAll, type Draft, stateOf } from "../../src/scim/draft.ts";
import { parseFilter } from "../../src/scim/filter.ts";
import { parsePath } from "../../src/scim/path.ts";

describe("filters", () => {
  test.each([
    "(".repeat(1000),
    "not ".repeat(250),
    '"'.repeat(999),
    "a".repeat(1000),
    "a[".repeat(500),
    "-".repeat(999),
  ])("%# are refused at once", (text) => {
    const began = performance.now();
    expect(parseFilter(text).ok).toBe(false);
    expect(performance.now() - began).toBeLessThan(100);
  });

  test("`and` binds closer than `or`, and a value is JSON", () => {
    expect(parseFilter('a eq "1" or b eq "2" and not (c pr)')).toMatchObject({
      value: { op: "or", filters: [{ path: "a" }, { op: "and", filters: [{ path: "b" }, { op: "not" }] }] },
    });
    expect(parseFilter(String.raw`a eq "x\\y\u0041\""`)).toMatchObject({ value: { value: 'x\\yA"' } });
  });
});

test.each([
  ["userName", { schema: "core", attribute: "username" }],
  ["name.familyName", { schema: "core", attribute: "name", sub: "familyname" }],
  [
    "urn:ietf:params:scim:schemas:core:2.0:User:name.givenName",
    { schema: "core", attribute: "name", sub: "givenname" },
  ],
  ["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", { schema: "enterprise", attribute: "" }],
  [
    "URN:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value",
    { schema: "enterprise", attribute: "manager", sub: "value" },
  ],
  ["urn:example:2.0:User:tag", { schema: "other" }],
])("path %s", (text, expected) => {
  expect(parsePath(text)).toMatchObject({ ok: true, value: expected });
});

test("a path names one kind of element", () => {
  const path = parsePath('emails[type eq "work" and primary eq true].value');
  expect(path.ok && [...(path.value.element ?? [])]).toEqual([
    ["type", "work"],
    ["primary", true],
  ]);
  for (const text of [
    'emails[type ne "work"]',
    'emails[type eq "a" or type eq "b"]',
    "emails[]",
    "a.b.c",
    "",
    "1",
  ])
    expect(parsePath(text).ok, text).toBe(false);
});

describe("drafts", () => {
  const person = { userName: "a@b.example", active: true, name: { givenName: "A", familyName: "B" } };
  const stateFor = (value: object) => {
    const draft: Draft = new Map();
    const assigned = assignAll(draft, { ...person, ...value });
    return assigned.ok ? stateOf(draft, true) : assigned;
  };

  test.each([
    [
      [
        { value: "x@h.example", type: "home", primary: true },
        { value: "x@w.example", type: "work" },
      ],
      "x@w.example",
    ],
    [
      [
        { value: "x@h.example", type: "home" },
        { value: "x@p.example", primary: "True" },
      ],
      "x@p.example",
    ],
    [[{ value: "x@h.example", type: "home" }], "x@h.example"],
    [["x@s.example"], "x@s.example"],
    [{ value: "x@o.example" }, "x@o.example"],
    [[], "a@b.example"],
    [null, "a@b.example"],
  ])("of the addresses %j one is kept", (emails, expected) => {
    expect(stateFor({ emails })).toMatchObject({ ok: true, value: { email: expected } });
  });

  test("of the numbers one at work and a mobile one, which is what SPs learn", () => {
    const phoneNumbers = [
      { value: "1", type: "fax" },
      { value: "2", type: "work" },
      { value: "3", type: "mobile" },
    ];
    expect(stateFor({ phoneNumbers })).toMatchObject({
      value: { phone: "3", attributes: { "phoneNumbers.work": "2", "phoneNumbers.mobile": "3" } },
    });
  });

  test.each([
    ["en_US", "en-US"],
    ["nl", "nl"],
    ["English, please", undefined],
  ])("locale %s is told SPs as %s", (locale, expected) => {
    expect(stateFor({ locale })).toMatchObject({ value: { locale: expected, attributes: { locale } } });
  });
});
