/** Whom a user may represent, and what organisations are called, changed in the console; and who is shown the way there. */
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { addAuthorisation, listAuthorisations } from "../../src/directory/authorisation.ts";
import { listConsents } from "../../src/directory/consent.ts";
import { listOrganisations } from "../../src/directory/human.ts";
import { eraseStatements } from "../../src/directory/personal-data.ts";
import { readForms } from "../support/browser.ts";
import { administrator, auditOf, change, makeAdministrator } from "../support/console.ts";
import { humanWithApp } from "../support/factors.ts";
import { scimClient } from "../support/scim.ts";
import { type Stop, Visitor } from "../support/visitor.ts";
import { directory, type Instance, newUser, skipHashing, startWorker, type User } from "../support/worker.ts";
import { ORGANISATION, type Organisation, SECOND_ORGANISATION, type Sp } from "../support/world.ts";

let idp: Instance;
let sp: Sp;
let admin: Awaited<ReturnType<typeof administrator>>;
beforeAll(async () => {
  skipHashing();
  idp = await startWorker();
  ({ sp } = idp.world);
});
beforeEach(async () => {
  admin = await administrator(idp);
  await admin.visitor.open("/admin");
});
afterEach(() => {
  vi.useRealTimers();
});

const ADD = "/admin/user/organisations";
const REMOVE = "/admin/user/organisations/remove";
const look = ({ id }: Pick<User, "id">, by = admin) => by.visitor.look(`/admin/user?id=${id}`);
const send = (page: Stop, path: string, fields: Readonly<Record<string, string>>, by = admin) =>
  by.visitor.answer(page, fields, path);
const of = async ({ id }: Pick<User, "id">) => (await listOrganisations(directory(), id)).map((it) => it.id);
const told = async (id: string) =>
  (await auditOf(id)).filter(({ action }) => action?.startsWith("membership.") || action?.includes("rename"));
const both = { organisations: [ORGANISATION, SECOND_ORGANISATION] };
const fresh = (): Organisation => ({
  id: `NTRNL-${crypto.randomUUID()}`,
  name: `Fresh ${crypto.randomUUID()}`,
});

describe("adding a membership", () => {
  test("of an organisation that is known needs no name; it is told in that organisation's log", async () => {
    const user = await newUser({ organisations: [SECOND_ORGANISATION] });
    const page = await send(await look(user), ADD, { organisation: ` ${ORGANISATION.id} ` });
    expect([page.status, page.url.searchParams.get("done")]).toEqual([200, "membership_added"]);
    expect(await listOrganisations(directory(), user.id)).toEqual([SECOND_ORGANISATION, ORGANISATION]);
    expect(await told(user.id)).toMatchObject([
      { action: "membership.add", actor: `human:${admin.user.id}`, organisation: ORGANISATION.id },
    ]);
    const sent = new Visitor(idp, user).with({
      "/organisation": { organisation: ORGANISATION.id, decision: "allow" },
    });
    const { claims } = await sent.redeem(sp, await sent.visit(sp));
    expect(JSON.stringify(claims)).toContain(ORGANISATION.id);
  });

  test.each([
    [{ organisation: "two words", organisationName: "Typed" }, 400, "not an organisation identifier"],
    [{ organisation: "NTRNL-404" }, 400, "Name of the organisation is missing"],
    [{ organisation: "NTRNL-404", organisationName: "a\u2028b" }, 400, "one line"],
    [{ organisation: SECOND_ORGANISATION.id, organisationName: "Other" }, 400, "is called"],
    [{ organisation: ORGANISATION.id }, 409, "already"],
  ])("refused, with what was typed: %o", async (fields, status, words) => {
    await newUser(both);
    const user = await newUser();
    const page = await send(await look(user), ADD, fields as unknown as Record<string, string>);
    expect([page.status, page.html.includes(words)]).toEqual([status, true]);
    expect(page.html).toContain(`value="${fields.organisation}"`);
    expect(await of(user)).toEqual([ORGANISATION.id]);
    expect(await told(user.id)).toEqual([]);
  });

  test("not oneself, not who was erased meanwhile, not on what somebody else changed", async () => {
    const fields = { id: admin.user.id, version: "1", organisation: SECOND_ORGANISATION.id };
    expect((await change(admin.visitor, ADD, { ...fields, organisationName: "S" })).status).toBe(403);
    expect(await of(admin.user)).toEqual([ORGANISATION.id]);

    const user = await newUser();
    const page = await look(user);
    const organisation = fresh();
    const typed = { organisation: organisation.id, organisationName: organisation.name };
    await send(await look(user), ADD, { organisation: fresh().id, organisationName: "Meanwhile" });
    const late = await send(page, ADD, typed);
    expect([late.status, late.html.includes("changed meanwhile")]).toEqual([409, true]);
    for (const text of ["Meanwhile", organisation.id]) expect(late.html).toContain(text);
    expect((await send(late, ADD, typed)).status).toBe(200); // having seen it
    expect(await of(user)).toHaveLength(3);

    const before = await look(user);
    await directory().batch(eraseStatements(directory(), user.id, "test", 1));
    expect((await send(before, ADD, { organisation: SECOND_ORGANISATION.id })).status).toBe(404);
    expect(await of(user)).toEqual([]);
  });
});

