/** A request that was refused is found in the console by its correlation id; and what that costs, and never tells. */
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { RefusalStore } from "../../src/store/ports.ts";
import { createRefusalStore } from "../../src/store/recent-refusals.ts";
import { administrator, change } from "../support/console.ts";
import { countCosts } from "../support/counting.ts";
import { mintLeaf } from "../support/pki.ts";
import { Visitor } from "../support/visitor.ts";
import { type Instance, ISSUER, newUser, skipHashing, startWorker } from "../support/worker.ts";
import { authorizeForm, codeForm, machineForm, ORGANISATION, type Sp } from "../support/world.ts";

let idp: Instance;
let sp: Sp;
let admin: Awaited<ReturnType<typeof administrator>>;
let store: RefusalStore;
beforeAll(async () => {
  skipHashing();
  idp = await startWorker();
  ({ sp } = idp.world);
  store = createRefusalStore(idp.bindings.RECENT_REFUSALS as DurableObjectNamespace);
  admin = await administrator(idp);
});
afterEach(() => {
  vi.useRealTimers();
});

const post = (path: string, form: Readonly<Record<string, string>>, at = idp) =>
  at.send(
    new Request(ISSUER + path, { method: "POST", body: new URLSearchParams(form), redirect: "manual" }),
  );
const referenceOf = (response: Response) => response.headers.get("x-correlation-id") ?? "?";
const kept = async (reference: string) =>
  (await store.search({ reference }, 10, undefined, Math.floor(Date.now() / 1000))).refusals;
const keptOf = async (refused: Response | Promise<Response>) => (await kept(referenceOf(await refused)))[0];
const look = (query: Readonly<Record<string, string>>) =>
  admin.visitor.open(`/admin/refusals?${new URLSearchParams(query)}`);

