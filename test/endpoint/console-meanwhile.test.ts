/**
 * What happens between the console's look at a user and its write: the transaction itself finds the user, and the administrator,
 * as they were looked at, or writes nothing; and what the audit log can't be told is not done. The database is the real one;
 * it is written to right before the batch.
 */
import { beforeAll, beforeEach, expect, test } from "vitest";
import { CONSOLE } from "../../src/admin/console.ts";
import { deactivateStatements } from "../../src/directory/administration.ts";
import { addAuthorisation, listAuthorisations } from "../../src/directory/authorisation.ts";
import { findOrganisation } from "../../src/directory/membership.ts";
import { eraseStatements } from "../../src/directory/personal-data.ts";
import { addProposal } from "../../src/directory/proposal.ts";
import { grantRoleStatement, revokeRoleStatement } from "../../src/directory/role.ts";
import { addScimToken } from "../../src/directory/scim-token.ts";
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
const CODE = "/admin/user/code";
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
  [CODE]: { purpose: "reset" },
};

/** Sends a form, as the page has it, to a Worker whose first transaction comes behind something else. */
async function sendAfter(
  path: string,
  id: string,
  meanwhile: () => Promise<unknown>,
  over: Readonly<Record<string, string>> = {},
) {
  const page = await admin.visitor.look(path === CHANGE ? `${CHANGE}?id=${id}` : `/admin/user?id=${id}`);
  const form = readForms(page.html).find(({ action }) => action === path);
  const fields = { token: tokenOn(page), id, ...form?.fields, ...FIELDS[path], ...over };
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
    [
      "SELECT * FROM humans WHERE id = ?",
      "SELECT * FROM memberships WHERE human_id = ?",
      "SELECT * FROM one_time_codes WHERE human_id = ?",
    ].map(async (sql) => (await directory().prepare(sql).bind(id).all()).results),
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
  USER.flatMap(([what, act, status]) =>
    [CHANGE, ADD, REMOVE, CODE].map((path) => ({ what, path, act, status })),
  ),
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

/** Every form of the console, with something for it to change. */
const FORMS: Readonly<Record<string, (id: string) => Promise<Readonly<Record<string, string>>>>> = {
  ...Object.fromEntries(Object.keys(FIELDS).map((path) => [path, async () => ({})])),
  "/admin/authorisations": async () => ({ json: JSON.stringify(REGISTRATION) }),
  "/admin/authorisations/revoke": async (id) => ({
    authorisation: await addAuthorisation(directory(), right(id), 1),
  }),
  "/admin/proposals/decide": async (id) => {
    const proposal = { ...right(id), proposedBy: "another" };
    const made = await addProposal(directory(), proposal, now(), () => entryAbout("nobody"));
    return { id: made, decision: "accept" };
  },
  "/admin/organisation": async () => {
    const seen = (await findOrganisation(directory(), ORGANISATION.id)) ?? { name: "", names: 0 };
    return { id: ORGANISATION.id, name: "Renamed", seen: seen.name, names: String(seen.names) };
  },
  "/admin/tokens": async () => ({
    owner: "NTRNL-new",
    name: "New",
    suffix: `@${crypto.randomUUID()}.example`,
  }),
  "/admin/tokens/revoke": async () => {
    const id = crypto.randomUUID();
    const token = {
      id,
      hash: id,
      organisation: SECOND_ORGANISATION,
      usernameSuffix: `@${id}`,
      createdBy: "x",
    };
    await addScimToken(directory(), token, "x", 1);
    return { id };
  },
};
const now = () => Math.floor(Date.now() / 1000);
const right = (humanId: string) => ({
  ...{ humanId, organisationId: ORGANISATION.id, registeredBy: "test", policySets: [] },
});
const entryAbout = (subject: string) => ({ actor: "test", action: "test", subject, correlationId: "x" });
const REGISTRATION = {
  policyIssuer: ORGANISATION.id,
  policySets: [
    {
      maxDelegationDepth: 0,
      target: { environment: { licenses: ["ISHARE.0001"] } },
      policies: [
        {
          target: {
            resource: { type: "T", identifiers: ["*"], attributes: ["*"] },
            actions: ["READ"],
            environment: { serviceProviders: ["*"] },
          },
          rules: [{ effect: "Permit" }],
        },
      ],
    },
  ],
};

test("the table has every form of the console", () => {
  const posts = Object.entries(CONSOLE).filter(([, methods]) => "POST" in methods);
  expect(Object.keys(FORMS).sort()).toEqual(posts.map(([path]) => path).sort());
});

/** All that a form of the console may change, and what was told of it. */
const everything = async () => {
  const tables = ["humans", "memberships", "one_time_codes", "authorisations", "authorisation_proposals"];
  const all = [...tables, "scim_tokens", "consents", "guests"].map(
    (table) => `SELECT * FROM ${table} ORDER BY 1, 2`,
  );
  const told = "SELECT id FROM audit UNION SELECT id FROM audit_pending ORDER BY 1";
  const read = await directory().batch([...all, told].map((sql) => directory().prepare(sql)));
  return read.map(({ results }) => results);
};

const ADMIN: readonly (readonly [string, (id: string) => Promise<unknown>])[] = [
  ["without the role", (id) => revokeRoleStatement(directory(), id, "administrator").run()],
  ["deactivated", (id) => directory().batch(deactivateStatements(directory(), [id], 1))],
];

test.each(ADMIN.flatMap(([what, act]) => Object.keys(FORMS).map((path) => ({ what, path, act }))))(
  "the administrator is $what right before $path: nothing is written",
  async ({ path, act }) => {
    const user = await newUser({ organisations: [ORGANISATION, SECOND_ORGANISATION] });
    const fields = await FORMS[path]?.(user.id);
    let before: unknown;
    const answer = await sendAfter(
      path,
      user.id,
      async () => {
        await act(admin.user.id);
        before = await everything();
      },
      fields,
    );
    expect(answer.status).toBe(404); // as for everybody without the role
    expect(await everything()).toEqual(before);
  },
);

/** While the database takes no entry of the audit log: it fails at its place in the transaction, behind the change. */
async function withoutAudit<T>(work: () => Promise<T>): Promise<T> {
  const refuse = "BEGIN SELECT RAISE(ABORT, 'the audit log takes nothing'); END";
  await directory().exec(`CREATE TRIGGER no_audit BEFORE INSERT ON audit_pending ${refuse}`);
  try {
    return await work();
  } finally {
    await directory().exec("DROP TRIGGER no_audit");
  }
}
const nothing = async () => {};

test.each(Object.keys(FORMS))(
  "%s changes nothing that the audit log can't be told; what it changes, it tells of",
  async (path) => {
    const user = await newUser({ organisations: [ORGANISATION, SECOND_ORGANISATION] });
    const fields = await FORMS[path]?.(user.id);
    const before = await everything();
    idp.log();
    const failed = await withoutAudit(() => sendAfter(path, user.id, nothing, fields));
    expect(failed.status).toBe(500);
    expect(idp.log().some(({ event }) => event === "unexpected")).toBe(true);
    expect(await everything()).toEqual(before);

    const actor = `human:${admin.user.id}`;
    const told = (await auditOf(actor)).length;
    const done = await sendAfter(path, user.id, nothing, fields);
    expect(done.status).toBeLessThan(400);
    const after = await everything();
    expect(after.slice(0, -1)).not.toEqual(before.slice(0, -1));
    const entries = (await auditOf(actor)).slice(told);
    expect(entries.length).toBeGreaterThan(0);
    for (const entry of entries) expect([entry.actor, entry.action]).toEqual([actor, expect.any(String)]);
  },
);

test("who is made an administrator gets no code from another", async () => {
  const user = await newUser();
  const answer = await sendAfter(CODE, user.id, () =>
    grantRoleStatement(directory(), user.id, "administrator", 1).run(),
  );
  expect(answer.status).toBe(409);
  expect((await all(user.id))[2]).toEqual([]);
});

test("the last membership stays, whoever takes the other one away meanwhile", async () => {
  const user = await newUser({ organisations: [ORGANISATION, SECOND_ORGANISATION] });
  const other = directory()
    .prepare("DELETE FROM memberships WHERE human_id = ? AND organisation_id = ?")
    .bind(user.id, ORGANISATION.id);
  expect((await sendAfter(REMOVE, user.id, () => other.run())).status).toBe(409);
  expect((await all(user.id))[1]).toMatchObject([{ organisation_id: SECOND_ORGANISATION.id }]);
});

test("removed by a directory already: what the user may do for it is revoked all the same, and told", async () => {
  const user = await newUser({ organisations: [ORGANISATION, SECOND_ORGANISATION] });
  const page = await admin.visitor.look(`/admin/user?id=${user.id}`);
  const record = { humanId: user.id, organisationId: SECOND_ORGANISATION.id, registeredBy: "test" };
  await addAuthorisation(directory(), { ...record, policySets: [] }, 1);
  await directory()
    .prepare("DELETE FROM memberships WHERE human_id = ? AND organisation_id = ?")
    .bind(user.id, SECOND_ORGANISATION.id)
    .run();
  const fields = { token: tokenOn(page), id: user.id, version: "1", ...FIELDS[REMOVE] };
  const send = () => admin.visitor.browser.post(REMOVE, fields, { "sec-fetch-site": "same-origin" });
  expect((await send()).status).toBe(303);
  expect(await listAuthorisations(directory(), user.id)).toMatchObject([{ status: "revoked" }]);
  expect(await auditOf(user.id)).toMatchObject([{ action: "membership.remove" }]);
  expect((await send()).status).toBe(303); // nothing was left
  expect(await auditOf(user.id)).toHaveLength(1);
});

test("nobody activates themselves, nor anybody who is no administrator any more", async () => {
  const own = await sendStatus(admin.user.id);
  expect([own.status, await own.text()]).toEqual([403, expect.stringContaining("activate yourself")]);
  const user = await newUser();
  await directory().batch(deactivateStatements(directory(), [user.id], 1));
  const before = await all(user.id);
  await sendAfter(
    STATUS,
    user.id,
    () => revokeRoleStatement(directory(), admin.user.id, "administrator").run(),
    {
      status: "active",
    },
  );
  expect(await all(user.id)).toEqual(before);
  expect(await auditOf(user.id)).toEqual([]);
});

async function sendStatus(id: string) {
  const fields = { token: tokenOn(await admin.visitor.look("/admin/users/add")), id, status: "active" };
  return admin.visitor.browser.post(STATUS, fields, { "sec-fetch-site": "same-origin" });
}