describe("removing a membership", () => {
  const choosing = (user: User, organisation: string) =>
    new Visitor(idp, user).with({ "/organisation": { organisation, decision: "allow" } });

  test("ends authorisations, consents, code and token for it at once, and leaves the rest", async () => {
    const user = await newUser(both);
    const kept = choosing(user, ORGANISATION.id);
    const other = await kept.redeem(sp, await kept.visit(sp));
    const lost = choosing(user, SECOND_ORGANISATION.id);
    const { accessToken } = await lost.redeem(sp, await lost.visit(sp));
    const unredeemed = await lost.visit(sp);
    for (const { id: organisationId } of both.organisations) {
      const record = { humanId: user.id, organisationId, policySets: [], registeredBy: "test" };
      await addAuthorisation(directory(), record, 1);
    }
    const page = await send(await look(user), REMOVE, { organisation: SECOND_ORGANISATION.id });
    expect([page.status, page.url.searchParams.get("done")]).toEqual([200, "membership_removed"]);
    expect(await of(user)).toEqual([ORGANISATION.id]);
    expect((await lost.userinfo(accessToken)).status).toBe(401);
    await expect(lost.redeem(sp, unredeemed)).rejects.toThrow("invalid_grant");
    expect((await kept.userinfo(other.accessToken)).status).toBe(200);
    expect((await lost.browser.get("/account")).status).toBe(200); // the session is the human's
    const rights = await listAuthorisations(directory(), user.id);
    expect(
      rights.map(({ organisationId, status, revokedBy }) => [organisationId, status, revokedBy]),
    ).toEqual(
      expect.arrayContaining([
        [ORGANISATION.id, "active", null],
        [SECOND_ORGANISATION.id, "revoked", `human:${admin.user.id}`],
      ]),
    );
    const consents = await listConsents(directory(), user.id);
    expect(consents.map(({ organisationId }) => organisationId)).toEqual([ORGANISATION.id]);
    expect(await told(user.id)).toMatchObject([
      { action: "membership.remove", actor: `human:${admin.user.id}`, organisation: SECOND_ORGANISATION.id },
    ]);
  });

  test("what a fault left over is ended by the same form again, and told once", async () => {
    const user = await newUser(both);
    const visitor = choosing(user, SECOND_ORGANISATION.id);
    const { accessToken } = await visitor.redeem(sp, await visitor.visit(sp));
    const page = await look(user);
    const { fields } = readForms(page.html).find(({ action }) => action === REMOVE) ?? { fields: {} };
    const broken = {
      GRANTS: {
        idFromString: () => {
          throw new Error("out of reach");
        },
      },
    };
    const faulty = idp.with(broken as unknown as Record<string, string>).browser();
    for (const [name, value] of admin.visitor.browser.cookies) faulty.cookies.set(name, value);
    const form = { ...fields, organisation: SECOND_ORGANISATION.id };
    const failed = await faulty.post(REMOVE, form, { "sec-fetch-site": "same-origin" });
    expect([failed.status, await of(user)]).toEqual([500, [ORGANISATION.id]]);
    expect((await send(page, REMOVE, { organisation: SECOND_ORGANISATION.id })).status).toBe(200);
    const left = await directory().prepare("SELECT 1 FROM grants WHERE human_id = ?").bind(user.id).all();
    expect(left.results).toEqual([]);
    expect((await visitor.userinfo(accessToken)).status).toBe(401);
    expect(await told(user.id)).toHaveLength(1);
  });

  test("not the last one; two administrators at once do not take the last two", async () => {
    const second = await administrator(idp);
    await second.visitor.open("/admin");
    const user = await newUser(both);
    const [mine, theirs] = [await look(user), await look(user, second)];
    expect((await send(mine, REMOVE, { organisation: ORGANISATION.id })).status).toBe(200);
    const refused = await send(theirs, REMOVE, { organisation: SECOND_ORGANISATION.id }, second);
    expect([refused.status, refused.html.includes("deactivate the user instead")]).toEqual([409, true]);
    const three = await newUser({ organisations: [...both.organisations, fresh()] });
    const [one, other] = [await look(three), await look(three, second)];
    await send(one, REMOVE, { organisation: ORGANISATION.id });
    const outdated = await send(other, REMOVE, { organisation: SECOND_ORGANISATION.id }, second);
    expect([outdated.status, outdated.html.includes("changed meanwhile")]).toEqual([409, true]);
    expect([(await of(user)).length, (await of(three)).length]).toEqual([1, 2]);
  });

  test("a directory does not bring it back; who lost the home is out of its reach", async () => {
    const theirs = await scimClient(idp, ORGANISATION);
    const user = await newUser(both);
    await send(await look(user), REMOVE, { organisation: ORGANISATION.id });
    expect((await theirs.send("GET", `/Users/${user.id}`)).status).toBe(404);
    expect(await of(user)).toEqual([SECOND_ORGANISATION.id]);
  });
});