describe("what is refused is kept", () => {
  test("at the token endpoint, and told on the page by its reference", async () => {
    const trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    const refused = await idp.send(
      new Request(`${ISSUER}/connect/token`, {
        method: "POST",
        headers: { traceparent: `00-${trace}-00f067aa0ba902b7-01` },
        body: new URLSearchParams(await machineForm(sp, { client_assertion: "a.b.c" })),
      }),
    );
    const reference = referenceOf(refused);
    const [one, ...more] = await kept(reference);
    expect(more).toEqual([]);
    expect(one).toEqual({
      ...{ seq: expect.any(Number), at: expect.any(Number), correlationId: reference, traceId: trace },
      ...{ endpoint: "/connect/token", method: "POST", status: 400 },
      ...{ reason: "jwt_not_compact", answer: "invalid_client" },
    });
    for (const sought of [reference, ` ${reference.toUpperCase()} `, `${reference}.sealed`, trace]) {
      const { html, status } = await look({ reference: sought });
      expect(status).toBe(200);
      for (const text of [
        reference,
        "jwt_not_compact",
        "invalid_client",
        "is not three base64url parts",
        trace,
      ])
        expect(html).toContain(text);
    }
    expect((await look({ reference: crypto.randomUUID() })).html).toContain("There is nothing like that");
  });

  test("with the party, where it was proven", async () => {
    const code = `grant.${"x".repeat(40)}`;
    expect(await keptOf(post("/connect/token", await codeForm(sp, code)))).toMatchObject({
      reason: "code_malformed",
      answer: "invalid_grant",
      party: { id: sp.id, proven: true },
    });
    const visitor = new Visitor(idp, await newUser());
    const stop = await visitor.visit(sp);
    const issued = stop.url.searchParams.get("code") ?? "";
    const wrong = { redirect_uri: "https://sp1.example/other" };
    expect(await keptOf(post("/connect/token", await codeForm(sp, issued, wrong)))).toMatchObject({
      ...{ reason: "code_redirect_uri", answer: "invalid_grant", party: { id: sp.id, proven: true } },
    });
    const { html } = await look({ party: sp.id, reason: "code_redirect_uri" });
    expect(html).toContain("The redirect_uri is not that of the request.");
    expect(html).not.toContain("says to be");
  });

  test("and marked where it was only claimed", async () => {
    const leaf = await mintLeaf(idp.world.pki, "NTRNL-10000099");
    const stranger = { ...sp, id: "did:ishare:EU.NL.NTRNL-10000099", leaf };
    const refused = await post("/connect/token", await machineForm(stranger));
    expect(await keptOf(refused)).toMatchObject({
      reason: "party_unknown",
      party: { id: stranger.id, proven: false },
    });
    expect((await look({ reference: referenceOf(refused) })).html).toContain("by somebody who says to be");
  });

  test("at authorize, where the error page shows the same reference", async () => {
    const refused = await post(
      "/connect/authorize",
      await authorizeForm(sp, { redirect_uri: "http://x.example" }),
    );
    const page = new URL(refused.headers.get("location") ?? "");
    const one = await keptOf(refused);
    expect(one).toMatchObject({
      ...{
        endpoint: "/connect/authorize",
        status: 302,
        reason: "redirect_uri_scheme",
        answer: "invalid_request",
      },
    });
    expect(page.searchParams.get("id")?.split(".")[0]).toBe(one?.correlationId);
  });

  test("at userinfo, and where a human is sent back without a code", async () => {
    const headers = { authorization: "Bearer nothing" };
    expect(await keptOf(idp.send(new Request(`${ISSUER}/connect/userinfo`, { headers })))).toMatchObject({
      ...{ endpoint: "/connect/userinfo", status: 401, answer: "invalid_token" },
    });
    const visitor = new Visitor(idp, await newUser()).with({ "/organisation": { decision: "deny" } });
    const back = await visitor.with({ "/consent": { decision: "deny" } }).visit(sp);
    expect(back.url.searchParams.get("error")).toBe("access_denied");
    expect(await keptOf(back.response)).toMatchObject({
      ...{ reason: "human_declined", answer: "access_denied", party: { id: sp.id, proven: true } },
    });
  });

  test("by SCIM, and by this console", async () => {
    const owner = { owner: ORGANISATION.id, name: ORGANISATION.name, suffix: "@refusals.example" };
    const { html } = await change(admin.visitor, "/admin/tokens", owner);
    const token = /scim_[0-9a-f]{32}_[\w-]{43}/.exec(html)?.[0] ?? "";
    const headers = { authorization: `Bearer ${token}` };
    const filter = new URLSearchParams({ filter: "nonsense" });
    expect(
      await keptOf(idp.send(new Request(`${ISSUER}/scim/v2/Users?${filter}`, { headers }))),
    ).toMatchObject({
      ...{ endpoint: "scim", reason: "scim_filter" },
    });
    const { response } = await admin.visitor.post("/admin/tokens", { token: "x" });
    expect(await keptOf(response)).toMatchObject({ endpoint: "/admin/tokens", reason: "admin_form" });
  });
});

test("nothing of what was sent is kept", async () => {
  const secret = "zq-secret-zq";
  for (const path of [
    "/login",
    "/connect/token",
    `/${secret}`,
    "/error",
    "/connect/authorize",
    "/connect/userinfo",
  ]) {
    const form = { code: secret, username: secret, password: secret, request: secret, client_id: secret };
    await post(`${path}?id=${secret}`, { ...form, [secret]: "1" });
    await post(path, { client_assertion: secret, ...form });
    await idp.send(
      new Request(`${ISSUER}${path}?code=${secret}&a_name_of_theirs=1&a_name_of_theirs=2`, {
        headers: { "user-agent": secret, traceparent: secret, authorization: `Bearer ${secret}` },
      }),
    );
  }
  await post("/connect/token", await codeForm(sp, secret));
  await post("/connect/token", await machineForm(sp, { client_id: secret }));
  await post("/connect/authorize", { ...(await authorizeForm(sp, { state: secret })), scope: secret });
  await new Visitor(idp, { ...(await newUser()), password: secret }).visit(sp);
  const all = await store.search({}, 2000, undefined, Math.floor(Date.now() / 1000));
  expect(all.refusals.length).toBeGreaterThan(20);
  expect(JSON.stringify(all)).not.toContain(secret);
  expect(JSON.stringify(all)).not.toContain("a_name_of_theirs");
  const { html } = await look({});
  expect(html).not.toContain(secret);
});

