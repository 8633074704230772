/** What administrators see and change in the console: each change with its audit entry, at once, and no more than they may. */
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { PolicySet } from "../../src/delegation/policy.ts";
import { addAuthorisation, listAuthorisations } from "../../src/directory/authorisation.ts";
import { administrator, auditOf, change, makeAdministrator } from "../support/console.ts";
import { addTotp, humanWithApp, sessionOpens } from "../support/factors.ts";
import { Visitor } from "../support/visitor.ts";
import {
  directory,
  type Instance,
  ISSUER,
  later,
  newUser,
  skipHashing,
  startWorker,
} from "../support/worker.ts";
import { ORGANISATION, SECOND_ORGANISATION, type Sp } from "../support/world.ts";

let idp: Instance;
let sp: Sp;
let admin: Awaited<ReturnType<typeof administrator>>;
beforeAll(async () => {
  skipHashing();
  idp = await startWorker();
  ({ sp } = idp.world);
});
beforeEach(async () => {
  vi.useRealTimers();
  admin = await administrator(idp);
  await admin.visitor.open("/admin");
});
afterEach(() => {
  vi.useRealTimers();
});

const send = (path: string, fields: Readonly<Record<string, string>>) => change(admin.visitor, path, fields);
const statusOf = (id: string) =>
  directory().prepare("SELECT status FROM humans WHERE id = ?").bind(id).first<string>("status");
/** What the page shows this once. */
const secretOn = ({ html }: { html: string }) => /<p class="key"><code>([^<]+)</.exec(html)?.[1];
const actions = async (id: string) => (await auditOf(id)).map(({ action }) => action);

describe("users", () => {
  test("are found by name, user name and organisation, page by page", async () => {
    const user = await newUser({ organisations: [SECOND_ORGANISATION] });
    const found = await admin.visitor.look(`/admin/users?search=${user.username}`);
    expect(found.html).toContain(`/admin/user?id=${user.id}`);
    const query = new URLSearchParams({ organisation: SECOND_ORGANISATION.id, search: user.username });
    expect((await admin.visitor.look(`/admin/users?${query}`)).html).toContain(user.id);
    query.set("organisation", ORGANISATION.id);
    expect((await admin.visitor.look(`/admin/users?${query}`)).html).not.toContain(user.id);

    for (let more = 0; more < 51; more++) await newUser();
    const seen = new Set<string>();
    let next: string | undefined = "/admin/users";
    for (let page = 0; next !== undefined && page < 10; page++) {
      const { html } = await admin.visitor.look(next);
      const ids = [...html.matchAll(/\/admin\/user\?id=([0-9a-f-]+)/g)].map(([, id = ""]) => id);
      expect(ids.length).toBeLessThanOrEqual(50);
      for (const id of ids) {
        expect(seen.has(id)).toBe(false);
        seen.add(id);
      }
      next = /<a href="([^"]*)" rel="next">/.exec(html)?.[1]?.replaceAll("&amp;", "&");
    }
    const all = await directory().prepare("SELECT count(*) AS count FROM humans").first<number>("count");
    expect(seen.size).toBe(all);
  });

  test("one: record, factors and sign-ins, and nothing that is secret", async () => {
    const { user, visitor, seed, recoveryCode } = await humanWithApp(idp);
    await visitor.visit(sp);
    const { html, status } = await admin.visitor.look(`/admin/user?id=${user.id}`);
    expect(status).toBe(200);
    for (const text of [user.username, "una@example.com", "Authenticator app", "First &amp; Sons"])
      expect(html).toContain(text);
    expect(html).toContain("10 recovery codes left");
    for (const secret of [user.password, seed, recoveryCode, "plain:"]) expect(html).not.toContain(secret);
  });

  test("markup in a name is text", async () => {
    const user = await newUser();
    const name = `<img src=x onerror=alert(1)>"'`;
    await directory().prepare("UPDATE humans SET given_name = ? WHERE id = ?").bind(name, user.id).run();
    for (const path of ["user", "authorisations"])
      expect((await admin.visitor.look(`/admin/${path}?id=${user.id}`)).html).not.toContain("<img src=x");
    const { html } = await admin.visitor.look(`/admin/users?search=${encodeURIComponent(name)}`);
    expect(html).not.toContain("<img src=x");
  });

  test.each(["", "?id=", "?id=nobody", "?id=%00", "?id=x&id=y"])("nobody: %s", async (query) => {
    expect((await admin.visitor.look(`/admin/user${query}`)).status).toBe(404);
    expect((await admin.visitor.look(`/admin/authorisations${query}`)).status).toBe(404);
  });
});

