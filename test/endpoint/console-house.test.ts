/** The console's pages about the house itself: tokens of directories, keys and settings, parties, the audit log. */
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { administrator, auditOf, change } from "../support/console.ts";
import { Visitor } from "../support/visitor.ts";
import { directory, type Instance, ISSUER, newUser, skipHashing, startWorker } from "../support/worker.ts";
import { ORGANISATION, SECOND_ORGANISATION, type Sp } from "../support/world.ts";

let idp: Instance;
let sp: Sp;
let admin: Awaited<ReturnType<typeof administrator>>;
beforeAll(async () => {
  skipHashing();
  idp = await startWorker();
  ({ sp } = idp.world);
  admin = await administrator(idp);
});
afterEach(() => {
  vi.useRealTimers();
});

const send = (path: string, fields: Readonly<Record<string, string>>) => change(admin.visitor, path, fields);
const scim = (token: string) =>
  idp.send(new Request(`${ISSUER}/scim/v2/Users`, { headers: { authorization: `Bearer ${token}` } }));

describe("tokens", () => {
  const owner = { owner: SECOND_ORGANISATION.id, name: SECOND_ORGANISATION.name };

  test("are made, shown once, work, and are revoked, with the administrator's name", async () => {
    const made = await send("/admin/tokens", { ...owner, suffix: "@second.example" });
    const token = /scim_[0-9a-f]{32}_[\w-]{43}/.exec(made.html)?.[0] ?? "";
    expect((await scim(token)).status).toBe(200);
    const [, id = ""] = token.split("_");
    const list = await admin.visitor.look(`/admin/tokens?organisation=${SECOND_ORGANISATION.id}`);
    for (const text of [id, "@second.example", `human:${admin.user.id}`]) expect(list.html).toContain(text);
    expect(list.html).not.toContain(token);
    expect((await admin.visitor.look(`/admin/tokens?organisation=${ORGANISATION.id}`)).html).not.toContain(
      id,
    );

    const revoked = await send("/admin/tokens/revoke", { id });
    expect(revoked.url.searchParams.get("done")).toBe("token_revoked");
    expect((await scim(token)).status).toBe(401);
    expect((await send("/admin/tokens/revoke", { id })).status).toBe(404);
    const told = await auditOf(id);
    expect(told.map(({ action }) => action).sort()).toEqual(["token.add", "token.revoke"]);
    for (const { actor, organisation } of told)
      expect([actor, organisation]).toEqual([`human:${admin.user.id}`, SECOND_ORGANISATION.id]);
    expect(JSON.stringify([told, idp.log()])).not.toContain(token.slice(-43));
  });

  test.each([
    [{ owner: "" }, "is missing"],
    [{ owner: "two words" }, "organisation identifier"],
    [{ name: "" }, "one line"],
    [{ name: "two\nlines" }, "one line"],
    [{ suffix: "x".repeat(201) }, "one line"],
    [{ suffix: "" }, "one line"], // every name: by command only
  ])("refused: %o", async (wrong, words) => {
    const page = await send("/admin/tokens", { ...owner, ...(wrong as unknown as Record<string, string>) });
    expect(page.status).toBe(400);
    expect(page.html).toContain(words);
  });

  test("not for names that end like another organisation's", async () => {
    const suffix = `@${crypto.randomUUID()}.example`;
    const theirs = { owner: ORGANISATION.id, name: ORGANISATION.name, suffix };
    expect((await send("/admin/tokens", theirs)).html).toContain("scim_");
    const refused = await send("/admin/tokens", { ...owner, suffix: suffix.slice(5) });
    expect(refused.status).toBe(400);
    expect(refused.html).toContain("overlaps");
    expect(refused.html).not.toContain("scim_");
  });
});

