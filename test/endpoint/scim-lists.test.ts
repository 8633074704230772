/** Lists (RFC 7644 §3.4.2): pages, order, filters, and the attributes that were asked for. */
import { beforeAll, describe, expect, test } from "vitest";
import { ENTERPRISE, type ScimClient, scimClient } from "../support/scim.ts";
import { skipHashing, startWorker } from "../support/worker.ts";

const HERE = { id: "EU.EORI.NL000000099", name: "All Alone" };
const failureOf = async (said: Promise<{ status: number; body: { scimType?: string } }>) => {
  const { status, body } = await said;
  return [status, body.scimType];
};

describe("lists", () => {
  let alone: ScimClient;
  const names = ["Delta", "alpha", "Echo", "bravo", "Charlie"].map(
    (name) => `${name}-${crypto.randomUUID()}`,
  );
  beforeAll(async () => {
    skipHashing();
    alone = await scimClient(await startWorker(), HERE);
    for (const [at, name] of names.entries()) {
      const more = { title: at % 2 === 0 ? "Even" : "odd", [ENTERPRISE]: { department: `D${at}` } };
      await alone.make(name, { ...more, emails: [{ value: `${at}@mail.example` }], active: at !== 4 });
    }
  });
  const found = async (query: Record<string, string>) =>
    (await alone.list(query)).body.Resources.map(
      ({ userName }: { userName: string }) => userName.split("-")[0],
    );

  test("in pages that hold everybody once", async () => {
    const pages: string[] = [];
    for (const startIndex of ["1", "3", "5"]) {
      const { body } = await alone.list({ startIndex, count: "2", sortBy: "userName" });
      expect(body).toMatchObject({ totalResults: 5, startIndex: Number(startIndex) });
      expect(body.itemsPerPage).toBe(body.Resources.length);
      pages.push(...body.Resources.map(({ userName }: { userName: string }) => userName.split("-")[0]));
    }
    expect(pages).toEqual(["alpha", "bravo", "Charlie", "Delta", "Echo"]);
    expect((await alone.list({ count: "0" })).body).toMatchObject({
      totalResults: 5,
      itemsPerPage: 0,
      Resources: [],
    });
    expect((await alone.list({ startIndex: "-3", count: "1" })).body.startIndex).toBe(1);
    expect((await alone.list({ startIndex: "9" })).body).toMatchObject({ totalResults: 5, Resources: [] });
    expect(await failureOf(alone.list({ count: "many" }))).toEqual([400, "invalidValue"]);
    expect((await alone.list({ count: "100000" })).body.itemsPerPage).toBe(5);
  });

  test("in an order that was asked for", async () => {
    const down = { sortBy: "userName", sortOrder: "descending" };
    expect(await found(down)).toEqual(["Echo", "Delta", "Charlie", "bravo", "alpha"]);
    expect(await found({ sortBy: `${ENTERPRISE}:department` })).toEqual(
      names.map((name) => name.split("-")[0]),
    );
    expect(await failureOf(alone.list({ sortBy: "password" }))).toEqual([400, "invalidFilter"]);
  });

  test.each([
    ['title eq "even"', ["Delta", "Echo", "Charlie"]],
    ['title ne "EVEN"', ["alpha", "bravo"]],
    ['nickName ne "x"', ["Delta", "alpha", "Echo", "bravo", "Charlie"]],
    ["nickName pr", []],
    ["not (nickName pr) and active eq false", ["Charlie"]],
    ["active ne true", ["Charlie"]],
    ['userName sw "ECHO" or userName sw "al"', ["alpha", "Echo"]],
    ['title eq "odd" and (userName co "rav" or userName co "elta")', ["bravo"]],
    ['userName sw "d" or userName sw "a" and title eq "none"', ["Delta"]],
    ['emails[type eq "work" and value sw "2@"]', ["Echo"]],
    ['emails[type eq "home"].value pr', []],
    ['emails ew "MAIL.example" and emails.value co "1"', ["alpha"]],
    [`${ENTERPRISE}:department gt "D2"`, ["bravo", "Charlie"]],
    [`${ENTERPRISE}:department ge "D2" and ${ENTERPRISE}:department le "D2"`, ["Echo"]],
    ['meta.created lt "2001-01-01T00:00:00Z"', []],
    ['title ew "" and displayName eq null and externalId eq null and name.givenName eq "test"', 5],
    ["title eq true", undefined],
    ["active eq 1", undefined],
    ['active gt "a"', undefined],
    ['title "even"', undefined],
    ["title eq even", undefined],
    ['title eq "even', undefined],
    ['title eq "even" and', undefined],
    ['emails[type eq "work"', undefined],
    ['emails[phone[type eq "x"]]', undefined],
    ['password eq "x"', undefined],
    ["", 5],
  ] as const)("filtered: %s", async (filter, expected) => {
    if (expected === undefined)
      expect(await failureOf(alone.list({ filter }))).toEqual([400, "invalidFilter"]);
    else if (expected === 5) expect(await found({ filter })).toHaveLength(5);
    else expect((await found({ filter })).sort()).toEqual([...expected].sort());
  });

  test("with the attributes that were asked for", async () => {
    const [only] = (await alone.list({ attributes: "userName,name.givenName" })).body.Resources;
    expect(Object.keys(only).sort()).toEqual(["id", "meta", "name", "schemas", "userName"]);
    expect(only.name).toEqual({ givenName: "Test" });
    const [less] = (await alone.list({ excludedAttributes: `emails,${ENTERPRISE}:department,id` })).body
      .Resources;
    expect(less).toMatchObject({ id: only.id, [ENTERPRISE]: {} });
    expect(less).not.toHaveProperty("emails");
    expect(await failureOf(alone.list({ attributes: "id", excludedAttributes: "id" }))).toEqual([
      400,
      "invalidValue",
    ]);
  });
});