describe("deactivating", () => {
  test("ends session, code and token at once, and is told; activating lets them sign in anew", async () => {
    const user = await newUser();
    const visitor = new Visitor(idp, user);
    const { accessToken } = await visitor.redeem(sp, await visitor.visit(sp));
    const withCode = await visitor.visit(sp);
    const cookie = visitor.browser.cookies.get("__Host-session");
    const done = await send("/admin/user/status", { id: user.id, status: "inactive" });
    expect([done.status, done.url.searchParams.get("done")]).toEqual([200, "user_deactivated"]);
    expect(await sessionOpens(idp, cookie)).toBe(false);
    expect((await visitor.userinfo(accessToken)).status).toBe(401);
    await expect(visitor.redeem(sp, withCode)).rejects.toThrow("invalid_grant");
    const [told] = (await auditOf(user.id)).filter(({ action }) => action === "human.deactivate");
    expect(told).toMatchObject({ actor: `human:${admin.user.id}`, subject: user.id });
    expect(told?.correlationId).toMatch(/^[0-9a-f-]{36}$/);

    await send("/admin/user/status", { id: user.id, status: "active" });
    expect(await sessionOpens(idp, cookie)).toBe(false);
    later(1); // what began in that second is over
    expect((await new Visitor(idp, user).open("/account")).status).toBe(200);
    expect(await actions(user.id)).toContain("human.activate");
  });

  test("oneself is refused", async () => {
    const refused = await send("/admin/user/status", { id: admin.user.id, status: "inactive" });
    expect(refused.status).toBe(403);
    expect(await statusOf(admin.user.id)).toBe("active");
    expect(await actions(admin.user.id)).not.toContain("human.deactivate");
  });

  test("who was erased or removed is not made active", async () => {
    const user = await newUser();
    await directory()
      .prepare("UPDATE humans SET status = 'inactive', deleted_at = 1 WHERE id = ?")
      .bind(user.id)
      .run();
    expect((await send("/admin/user/status", { id: user.id, status: "active" })).status).toBe(409);
    expect(await statusOf(user.id)).toBe("inactive");
    expect(await auditOf(user.id)).toEqual([]);
  });

  test("no form of the console gives a role", async () => {
    const user = await newUser();
    for (const fields of [{ role: "administrator" }, { status: "administrator" }, { roles: "administrator" }])
      await send("/admin/user/status", { id: user.id, status: "active", ...fields });
    expect((await new Visitor(idp, user).open("/admin")).html).not.toContain("Console");
    const roles = await directory()
      .prepare("SELECT 1 FROM human_roles WHERE human_id = ?")
      .bind(user.id)
      .first();
    expect(roles).toBeNull();
  });
});

