/** The console's pages about the house itself: tokens of directories, keys and settings, parties, the audit log. */
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { administrator, auditOf, change } from "../support/console.ts";
import { chainPem, keyPem, mintLeaf } from "../support/pki.ts";
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

  test("are shown a hundred at a time, each once, of one organisation or of all", async () => {
    const add = directory().prepare(
      `INSERT INTO scim_tokens (id, organisation_id, organisation_name, username_suffix, hash, created_by, created_at)
       VALUES (?, 'NTRNL-many', 'Many', ?1, ?1, 'x', 1)`,
    );
    const ids = Array.from({ length: 201 }, (_, n) => `many-${String(n).padStart(3, "0")}`);
    await directory().batch(ids.map((id) => add.bind(id)));
    for (const query of ["?organisation=NTRNL-many", ""]) {
      const seen: string[] = [];
      let pages = 0;
      let next: string | undefined = `/admin/tokens${query}`;
      while (next !== undefined) {
        const { html } = await admin.visitor.look(next);
        seen.push(...[...html.matchAll(/<small>(many-\d+)<\/small>/g)].map(([, id = ""]) => id));
        next = /<a href="([^"]*)" rel="next">/.exec(html)?.[1]?.replaceAll("&amp;", "&");
        pages++;
      }
      expect(seen.sort()).toEqual(ids);
      expect(pages).toBe(3);
    }
    await directory().prepare("DELETE FROM scim_tokens WHERE organisation_id = 'NTRNL-many'").run();
  });

  test("an organisation that has no more than one is reached from there, and renamed", async () => {
    const suffix = `@${crypto.randomUUID()}.example`;
    await send("/admin/tokens", { owner: "NTRNL-tokens", name: "Tokns", suffix });
    const way = "/admin/organisation?id=NTRNL-tokens";
    expect((await admin.visitor.look("/admin/tokens")).html).toContain(`<a href="${way}">Tokns</a>`);
    expect((await admin.visitor.look(way)).html).toContain("0 active users");
    const fields = { id: "NTRNL-tokens", name: "Tokens", seen: "Tokns", names: "1" };
    const renamed = await send("/admin/organisation", fields);
    expect(renamed.url.searchParams.get("done")).toBe("organisation_renamed");
    expect((await admin.visitor.look("/admin/tokens")).html).toContain(`<a href="${way}">Tokens</a>`);
    const told = (await auditOf("NTRNL-tokens")).map(({ action }) => action);
    expect(told.sort()).toEqual(["organisation.rename", "token.add"]);
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
  expect(servicesOn(html)).toEqual({ ...NOTHING_BOUND, OTLP_ENDPOINT: "in force" });
});

/** What the page says of each optional service. */
const servicesOn = (html: string) =>
  Object.fromEntries(
    [...(html.split("Optional services")[1] ?? "").matchAll(/<dt>(\w+)<\/dt><dd>(.*?)<\/dd>/g)].map((it) => [
      it[1],
      it[2],
    ]),
  );
const OPTIONAL = ["AUDIT_EXPORT", "LOGIN_RATE_LIMIT", "PARTY_RATE_LIMIT", "METRICS"];
const NOTHING_BOUND = Object.fromEntries(
  [...OPTIONAL, "SIGNER_URL", "OTLP_ENDPOINT"].map((name) => [name, "(none)"]),
);

test.each(OPTIONAL)("%s is in force where it is bound", async (name) => {
  const limiter = { limit: async () => ({ success: true }), writeDataPoint: () => {} };
  const bound = { [name]: limiter } as unknown as Record<string, string>;
  const { visitor } = await administrator(idp.with(bound));
  expect(servicesOn((await visitor.open("/admin")).html)).toEqual({ ...NOTHING_BOUND, [name]: "in force" });
});

test.each([
  [61, undefined],
  [59, "It ends in 59 days."],
  [6, "It ends in 6 days."],
])("a key that ends in %i days: %s", async (days, words) => {
  const notAfter = new Date(Date.now() + days * 86_400_000 + 3_600_000);
  const leaf = await mintLeaf(idp.world.pki, "NTRNL-10000010", { notAfter });
  const ending = { SIGNING_KEY: await keyPem(leaf), CERTIFICATE_CHAIN: chainPem(leaf) };
  const { html } = await (await administrator(idp.with(ending))).visitor.open("/admin");
  expect(/It ends [^<]*/.exec(html)?.[0]).toBe(words);
  expect(html).toContain(`ends <time datetime="${notAfter.toISOString().slice(0, 10)}`);
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

test("parties are searched by name and identifier, page by page; what KV says of a name is not shown", async () => {
  await new Visitor(idp, await newUser()).visit(sp);
  const { TRUST_CACHE } = idp.bindings as { TRUST_CACHE: KVNamespace };
  const later = { wantedAt: Math.floor(Date.now() / 1000) + 1, name: "Forged Name" };
  const prefix = `2.1:${idp.world.registry.partyId}:party:`;
  await Promise.all(
    Array.from({ length: 60 }, (_, n) =>
      TRUST_CACHE.put(`${prefix}EU.EORI.NL${n}`, "x", { metadata: later }),
    ),
  );
  const look = async (query: string) => (await admin.visitor.look(`/admin/parties${query}`)).html;
  const first = await look("");
  expect(first.match(/no answer held/g)).toHaveLength(50);
  expect(first).not.toContain(sp.id);
  const next = /<a href="([^"]*)" rel="next">/.exec(first)?.[1] ?? "";
  const second = await look(next.slice("/admin/parties".length));
  expect(second.match(/no answer held/g)).toHaveLength(10);
  expect(second).toContain(sp.id);
  expect(second).not.toContain('rel="next"');
  for (const search of ["FIRST+%26", sp.id.slice(-8)]) {
    const found = await look(`?search=${search}`);
    expect(found).toContain(`<small>${sp.id}</small>`);
    expect(found).not.toContain("no answer held");
  }
  const forged = await look("?search=forged");
  expect(forged.match(/no answer held/g)).toHaveLength(50);
  expect(forged).toContain("/admin/parties?search=forged&amp;offset=50");
  expect(forged).not.toContain("Forged Name");
  expect(await look("?search=%25")).toContain("Nobody.");
  for (const offset of ["-1", "x", "1e99", "0.5"])
    expect((await look(`?offset=${offset}`)).match(/no answer held/g)).toHaveLength(50);
  for (let n = 0; n < 60; n++) await TRUST_CACHE.delete(`${prefix}EU.EORI.NL${n}`);
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
