/** Users are added and changed in the console: judged as the commands judge, told in the audit log, never over somebody else's change. */
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { eraseStatements } from "../../src/directory/personal-data.ts";
import { administrator, auditOf, change, makeAdministrator } from "../support/console.ts";
import { scimClient } from "../support/scim.ts";
import { type Stop, Visitor } from "../support/visitor.ts";
import { directory, type Instance, ISSUER, newUser, skipHashing, startWorker } from "../support/worker.ts";
import { ORGANISATION, SECOND_ORGANISATION } from "../support/world.ts";

type Row = Readonly<Record<string, string | number | null>>;

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
afterEach(() => {
  vi.useRealTimers();
});

const freshName = () => `new-${crypto.randomUUID()}@org.example`;
const rowOf = (by: "id" | "username", value: string) =>
  directory().prepare(`SELECT * FROM humans WHERE ${by} = ?`).bind(value).first<Row>();
const linkOn = ({ html }: Stop) => /<p class="key"><code>([^<]+)</.exec(html)?.[1];
const told = async (id: string) =>
  (await auditOf(id)).filter(({ subject }) => subject === id).map(({ action, actor }) => [action, actor]);
const byMe = (...actions: readonly string[]) => actions.map((it) => [it, `human:${admin.user.id}`]);

describe("adding", () => {
  const person = {
    ...{ givenName: " Nina ", familyName: "Berg", email: "nina@org.example", locale: "nl-NL" },
    ...{ identityAssurance: "substantial", organisation: ORGANISATION.id, organisationName: "" },
  };
  const add = (fields: Readonly<Record<string, string>>) =>
    change(admin.visitor, "/admin/users/add", { ...person, ...fields });

  test("gives a link, this once, with which they set a password and sign in", async () => {
    const username = freshName();
    const page = await add({ username });
    expect([page.status, page.response.headers.get("cache-control")]).toEqual([200, "no-store"]);
    const link = new URL(linkOn(page) ?? "none:");
    expect(link.origin + link.pathname).toBe(`${ISSUER}/reset`);
    const row = await rowOf("username", username);
    expect(row).toMatchObject({
      ...{ given_name: "Nina", locale: "nl-NL", identity_assurance: "substantial", status: "active" },
      home_organisation_id: ORGANISATION.id,
    });
    const id = String(row?.id);
    expect((await told(id)).sort()).toEqual(byMe("human.add", "reset-code.add"));
    const code = link.searchParams.get("code") ?? "";
    expect(JSON.stringify([await auditOf(id), idp.log()])).not.toContain(code);
    expect((await admin.visitor.look(`/admin/user?id=${id}`)).html).not.toContain(code);

    const password = "violet-tractor-lamp-93";
    await new Visitor(idp).post("/reset", { code, password, repeat: password });
    expect((await new Visitor(idp, { id, username, password }).open("/account")).status).toBe(200);
    const { html } = await admin.visitor.look(`/admin/user?id=${id}`);
    expect(html).toContain("Password"); // which counts for no more than low
    const level = await directory()
      .prepare("SELECT level FROM passwords WHERE human_id = ?")
      .bind(id)
      .first();
    expect(level).toEqual({ level: "low" });
  });

  test.each([
    [{ username: "" }, "User name is missing."],
    [{ username: "x".repeat(201) }, "User name is longer than 200 characters."],
    [{ username: "two\nlines" }, "User name must be one line of text."],
    [{ givenName: "  " }, "Given name is missing."],
    [{ email: "nobody" }, "E-mail address is not an e-mail address."],
    [{ gender: "x" }, "Gender must be male or female."],
    [{ locale: "n_l" }, "Language must be a language tag"],
    [{ identityAssurance: "utmost" }, "Identity proven must be low"],
    [{ organisation: "" }, "Identifier of the organisation is missing."],
    [{ organisation: "a b", organisationName: "A" }, "is not an organisation identifier."],
    [{ organisation: "NTRNL-404" }, "Name of the organisation is missing."],
    [{ organisation: "NTRNL-404", organisationName: "n".repeat(201) }, "at most 200 characters"],
    [{ organisationName: "Another" }, "That organisation is called “Example Shipping” here."],
  ])("refused, with what was typed: %o", async (wrong, words) => {
    const fields = { username: freshName(), familyName: "Berg-Typed", ...(wrong as Record<string, string>) };
    const before = await directory().prepare("SELECT count(*) AS n FROM humans").first();
    const page = await add(fields);
    expect([page.status, page.html.includes(words.replaceAll("'", "&#39;"))], words).toEqual([400, true]);
    expect(page.html).toContain("Berg-Typed");
    expect(await directory().prepare("SELECT count(*) AS n FROM humans").first()).toEqual(before);
  });

  test("everything that is wrong is said at once, and the fields are marked", async () => {
    const { html } = await add({ username: "", email: "x", organisation: "" });
    expect(html).toMatch(/User name is missing\. E-mail address is not .*Identifier of the organisation/);
    expect(html.match(/aria-invalid="true"/g)).toHaveLength(4); // both fields of the organisation
  });

  test("a name that is taken, however it is spelt", async () => {
    const user = await newUser();
    const page = await add({ username: ` ${user.username.toUpperCase()}` });
    expect([page.status, page.html.includes("already a user of that name")]).toEqual([409, true]);
    expect(linkOn(page)).toBeUndefined();
    expect(await told(user.id)).toEqual([]);
  });

  test("nobody is proven better than the administrator was", async () => {
    const username = freshName();
    expect((await add({ username, identityAssurance: "high" })).status).toBe(403);
    expect(await rowOf("username", username)).toBeNull();
  });

  test("a name under another organisation's suffix is that one's directory's to give; under one's own it is found", async () => {
    const suffix = `@${crypto.randomUUID()}.example`;
    const theirs = await scimClient(idp, SECOND_ORGANISATION, suffix);
    const username = `nina${suffix}`;
    const refused = await add({ username: username.toUpperCase() });
    expect([refused.status, refused.html.includes(SECOND_ORGANISATION.name)]).toEqual([409, true]);
    expect((await theirs.make(username)).body.active).toBe(true); // nothing was in its way

    const other = `otto${suffix}`;
    const own = { organisation: SECOND_ORGANISATION.id, organisationName: SECOND_ORGANISATION.name };
    expect((await add({ username: other, ...own })).status).toBe(200);
    const found = await theirs.list({ filter: `userName eq "${other}"` });
    expect(found.body.totalResults).toBe(1);
    expect((await theirs.make(other)).status).toBe(409);
  });

  test("no field of the form gives a role, a password or a status", async () => {
    const username = freshName();
    const more = { role: "administrator", password: "chosen", passwordHash: "x", status: "inactive" };
    expect((await add({ username, ...more })).status).toBe(200);
    const row = await rowOf("username", username);
    expect(row).toMatchObject({ status: "active" });
    for (const table of ["human_roles", "passwords"]) {
      const found = await directory()
        .prepare(`SELECT 1 FROM ${table} WHERE human_id = ?`)
        .bind(row?.id ?? "")
        .first();
      expect(found).toBeNull();
    }
  });
});