describe("codes to hand out", () => {
  test("an enrolment code works once, at its level, and is told without it", async () => {
    const user = await newUser();
    const page = await send("/admin/user/code", { id: user.id, purpose: "enrol", level: "substantial" });
    expect(page.response.headers.get("cache-control")).toBe("no-store");
    const code = secretOn(page) ?? "none";
    await addTotp(new Visitor(idp, user), code);
    const [told] = (await auditOf(user.id)).filter(({ action }) => action === "enrol-code.add");
    expect(told).toMatchObject({ actor: `human:${admin.user.id}`, reason: "substantial" });
    expect(JSON.stringify([await auditOf(user.id), idp.log()])).not.toContain(code);
    const { html } = await admin.visitor.look(`/admin/user?id=${user.id}`);
    expect(html).not.toContain(code);
  });

  test("a reset link sets a new password", async () => {
    const user = await newUser();
    const page = await send("/admin/user/code", { id: user.id, purpose: "reset", level: "high" });
    const link = new URL(secretOn(page) ?? "none:");
    expect(link.origin + link.pathname).toBe(`${ISSUER}/reset`);
    const code = link.searchParams.get("code") ?? "";
    const chosen = "violet-tractor-lamp-93";
    await new Visitor(idp).post("/reset", { code, password: chosen, repeat: chosen });
    expect((await new Visitor(idp, { ...user, password: chosen }).open("/account")).status).toBe(200);
    const levels = (await auditOf(user.id)).flatMap(({ action, reason }) =>
      action === "reset-code.add" ? [reason] : [],
    );
    expect(levels).toEqual(["low"]);
  });

  test.each(["own", "another administrator", "inactive", "a level above one's own"])(
    "not: %s",
    async (who) => {
      const user = who === "own" ? admin.user : await newUser();
      if (who === "another administrator") await makeAdministrator(user);
      if (who === "inactive") await send("/admin/user/status", { id: user.id, status: "inactive" });
      const level = who === "a level above one's own" ? "high" : "low";
      for (const purpose of who === "a level above one's own" ? ["enrol"] : ["enrol", "reset"]) {
        const page = await send("/admin/user/code", { id: user.id, purpose, level });
        expect(page.status).toBe(403);
        expect(secretOn(page)).toBeUndefined();
      }
      const codes = await directory()
        .prepare("SELECT 1 FROM one_time_codes WHERE human_id = ?")
        .bind(user.id)
        .first();
      expect(codes).toBeNull();
    },
  );

  test.each([[{ purpose: "role" }], [{ purpose: "enrol", level: "utmost" }], [{ purpose: "enrol" }], [{}]])(
    "neither one nor the other: %o",
    async (fields) => {
      const user = await newUser();
      const page = await send("/admin/user/code", { id: user.id, ...(fields as Record<string, string>) });
      expect(page.status).toBe(404);
    },
  );
});

const policySets: readonly PolicySet[] = [
  {
    maxDelegationDepth: 0,
    policies: [
      {
        target: {
          resource: { type: "GS1.CONTAINER", identifiers: ["*"], attributes: ["*"] },
          actions: ["ISHARE.READ"],
        },
        rules: [{ effect: "Permit" }],
      },
    ],
  },
];
const registration = (more: object = {}) =>
  JSON.stringify({ policyIssuer: ORGANISATION.id, policySets, ...more });