describe("what it costs", () => {
  test("a good request: nothing; a refused one: one call, when the answer is there", async () => {
    const { at, take } = countCosts(idp);
    await post("/connect/token", await machineForm(sp), at);
    expect(take().objects.filter((it) => it.startsWith("RECENT_REFUSALS"))).toEqual([]);
    await post("/connect/token", await machineForm(sp, { scope: "openid" }), at);
    expect(take().objects.filter((it) => it.startsWith("RECENT_REFUSALS"))).toEqual(["RECENT_REFUSALS.keep"]);
  });

  test("a flood: one call per pause, with no more than there is room for", async () => {
    const batches: number[] = [];
    const namespace = {
      idFromName: () => "id",
      get: () => ({ keep: async (batch: readonly unknown[]) => void batches.push(batch.length) }),
    };
    const at = idp.with({ RECENT_REFUSALS: namespace } as unknown as Record<string, string>);
    let end = (): void => undefined;
    const pause = new Promise<void>((resolve) => {
      end = resolve;
    });
    const wait = Object.getOwnPropertyDescriptor(scheduler, "wait");
    Object.defineProperty(scheduler, "wait", { value: () => pause, configurable: true });
    const first = post("/connect/token", {}, at); // its work in the background waits
    for (let n = 0; n < 300; n++) await post("/connect/token", { grant_type: "x" }, at);
    expect(batches).toEqual([]);
    end();
    await first;
    if (wait !== undefined) Object.defineProperty(scheduler, "wait", wait);
    expect(batches).toEqual([26]); // of one reason 25, and the first
  });
});

test("the object is away: the answer is the same, and one line says what is lost", async () => {
  const namespace = {
    idFromName: () => "id",
    get: () => ({ keep: () => Promise.reject(new TypeError("gone")) }),
  };
  const at = idp.with({ RECENT_REFUSALS: namespace } as unknown as Record<string, string>);
  idp.log();
  const form = await machineForm(sp, { client_assertion: "a.b.c" });
  const answers = [await post("/connect/token", form, at), await post("/connect/token", form)];
  const [down, up] = await Promise.all(answers.map(async (it) => [it.status, await it.text()]));
  expect(down).toEqual(up);
  expect((await post("/connect/token", form, at)).status).toBe(400);
  expect(idp.log().filter(({ event }) => event === "refusals_not_kept")).toEqual([
    expect.objectContaining({ cause: "TypeError", refusals: 1 }),
  ]);
  expect((await post("/connect/token", await machineForm(sp), at)).status).toBe(200);
});

describe("the page", () => {
  test("shows the latest first, in pages, and says what it is", async () => {
    for (let n = 0; n < 30; n++) {
      await post("/connect/token", { n: String(n) });
      await idp.send(new Request(`${ISSUER}/connect/userinfo`));
    }
    const last = referenceOf(await post("/connect/token", {}));
    const first = await look({});
    expect(first.html.indexOf(last)).toBeGreaterThan(0);
    expect(first.html.split("reference <a").length - 1).toBe(50);
    const next = /<a href="([^"]*)" rel="next">/.exec(first.html)?.[1]?.replaceAll("&amp;", "&") ?? "";
    const second = await admin.visitor.look(next);
    expect(second.html).not.toContain(last);
    for (const text of ["within 14 days", "Under load this is a sample"]) expect(first.html).toContain(text);
    const overview = await admin.visitor.look("/admin");
    expect(overview.html.split('href="/admin/refusals"').length - 1).toBe(2);
  });

  test("filters by what its links say, and what is asked is text", async () => {
    const refused = referenceOf(await post("/connect/token", { grant_type: "x" }));
    const { html } = await look({ reference: refused });
    for (const query of [/\/admin\/refusals\?reason=\w+/, /\/admin\/refusals\?endpoint=[^"]+/]) {
      const link = query.exec(html)?.[0] ?? "";
      expect((await admin.visitor.look(link)).html).toContain(refused);
    }
    const markup = `"><img src=x onerror=alert(1)>`;
    for (const name of ["reference", "reason", "party", "endpoint", "before"])
      expect((await look({ [name]: markup })).html).not.toContain("<img");
  });
});