describe("organisations", () => {
  test("are found by name and identifier, with the number of their active users, page by page", async () => {
    const mark = crypto.randomUUID();
    const many = Array.from({ length: 51 }, (_, n) => ({
      id: `NTRNL-${mark}-${n + 100}`,
      name: `Many ${n}`,
    }));
    await newUser({ organisations: many });
    const first = await admin.visitor.look(`/admin/organisations?search=${mark.toUpperCase()}`);
    const count = ({ html }: Stop) => html.split("1 active user").length - 1;
    expect(count(first)).toBe(50);
    const next = /<a href="([^"]*)" rel="next">/.exec(first.html)?.[1]?.replaceAll("&amp;", "&") ?? "none";
    expect(count(await admin.visitor.look(next))).toBe(1);
    const query = new URLSearchParams({ search: "example ship" });
    const { html } = await admin.visitor.look(`/admin/organisations?${query}`);
    expect([html.includes(ORGANISATION.id), html.includes(mark)]).toEqual([true, false]);
    expect((await admin.visitor.look("/admin/organisations?search=%25")).html).toContain("none like that");
  });

  const page = (id: string) => admin.visitor.look(`/admin/organisation?${new URLSearchParams({ id })}`);
  const rename = (stop: Stop, name: string) => send(stop, "/admin/organisation", { name });

  test("are renamed in all memberships and for their directory, and that is told in their log", async () => {
    const old = fresh();
    const [one, two] = [await newUser({ organisations: [old] }), await newUser({ organisations: [old] })];
    const theirs = await scimClient(idp, old);
    const done = await rename(await page(old.id), " New Name B.V. ");
    expect([done.status, done.url.searchParams.get("done")]).toEqual([200, "organisation_renamed"]);
    for (const { id } of [one, two])
      expect(await listOrganisations(directory(), id)).toEqual([{ id: old.id, name: "New Name B.V." }]);
    expect((await theirs.list({}, "Groups")).body.Resources[0].displayName).toBe("New Name B.V.");
    expect(await told(old.id)).toMatchObject([
      {
        action: "organisation.rename",
        actor: `human:${admin.user.id}`,
        organisation: old.id,
        subject: old.id,
      },
    ]);
    expect(JSON.stringify(await told(old.id))).not.toContain("New Name");
    await rename(await page(old.id), "New Name B.V."); // is so
    expect(await told(old.id)).toHaveLength(1);
  });

  test("not over what somebody else called it meanwhile", async () => {
    const old = fresh();
    const user = await newUser({ organisations: [old] });
    const before = await page(old.id);
    await rename(await page(old.id), "Theirs");
    const refused = await rename(before, "Mine");
    expect(refused.status).toBe(409);
    for (const text of ["Theirs", "Mine"]) expect(refused.html).toContain(text);
    expect((await listOrganisations(directory(), user.id))[0]?.name).toBe("Theirs");
    expect(await told(old.id)).toHaveLength(1);
  });

  test("and their directory have one name: a token of another is not made, and one that is there gets it", async () => {
    const mine = fresh();
    await newUser({ organisations: [mine] });
    const token = { owner: mine.id, suffix: `@${crypto.randomUUID()}.example` };
    const addToken = async (name: string, owner = mine.id) =>
      change(admin.visitor, "/admin/tokens", { ...token, owner, name });
    const refused = await addToken("Another");
    expect([refused.status, refused.html.includes(mine.name)]).toEqual([400, true]);
    expect((await addToken("")).html).toContain("scim_"); // the name that it has
    // by a directory of before, or of a command
    const theirs = await scimClient(idp, { ...mine, name: "Theirs" });
    const stop = await page(mine.id);
    expect(stop.html).toContain("2 names");
    await rename(stop, mine.name);
    expect((await theirs.list({}, "Groups")).body.Resources[0].displayName).toBe(mine.name);
    expect((await page(mine.id)).html).not.toContain("2 names");
    // before anybody may represent it, a token alone says what it is called
    const next = fresh();
    await scimClient(idp, next);
    expect((await addToken("Another", next.id)).status).toBe(400);
    const user = await newUser();
    const added = await send(await look(user), ADD, { organisation: next.id, organisationName: "Another" });
    expect([added.status, added.html.includes(next.name)]).toEqual([400, true]);
  });

  test("of several names, or of none that can be", async () => {
    const [one, other] = [fresh(), fresh()];
    await newUser({ organisations: [one] });
    const user = await newUser({ organisations: [{ ...one, name: other.name }] });
    const stop = await page(one.id);
    expect(stop.html).toContain("2 names");
    for (const [name, words] of [
      ["", "is missing"],
      ["two\nlines", "one line"],
    ] as const) {
      const refused = await rename(stop, name);
      expect([refused.status, refused.html.includes(words)]).toEqual([400, true]);
    }
    expect((await rename(stop, one.name)).status).toBe(200);
    expect((await listOrganisations(directory(), user.id))[0]?.name).toBe(one.name);
    for (const id of ["", "NTRNL-nobody"]) {
      expect((await page(id)).status).toBe(404);
      expect((await change(admin.visitor, "/admin/organisation", { id, name: "X" })).status).toBe(404);
    }
  });
});

describe("the way from the account", () => {
  const way = '<a href="/admin">';

  test("is there for an administrator who has proven enough, and for nobody else", async () => {
    expect((await admin.visitor.look("/account")).html).toContain(way);
    expect((await admin.visitor.look("/account?lang=nl")).html).toContain(`${way}Beheer`);
    const { visitor } = await humanWithApp(idp);
    await visitor.open("/admin"); // who proved as much
    const page = await visitor.open("/account");
    expect([page.status, page.html.includes(way)]).toEqual([200, false]);
  });

  test("a password alone does not learn whose it is", async () => {
    const user = await newUser();
    await makeAdministrator(user);
    const page = await new Visitor(idp, user).open("/account");
    expect([page.status, page.html.includes("/admin")]).toEqual([200, false]);
  });
});