describe("authorisations", () => {
  const listed = (id: string) => listAuthorisations(directory(), id);

  test("are added by JSON, shown, and revoked, each told in the organisation's log", async () => {
    const user = await newUser();
    const added = await send("/admin/authorisations", { id: user.id, json: registration() });
    expect([added.status, added.url.searchParams.get("done")]).toEqual([200, "authorisation_added"]);
    const [one, ...others] = await listed(user.id);
    expect(others).toEqual([]);
    expect(one).toMatchObject({ registeredBy: `human:${admin.user.id}`, policySets });
    for (const text of [one?.id ?? "?", "GS1.CONTAINER", ORGANISATION.id]) expect(added.html).toContain(text);

    const revoked = await send("/admin/authorisations/revoke", { id: user.id, authorisation: one?.id ?? "" });
    expect(revoked.url.searchParams.get("done")).toBe("authorisation_revoked");
    expect((await listed(user.id))[0]).toMatchObject({
      status: "revoked",
      revokedBy: `human:${admin.user.id}`,
    });
    const told = (await auditOf(user.id)).filter(({ action = "" }) => action.startsWith("authorisation."));
    expect(told.map(({ action }) => action).sort()).toEqual(["authorisation.add", "authorisation.revoke"]);
    for (const entry of told)
      expect(entry).toMatchObject({
        ...{ actor: `human:${admin.user.id}`, organisation: ORGANISATION.id, reason: one?.id },
      });
  });

  test("are added by a form of one policy, which is judged as JSON is", async () => {
    const user = await newUser();
    const form = {
      id: user.id,
      organisation: ORGANISATION.id,
      type: "GS1.CONTAINER",
      identifiers: "a\r\n b \r\n",
    };
    const fields = { ...form, attributes: "*", actions: "ISHARE.READ\nISHARE.UPDATE", until: "2030-12-31" };
    expect((await send("/admin/authorisations", fields)).status).toBe(200);
    const target = {
      resource: { type: "GS1.CONTAINER", identifiers: ["a", "b"], attributes: ["*"] },
      actions: ["ISHARE.READ", "ISHARE.UPDATE"],
    };
    const rules = [{ effect: "Permit" }];
    expect(await listed(user.id)).toMatchObject([
      {
        ...{ organisationId: ORGANISATION.id, notBefore: null, notOnOrAfter: Date.UTC(2031, 0, 1) / 1000 },
        policySets: [{ maxDelegationDepth: 0, policies: [{ target, rules }] }],
      },
    ]);
    for (const [wrong, words] of [
      [{ until: "tomorrow" }, "notOnOrAfter must be a number"],
      [{ until: "2030-13-41" }, "notOnOrAfter must be a number"],
      [{ type: "" }, "resource.type is missing"],
      [{ organisation: SECOND_ORGANISATION.id }, "none of the organisations"],
    ] as const) {
      const page = await send("/admin/authorisations", { ...fields, ...wrong });
      expect([page.status, page.html.includes(words)], words).toEqual([400, true]);
      expect(page.html).toContain("ISHARE.UPDATE"); // nothing is typed twice
    }
    const limited = await newUser();
    await send("/admin/authorisations", { ...fields, id: limited.id, serviceProviders: "NTRNL-1" });
    const environment = { serviceProviders: ["NTRNL-1"] };
    expect((await listed(limited.id))[0]?.policySets[0]?.policies[0]?.target).toEqual({
      ...target,
      environment,
    });
  });

  test.each([
    [" ", "not JSON"],
    ["{", "not JSON"],
    ["[]", "must be an object"],
    [registration({ policySets: [] }), "policySets must have at least 1"],
    [registration({ unknown: 1 }), "unknown has no meaning here"],
    [registration({ policyIssuer: SECOND_ORGANISATION.id }), "none of the organisations"],
    [registration().replace("{", `{"policyIssuer":"${ORGANISATION.id}",`), "is there twice"],
    ['{"__proto__":{}}', "__proto__ is no name for a member"],
  ])("refused: %s", async (json, words) => {
    const user = await newUser();
    const page = await send("/admin/authorisations", { id: user.id, json });
    expect(page.status).toBe(400);
    expect(page.html).toContain(words);
    expect(await listed(user.id)).toEqual([]);
    expect(await actions(user.id)).not.toContain("authorisation.add");
  });

  test("nobody gives themselves anything, and nobody who is inactive gets anything", async () => {
    const page = await send("/admin/authorisations", { id: admin.user.id, json: registration() });
    expect(page.status).toBe(400);
    expect(await listed(admin.user.id)).toEqual([]);
    const user = await newUser();
    await send("/admin/user/status", { id: user.id, status: "inactive" });
    expect((await send("/admin/authorisations", { id: user.id, json: registration() })).status).toBe(400);
    expect(await listed(user.id)).toEqual([]);
  });

  test("another's is not revoked under this user, and none twice", async () => {
    const [user, other] = [await newUser(), await newUser()];
    const record = { policySets, organisationId: ORGANISATION.id, registeredBy: "test" };
    const id = await addAuthorisation(directory(), { ...record, humanId: other.id }, 1);
    const revoke = (of: string) => send("/admin/authorisations/revoke", { id: of, authorisation: id });
    expect((await revoke(user.id)).status).toBe(404);
    expect((await listed(other.id))[0]?.status).toBe("active");
    expect((await revoke(other.id)).status).toBe(200);
    expect((await revoke(other.id)).status).toBe(404);
    expect((await actions(other.id)).filter((it) => it === "authorisation.revoke")).toHaveLength(1);
  });

  test("many are shown in pages", async () => {
    const user = await newUser();
    const record = { policySets, organisationId: ORGANISATION.id, registeredBy: "test", humanId: user.id };
    for (let n = 0; n < 21; n++) await addAuthorisation(directory(), record, n);
    const count = ({ html }: { html: string }) => html.split("registered by").length - 1;
    const first = await admin.visitor.look(`/admin/authorisations?id=${user.id}`);
    expect([count(first), first.html.includes("offset=20")]).toEqual([20, true]);
    expect(count(await admin.visitor.look(`/admin/authorisations?id=${user.id}&offset=20`))).toBe(1);
    expect(count(await admin.visitor.look(`/admin/authorisations?id=${user.id}&offset=-5e9`))).toBe(20);
  });
});