describe("changing", () => {
  const FORM = "/admin/user/change";
  const as = {
    ...{ givenName: "Una", familyName: "User", email: "una@example.com", phone: "", gender: "", locale: "" },
    identityAssurance: "high",
  };
  const opened = (id: string, by = admin) => by.visitor.look(`${FORM}?id=${id}`);
  const save = (page: Stop, fields: Partial<typeof as>, by = admin) =>
    by.visitor.answer(page, { ...as, ...fields }, FORM);

  test("what is another is changed and named in the log, the rest stays", async () => {
    const user = await newUser();
    await directory().prepare("UPDATE humans SET email_verified = 1 WHERE id = ?").bind(user.id).run();
    const page = await save(await opened(user.id), { email: "new@example.com", phone: "+31 6" });
    expect([page.status, page.url.searchParams.get("done")]).toEqual([200, "user_changed"]);
    expect(await rowOf("id", user.id)).toMatchObject({
      ...{ email: "new@example.com", email_verified: 0, phone: "+31 6", given_name: "Una" },
      identity_assurance: "high", // above the administrator's own, and not said anew
    });
    const [entry] = await auditOf(user.id);
    expect(entry).toMatchObject({
      ...{ actor: `human:${admin.user.id}`, action: "human.change", reason: "email,phone" },
    });
    expect(JSON.stringify(entry)).not.toContain("new@example.com");
    await save(await opened(user.id), { email: "new@example.com", phone: " " });
    expect((await rowOf("id", user.id))?.phone).toBeNull();
  });

  test("nothing that is another: no change, and no entry", async () => {
    const user = await newUser();
    const before = await rowOf("id", user.id);
    expect((await save(await opened(user.id), {})).url.searchParams.get("done")).toBe("user_changed");
    expect(await rowOf("id", user.id)).toEqual(before);
    expect(await told(user.id)).toEqual([]);
  });

  test.each([
    [{ givenName: "" }, 400, "Given name is missing."],
    [{ email: "x" }, 400, "not an e-mail address"],
    [{ identityAssurance: "utmost" }, 400, "Identity proven must be"],
    [{ givenName: "Eve" }, 403, "proven no better"], // high is above the administrator's own session
  ])("refused, with what was typed: %o", async (wrong, status, words) => {
    const user = await newUser();
    const page = await save(await opened(user.id), { familyName: "User", phone: "+31 typed", ...wrong });
    expect([page.status, page.html.includes(words), page.html.includes("+31 typed")]).toEqual([
      status,
      true,
      true,
    ]);
    expect((await rowOf("id", user.id))?.phone).toBeNull();
    expect(await told(user.id)).toEqual([]);
  });

  test("who gets another name is proven as well as the administrator says, up to their own level", async () => {
    const user = await newUser({ identityAssurance: "low" });
    expect((await save(await opened(user.id), { identityAssurance: "high" })).status).toBe(403);
    const renamed = await save(await opened(user.id), { givenName: "Ida", identityAssurance: "substantial" });
    expect(renamed.status).toBe(200);
    expect(await rowOf("id", user.id)).toMatchObject({
      given_name: "Ida",
      identity_assurance: "substantial",
    });
  });

  test("two administrators at once: the second sees what the first wrote, and nothing is lost", async () => {
    const second = await administrator(idp);
    await second.visitor.open("/admin");
    const user = await newUser({ identityAssurance: "substantial" });
    const level = { identityAssurance: "substantial" };
    const [mine, theirs] = [await opened(user.id), await opened(user.id, second)];
    expect((await save(mine, { ...level, familyName: "First" })).status).toBe(200);
    const refused = await save(theirs, { ...level, phone: "+31 second" }, second);
    expect(refused.status).toBe(409);
    for (const text of ["changed meanwhile", "+31 second", "It is now: First."])
      expect(refused.html).toContain(text);
    expect(await rowOf("id", user.id)).toMatchObject({ family_name: "First", phone: null });
    // What is sent now is what was seen.
    const again = await save(refused, { ...level, familyName: "First", phone: "+31 second" }, second);
    expect(again.status).toBe(200);
    expect(await rowOf("id", user.id)).toMatchObject({ family_name: "First", phone: "+31 second" });
    expect((await told(user.id)).map(([action]) => action)).toEqual(["human.change", "human.change"]);
  });

  test("a form of before the user was erased writes nothing", async () => {
    const user = await newUser();
    const page = await opened(user.id);
    await directory().batch(eraseStatements(directory(), user.id, "test", 1));
    const erased = await rowOf("id", user.id);
    expect((await save(page, { email: "back@example.com" })).status).toBe(404);
    expect((await opened(user.id)).status).toBe(404);
    expect(await rowOf("id", user.id)).toEqual(erased);
    expect(await told(user.id)).toEqual([]);
  });

  test("not oneself", async () => {
    expect((await opened(admin.user.id)).status).toBe(403);
    const version = String((await rowOf("id", admin.user.id))?.version);
    const fields = { ...as, id: admin.user.id, version, givenName: "Boss" };
    expect((await change(admin.visitor, FORM, fields)).status).toBe(403);
    expect((await rowOf("id", admin.user.id))?.given_name).toBe("Una");
  });

  test("another administrator, whose role and session stay", async () => {
    const other = await newUser();
    await makeAdministrator(other);
    expect((await save(await opened(other.id), { email: "other@example.com" })).status).toBe(200);
  });

  test("a provisioned one: their directory reads it, and what it began before is refused", async () => {
    const theirs = await scimClient(idp, ORGANISATION);
    const user = await newUser();
    const before = await theirs.send("GET", `/Users/${user.id}`);
    const page = await opened(user.id);
    expect(page.html).toContain("keeps this user as well");
    await save(page, { email: "console@example.com" });
    const after = await theirs.send("GET", `/Users/${user.id}`);
    expect(after.body.emails[0].value).toBe("console@example.com");
    const old = { "if-match": before.body.meta.version };
    const late = await theirs.send("PUT", `/Users/${user.id}`, { ...before.body, title: "T" }, old);
    expect(late.status).toBe(412);

    const form = await opened(user.id);
    await theirs.send("DELETE", `/Users/${user.id}`);
    const gone = await save(form, { email: "late@example.com" });
    expect([gone.status, gone.html.includes("own organisation removed them")]).toEqual([409, true]);
    expect((await rowOf("id", user.id))?.email).toBe("console@example.com");
  });
});