test("keys and settings are shown, and no secret of the configuration", async () => {
  const secrets = {
    OTLP_ENDPOINT: "https://collector.example/v1/otlp-path-secret",
    OTLP_HEADERS: "authorization=otlp-header-secret",
  };
  const at = idp.with(secrets);
  const { visitor } = await administrator(at);
  const { html } = await visitor.open("/admin");
  for (const text of ["current", "signs", "SESSION_IDLE_SECONDS", "1800", sp.id ? "PARTY_ID" : ""])
    expect(html).toContain(text);
  const { SIGNING_KEY, DATA_KEY } = at.bindings as Record<string, string>;
  for (const key of [SIGNING_KEY, DATA_KEY])
    if (key !== undefined) expect(html).not.toContain(key.replaceAll(/\s/g, "").slice(40, 72));
  expect(html).not.toContain("secret");
});

test("a key that ends soon is said", async () => {
  const { visitor } = await administrator(idp);
  const quiet = await visitor.open("/admin");
  const until = /ends <time datetime="([^"]*)"/.exec(quiet.html)?.[1] ?? "";
  const left = (Date.parse(until) - Date.now()) / 86_400_000;
  expect(quiet.html.includes("It ends in")).toBe(left <= 60);
});

test("parties that came by, and the trusted list: from what is held, with no look-up", async () => {
  await new Visitor(idp, await newUser()).visit(sp);
  const asked = vi.fn();
  const registry = globalThis.fetch;
  vi.stubGlobal("fetch", (...given: Parameters<typeof fetch>) => {
    asked();
    return registry(...given);
  });
  const { html } = await admin.visitor.open("/admin/parties");
  vi.stubGlobal("fetch", registry);
  for (const text of [sp.id, "First &amp; Sons", "active", "Authorities granted: 1"])
    expect(html).toContain(text);
  expect(asked).not.toHaveBeenCalled();
});

test("organisations, with the way to their users, tokens and log", async () => {
  await newUser({ organisations: [SECOND_ORGANISATION] });
  const { html } = await admin.visitor.open("/admin/organisations");
  for (const { id } of [ORGANISATION, SECOND_ORGANISATION])
    expect(html).toContain(`/admin/users?organisation=${encodeURIComponent(id)}`);
});

describe("the audit log", () => {
  test("a refused sign-in is found by the reference that the human was given", async () => {
    const user = await newUser();
    const wrong = await new Visitor(idp, { ...user, password: "wrong" }).open("/account");
    const reference = wrong.response.headers.get("x-correlation-id") ?? "?";
    await idp.scheduled();
    const { html } = await admin.visitor.open(`/admin/audit?search=${reference}`);
    for (const text of ["sign-in.refuse", user.id, reference]) expect(html).toContain(text);
    expect(html).not.toContain(user.username);
    expect((await admin.visitor.look("/admin/audit?search=no-such-reference")).html).toContain(
      "There is nothing",
    );
  });

  test("is one organisation's, or our own; the latest first, older ones on further pages", async () => {
    const before = await directory()
      .prepare("SELECT seq FROM audit_heads WHERE organisation_id = ''")
      .first<number>("seq");
    const entry = (n: number) =>
      JSON.stringify({ actor: "idp", action: `test-${n}.end`, correlationId: "c" });
    for (const organisation of ["", ORGANISATION.id])
      for (let n = 1; n <= (organisation === "" ? 60 : 1); n++)
        await directory()
          .prepare("INSERT INTO audit_pending (id, organisation_id, at, entry) VALUES (?, ?, 1, ?)")
          .bind(crypto.randomUUID(), organisation, entry(organisation === "" ? n : 1000))
          .run();
    await idp.scheduled();
    const first = await admin.visitor.open("/admin/audit");
    expect(first.html.indexOf("test-60.end")).toBeLessThan(first.html.indexOf("test-59.end"));
    expect(first.html).not.toContain("test-1000.end");
    const next = /<a href="([^"]*)" rel="next">/.exec(first.html)?.[1]?.replaceAll("&amp;", "&") ?? "";
    expect(Number(new URL(next, ISSUER).searchParams.get("before"))).toBeGreaterThan(before ?? 0);
    const second = await admin.visitor.look(next);
    expect(second.html).toContain("test-1.end");
    expect(second.html).not.toContain("test-60.end");
    const own = await admin.visitor.look(`/admin/audit?organisation=${encodeURIComponent(ORGANISATION.id)}`);
    expect(own.html).toContain("test-1000.end");
    expect(own.html).not.toContain("test-60.end");
  });
});
