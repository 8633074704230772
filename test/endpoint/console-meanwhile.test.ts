/**
 * What happens between the console's look at a user and its write: the transaction itself finds the user, and the administrator,
 * as they were looked at, or writes nothing. The database is the real one; it is written to right before the batch.
 */
import { beforeAll, beforeEach, expect, test } from "vitest";
import { deactivateStatements } from "../../src/directory/administration.ts";
import { eraseStatements } from "../../src/directory/personal-data.ts";
import { revokeRoleStatement } from "../../src/directory/role.ts";
import { readForms } from "../support/browser.ts";
import { administrator, auditOf, tokenOn } from "../support/console.ts";
import { directory, type Instance, newUser, skipHashing, startWorker } from "../support/worker.ts";
import { ORGANISATION, SECOND_ORGANISATION } from "../support/world.ts";

let idp: Instance;
let admin: Awaited<ReturnType<typeof administrator>>;
beforeAll(async () => {
  skipHashing();
  idp = await startWorker();
});
beforeEach(async () => {
  admin = await administrator(idp);
  await admin.visitor.open("/admin");
});

const CHANGE = "/admin/user/change";
const ADD = "/admin/user/organisations";
const REMOVE = "/admin/user/organisations/remove";
const NEW = "/admin/users/add";
const STATUS = "/admin/user/status";
const person = {
  ...{ username: "meanwhile", givenName: "Una", familyName: "User", email: "new@example.com" },
  ...{ identityAssurance: "low", organisation: ORGANISATION.id, organisationName: "" },
};
const FIELDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  [CHANGE]: { ...person, identityAssurance: "high" },
  [ADD]: { organisation: "NTRNL-meanwhile", organisationName: "Meanwhile" },
  [REMOVE]: { organisation: SECOND_ORGANISATION.id },
  [NEW]: person,
  [STATUS]: { status: "inactive" },
};

/** Sends a form, as the page has it, to a Worker whose first transaction comes behind something else. */
async function sendAfter(path: string, id: string, meanwhile: () => Promise<unknown>) {
  const page = await admin.visitor.look(path === CHANGE ? `${CHANGE}?id=${id}` : `/admin/user?id=${id}`);
  const form = readForms(page.html).find(({ action }) => action === path);
  const fields = { token: tokenOn(page), id, ...form?.fields, ...FIELDS[path] };
  let isFirst = true;
  const late = new Proxy(directory(), {
    get: (database, name) => {
      if (name !== "batch") return Reflect.get(database, name, database).bind(database);
      return async (statements: D1PreparedStatement[]) => {
        if (isFirst) await meanwhile();
        isFirst = false;
        return database.batch(statements);
      };
    },
  });
  const browser = idp.with({ DIRECTORY: late } as unknown as Record<string, string>).browser();
  for (const [name, value] of admin.visitor.browser.cookies) browser.cookies.set(name, value);
  const response = await browser.post(path, fields, { "sec-fetch-site": "same-origin" });
  expect(isFirst).toBe(false);
  return { status: response.status, html: await response.text() };
}

const all = (id: string) =>
  Promise.all(
    ["SELECT * FROM humans WHERE id = ?", "SELECT * FROM memberships WHERE human_id = ?"].map(
      async (sql) => (await directory().prepare(sql).bind(id).all()).results,
    ),
  );

const USER: readonly (readonly [string, (id: string) => Promise<unknown>, number])[] = [
  [
    "changed",
    (id) => directory().prepare("UPDATE humans SET version = version + 1 WHERE id = ?").bind(id).run(),
    409,
  ],
  [
    "removed",
    (id) => directory().prepare("UPDATE humans SET deleted_at = 1 WHERE id = ?").bind(id).run(),
    409,
  ],
  ["erased", (id) => directory().batch(eraseStatements(directory(), id, "test", 1)), 404],
];

test.each(
  USER.flatMap(([what, act, status]) => [CHANGE, ADD, REMOVE].map((path) => ({ what, path, act, status }))),
)("the user is $what right before $path: nothing is written", async ({ path, act, status }) => {
  const user = await newUser({ organisations: [ORGANISATION, SECOND_ORGANISATION] });
  let meanwhile: unknown;
  const answer = await sendAfter(path, user.id, async () => {
    await act(user.id);
    meanwhile = await all(user.id);
  });
  expect(answer.status).toBe(status);
  if (status === 409) expect(answer.html).toContain("changed meanwhile");
  expect(await all(user.id)).toEqual(meanwhile);
  expect(await auditOf(user.id)).toEqual([]);
});

const ADMIN: readonly (readonly [string, (id: string) => Promise<unknown>])[] = [
  ["without the role", (id) => revokeRoleStatement(directory(), id, "administrator").run()],
  ["deactivated", (id) => directory().batch(deactivateStatements(directory(), [id], 1))],
];

test.each(ADMIN.flatMap(([what, act]) => Object.keys(FIELDS).map((path) => ({ what, path, act }))))(
  "the administrator is $what right before $path: nothing is written",
  async ({ path, act }) => {
    const user = await newUser({ organisations: [ORGANISATION, SECOND_ORGANISATION] });
    const before = await all(user.id);
    await sendAfter(path, user.id, () => act(admin.user.id));
    expect(await all(user.id)).toEqual(before);
    expect(await auditOf(user.id)).toEqual([]);
    const added = directory().prepare("SELECT 1 FROM humans WHERE username = 'meanwhile'");
    expect(await added.first()).toBeNull();
    expect((await admin.visitor.look(`/admin/user?id=${user.id}`)).html).not.toContain(user.username);
  },
);

test("without anything in between each of them is written", async () => {
  for (const path of [CHANGE, ADD, REMOVE, STATUS]) {
    const user = await newUser({ organisations: [ORGANISATION, SECOND_ORGANISATION] });
    await sendAfter(path, user.id, async () => undefined);
    expect([path, (await auditOf(user.id)).length]).toEqual([path, 1]);
  }
});
