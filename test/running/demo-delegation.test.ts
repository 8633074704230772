/**
 * The demo asks what a human may do: at the sandbox with an Identity Provider that answers, and by itself with one that
 * refuses, or whose answer proves something else than what was asked.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import app from "../../sandbox/demo/index.tsx";
import { type Purpose, seal } from "../../sandbox/demo/seal.ts";
import type { Env } from "../../sandbox/demo/service-provider.ts";
import { readForm, signIn, TestBrowser, unescapeHtml } from "../support/browser.ts";
import { policySet } from "../support/delegation.ts";
import { epoch, frame, signJwt } from "../support/jwt.ts";
import { chainPem, fingerprintOf, keyPem } from "../support/pki.ts";
import { run } from "../support/running.ts";
import { Sandbox } from "../support/sandbox.ts";
import { createWorld, IDP_ID, ORGANISATION, REGISTRY_ID, type World } from "../support/world.ts";

const COOKIE = "demo-session";
const headingOf = (html: string): string => unescapeHtml(/<h1>(.*?)<\/h1>/s.exec(html)?.[1] ?? "");
const told = async (response: Promise<Response>) => {
  const { status, headers } = await response;
  const html = await (await response).text();
  return { status, headers, html, heading: headingOf(html) };
};

describe("at the sandbox", () => {
  let sandbox: Sandbox;
  let demo: TestBrowser;
  beforeAll(async () => {
    sandbox = await Sandbox.create();
    demo = newBrowser(demoOrigin());
  });
  afterAll(() => sandbox?.remove());

  const newBrowser = (origin: string) => new TestBrowser(origin, (request) => fetch(request));
  const demoOrigin = () => new URL(sandbox.serviceProvider(0).redirectUri).origin;
  const ask = (container: string, headers = {}) => told(demo.post("/release", { container }, headers));
  const directory = (command: string, ...more: readonly string[]) =>
    run(["directory", command, "--state", join(sandbox.folder, "state"), ...more]);

  /** @returns path and query of the answer that the browser is sent back with */
  async function signInAtIdp(browser: TestBrowser, username: string): Promise<string> {
    const handover = readForm(await (await browser.post("/start", { level: "low" })).text());
    const idp = newBrowser(sandbox.description.idp.url);
    const begun = await idp.post("/connect/authorize", handover.fields);
    const back = await signIn(idp, begun.headers.get("location") ?? "", sandbox.user(username));
    return back.pathname + back.search;
  }
  const signInAt = async (browser: TestBrowser, username: string) =>
    told(browser.get(await signInAtIdp(browser, username)));

  async function authorise(username: string, policySets: readonly object[]) {
    const file = join(sandbox.folder, `${crypto.randomUUID()}.json`);
    const [organisation] = sandbox.user(username).organisations;
    await writeFile(file, JSON.stringify({ policyIssuer: organisation?.id, policySets }));
    const added = await directory("add-authorisation", "--username", username, "--policy-file", file);
    expect(added).toMatchObject({ code: 0, stderr: "" });
  }

  test("without a session, or with a forged one, nothing is asked", async () => {
    const stranger = newBrowser(demoOrigin());
    const answers = async () => [
      await told(stranger.get("/release")),
      await told(stranger.get("/authorisations")),
      await told(stranger.post("/release", { container: "MSKU1234565" })),
    ];
    for (const cookie of [undefined, "", "x", "eyJhbGciOiJub25lIn0..a.b.c", "e30.e30."]) {
      if (cookie !== undefined) stranger.cookies.set(COOKIE, cookie);
      for (const { status, heading, html } of await answers()) {
        expect([status, heading]).toEqual([403, "Please sign in first"]);
        expect(html).toContain("Sign in with iSHARE");
      }
    }
  });

  test("whoever signs in has a session, and the way to both questions", async () => {
    const { status, html } = await signInAt(demo, "anna");
    expect(status).toBe(200);
    expect(html).toContain('href="/release"');
    expect(html).toContain('href="/authorisations"');
    expect(html).not.toContain("keeps no session");
    expect(await (await demo.get("/")).text()).toContain("You are signed in as Anna de Vries");
    const form = await told(demo.get("/release"));
    expect([form.status, form.heading]).toEqual([200, "May I release this container?"]);
  });

  test("yes for what the organisation authorised, no for anything else", async () => {
    const before = await ask("ZZZU0000013");
    expect([before.status, before.heading]).toEqual([
      200,
      "No, you may not release container ZZZU0000013 for De Blauwe Kraan Transport",
    ]);
    await authorise("anna", [
      {
        target: { environment: { licenses: ["ISHARE.0003"] } },
        ...policySet({ identifiers: ["ZZZU0000013", "ZZZU0000014"] }, [
          { effect: "Permit" },
          { effect: "Deny", target: { resource: { identifiers: ["ZZZU0000014"] } } },
        ]),
      },
    ]);
    const yes = await ask(" zzzu0000013 "); // as people type
    expect([yes.status, yes.heading]).toEqual([
      200,
      "Yes, you may release container ZZZU0000013 for De Blauwe Kraan Transport",
    ]);
    expect(yes.html).toContain("ISHARE.0003");
    expect(yes.html).toContain("The mask that was sent");
    expect(yes.html).not.toMatch(/failed|not reached/);
    expect((await ask("ZZZU0000014")).heading).toMatch(/^No, you may not release container ZZZU0000014 /);
    expect((await ask("ZZZU0000015")).heading).toMatch(/^No, /);
  });

  test("the list says what, what not, and under which licence", async () => {
    const { status, heading, html } = await told(demo.get("/authorisations"));
    expect([status, heading]).toEqual([200, "What you may do here"]);
    for (const [term, words] of [
      ["Resource type", "container"],
      ["Identifiers", "ZZZU0000013, ZZZU0000014"],
      ["Attributes", "all"],
      ["Except", "identifiers: ZZZU0000014"],
      ["Licences", "ISHARE.0003"],
    ])
      expect(html).toContain(`<dt>${term}</dt><dd>${words}</dd>`);
    expect(html).not.toMatch(/failed|not reached/);
    expect(html).toContain('href="/release"');
  });

  test.each(["MSKU 1234565", "*", "x".repeat(31), '"><script>alert(1)</script>', "ＭＳＫＵ", "a\u0000b"])(
    "%j is no container number",
    async (container) => {
      const { status, html } = await ask(container);
      expect(status).toBe(400);
      expect(html).toContain("A container number has 1 to 30 letters");
      expect(html).not.toContain("<script>");
    },
  );

  test("a form of another site, or without a number, asks nothing", async () => {
    expect((await ask("ZZZU0000013", { "sec-fetch-site": "cross-site" })).status).toBe(403);
    expect((await ask("ZZZU0000013", { "sec-fetch-site": "same-site" })).status).toBe(403);
    expect((await told(demo.post("/release", {}))).status).toBe(400);
  });

  test("where an Authorisation Registry answers, there is an answer to each question and no list", async () => {
    const browser = newBrowser(demoOrigin());
    await signInAt(browser, "bram");
    const headings = ["MSKU7654321", "MSKU1234565"].map(
      async (container) => (await told(browser.post("/release", { container }))).heading,
    );
    const [yes, no] = await Promise.all(headings);
    expect([yes?.slice(0, 12), no?.slice(0, 15)]).toEqual(["Yes, you may", "No, you may not"]);
    const list = await told(browser.get("/authorisations"));
    expect([list.status, list.heading]).toEqual([502, "There is no list"]);
    expect(list.html).toContain("Tulpenveld Export Coöperatie keeps its authorisations in an");
    expect(list.html).toContain('href="/release"');
  });

  test("signing out here ends it, and so does beginning to sign in again", async () => {
    const browser = newBrowser(demoOrigin());
    await signInAt(browser, "daan");
    const cookie = browser.cookies.get(COOKIE) ?? expect.fail("no session");
    expect((await told(browser.get("/signed-out"))).heading).toBe("You are signed out");
    expect((await told(browser.get("/release"))).status).toBe(403);
    browser.cookies.set(COOKIE, cookie);
    expect((await told(browser.get("/release"))).status).toBe(200);
    await browser.post("/start", { level: "low" });
    expect(browser.cookies.has(COOKIE)).toBe(false);
  });

  test("who may do nothing is told kindly; a code used twice costs the session", async () => {
    const listed = await directory("list-authorisations", "--username", "daan", "--json");
    for (const { id, status } of JSON.parse(listed.stdout))
      if (status === "active") await directory("revoke-authorisation", "--id", id);
    const browser = newBrowser(demoOrigin());
    const back = await signInAtIdp(browser, "daan");
    const cookies = [...browser.cookies];
    expect((await told(browser.get(back))).status).toBe(200);
    const nothing = await told(browser.get("/authorisations"));
    expect(nothing.status).toBe(200);
    expect(nothing.html).toContain("There is nothing here yet: De Blauwe Kraan Transport");

    for (const [name, value] of cookies) browser.cookies.set(name, value);
    expect((await told(browser.get(back))).heading).toBe("The sign-in did not succeed");
    const ended = await told(browser.get("/authorisations"));
    expect([ended.status, ended.heading]).toEqual([403, "Your session has ended"]);
    expect(browser.cookies.has(COOKIE)).toBe(false);
  });
});

describe("by itself", () => {
  const ORIGIN = "http://127.0.0.1:9";
  const IDP = "http://localhost:9";
  const SUBJECT = "pseudonym-1";
  let world: World;
  let env: Env;
  /** what the Identity Provider answers at userinfo */
  let userinfo: (body: string) => Promise<Response>;

  beforeAll(async () => {
    world = await createWorld();
    const { id: partyId, name, leaf } = world.sp;
    const own = { partyId, name, origin: ORIGIN, key: await keyPem(leaf), chain: chainPem(leaf) };
    env = {
      IDP_URL: IDP,
      IDP_PARTY_ID: IDP_ID,
      REGISTRY_URL: "http://127.0.0.1:10",
      REGISTRY_PARTY_ID: REGISTRY_ID,
      ROOT_FINGERPRINT: await fingerprintOf(world.pki.root),
      FRAMEWORK_VERSION: "2.1",
      COOKIE_KEY: btoa("k".repeat(32)),
      SERVICE_PROVIDERS: JSON.stringify([own]),
    };
    vi.stubGlobal("fetch", async (input: string, init: RequestInit) => {
      const request = new Request(input, init);
      if (!request.url.startsWith(`${IDP}/`)) return world.registry.handle(request);
      expect(request.headers.get("authorization")).toBe("Bearer token-1");
      return userinfo(await request.text());
    });
  });
  afterEach(() => {
    world.registry.fault = undefined;
  });
  afterAll(() => vi.unstubAllGlobals());

  const session = () => ({
    accessToken: "token-1",
    subject: SUBJECT,
    organisationId: ORGANISATION.id,
    organisationName: "Ships & <Sons>",
    name: "Carol <b>",
    expiresAt: epoch() + 60,
  });
  const sealed = (content = session(), purpose: Purpose = "session", partyId = world.sp.id) =>
    seal(content, purpose, { partyId, cookieKey: new TextEncoder().encode("k".repeat(32)) });

  const send = async (path: string, init: RequestInit = {}, cookie?: string) => {
    const headers = { cookie: `${COOKIE}=${cookie ?? (await sealed())}` };
    return told(Promise.resolve(app.fetch(new Request(ORIGIN + path, { ...init, headers }), env)));
  };
  const release = () =>
    send("/release", { method: "POST", body: new URLSearchParams({ container: "msku1" }) });
  const list = () => send("/authorisations");

  interface Answered {
    readonly claims?: object;
    readonly evidence?: object;
    readonly rules?: readonly object[];
    readonly target?: object;
    readonly signer?: World["idp"];
  }
  /** Has the Identity Provider answer as it should, but for what is given. */
  function answerWith({ claims, evidence, rules = [{ effect: "Permit" }], target, signer }: Answered = {}) {
    userinfo = async (body) => {
      const { delegationRequest: asked } = JSON.parse(body);
      const policySets = (asked === "*" ? [policySet()] : asked.policySets).map((set: PolicySet) => ({
        ...set,
        policies: set.policies.map((policy) => ({ target: { ...policy.target, ...target }, rules })),
      }));
      const jwt = await signJwt(signer ?? world.idp, {
        ...frame(IDP_ID, SUBJECT, world.sp.id),
        organisationIdentifier: ORGANISATION.id,
        delegationEvidence: {
          notBefore: epoch(),
          notOnOrAfter: epoch() + 60,
          policyIssuer: ORGANISATION.id,
          target: { accessSubject: SUBJECT },
          policySets,
          ...evidence,
        },
        ...claims,
      });
      return new Response(jwt, { headers: { "content-type": "application/jwt" } });
    };
  }
  interface PolicySet {
    readonly policies: readonly { readonly target: object }[];
  }

  test("an answer as it should be is believed; names are shown as they are spelt", async () => {
    answerWith();
    const yes = await release();
    expect([yes.status, yes.heading]).toEqual([
      200,
      "Yes, you may release container MSKU1 for Ships & <Sons>",
    ]);
    expect(yes.html).toContain("Carol &lt;b&gt;");
    expect((await list()).status).toBe(200);
  });

  test.each<[string, Answered]>([
    ["of another signer", { signer: "otherSp" as never }],
    ["about another human", { claims: { sub: "pseudonym-2" } }],
    ["for another organisation", { claims: { organisationIdentifier: "NTRNL-1" } }],
    ["without evidence", { claims: { delegationEvidence: undefined } }],
    ["with evidence of another form", { claims: { delegationEvidence: ["Permit"] } }],
    ["with evidence about another human", { evidence: { target: { accessSubject: "pseudonym-2" } } }],
    ["with evidence of another organisation", { evidence: { policyIssuer: "NTRNL-1" } }],
    ["with evidence that has ended", { evidence: { notOnOrAfter: 1_700_000_000 } }],
    ["with evidence that has not begun", { evidence: { notBefore: 4_000_000_000 } }],
  ])("an answer %s is not believed", async (_, answered) => {
    answerWith({ ...answered, ...(answered.signer && { signer: world.otherSp.leaf }) });
    for (const { status, heading, html } of [await release(), await list()]) {
      expect([status, heading]).toEqual([502, "There is no answer that can be believed"]);
      expect(html).toContain("– failed: ");
      expect(html).not.toMatch(/Yes, you may|You may</);
    }
  });

  test.each<[string, Answered]>([
    ["to another action", { target: { actions: ["inspect"] } }],
    ["to less", { target: { resource: { type: "container", identifiers: ["MSKU1"], attributes: ["w"] } } }],
    ["to no question", { evidence: { policySets: [] } }],
    ["to more", { evidence: { policySets: [policySet({ identifiers: ["MSKU1"] }), policySet()] } }],
  ])("evidence %s is no answer to the mask", async (_, answered) => {
    answerWith(answered);
    expect((await release()).heading).toBe("There is no answer that can be believed");
  });

  test.each<[string, readonly object[]]>([
    ["a Deny", [{ effect: "Deny" }]],
    ["a Deny beside the Permit", [{ effect: "Permit" }, { effect: "Deny" }]],
    ["no rule", []],
    ["a Permit of a part", [{ effect: "Permit", target: { actions: ["release"] } }]],
    ["a Permit under conditions", [{ effect: "Permit", conditions: { weather: "fair" } }]],
  ])("%s is a No", async (_, rules) => {
    answerWith({ rules });
    const { status, heading } = await release();
    expect(status).toBe(200);
    expect(heading).toMatch(/^No, you may not release container MSKU1 /);
  });

  test("what is denied as a whole is not listed", async () => {
    answerWith({ rules: [{ effect: "Permit" }, { effect: "Deny" }] });
    expect((await list()).html).toContain("There is nothing here yet");
  });

  const OUTAGE = ["There is no answer at the moment", 'href="PATH">Try again'] as const;
  const NO_ANSWER = ["There is no answer", 'href="PATH">Try again'] as const;
  const SCOPE = ["This service may not ask that", "Sign in with iSHARE"] as const;
  const ENDED = ["Your session has ended", "Sign in with iSHARE"] as const;
  test.each([
    ["/release", 503, "temporarily_unavailable", 503, ...OUTAGE],
    ["/authorisations", 503, "temporarily_unavailable", 503, ...OUTAGE],
    ["/authorisations", 400, "invalid_request", 502, "There is no list", 'href="/release"'],
    ["/release", 400, "invalid_request", 502, ...NO_ANSWER],
    ["/release", 500, "server_error", 502, ...NO_ANSWER],
    ["/authorisations", 302, "", 502, ...NO_ANSWER],
    ["/authorisations", 403, "insufficient_scope", 403, ...SCOPE],
    ["/release", 401, "invalid_token", 403, ...ENDED],
    ["/authorisations", 401, "invalid_token", 403, ...ENDED],
  ] as const)("%s: %i %s is told in words", async (path, status, error, shown, heading, way) => {
    userinfo = async () => Response.json({ error }, { status });
    const page = await (path === "/release" ? release() : list());
    expect([page.status, page.heading]).toEqual([shown, heading]);
    expect(page.html).toContain(way.replace("PATH", path));
    const forgotten = page.headers.getSetCookie().some((line) => /^demo-session=;.*Max-Age=0/.test(line));
    expect(forgotten).toBe(status === 401);
  });

  test("without the registry, or the Identity Provider, there is no answer", async () => {
    answerWith();
    world.registry.fault = "down";
    expect(await release()).toMatchObject({ status: 502, heading: "The registry does not answer" });
    userinfo = () => Promise.reject(new TypeError("connection refused"));
    expect(await list()).toMatchObject({ status: 502, heading: "There is no answer" });
  });

  test("a cookie counts for what it was sealed for, here, whole, and until its end", async () => {
    answerWith();
    const good = await sealed();
    const heading = async (cookie: string) => (await send("/authorisations", {}, cookie)).heading;
    expect(await heading(good)).toBe("What you may do here");
    const [head = "", ...rest] = good.split(".");
    const retyped = Buffer.from(JSON.stringify({ alg: "dir", enc: "A256GCM", typ: "attempt" }));
    for (const cookie of [
      await sealed(session(), "attempt"),
      await sealed(session(), "session", world.otherSp.id),
      await sealed({ ...session(), expiresAt: epoch() }),
      [retyped.toString("base64url"), ...rest].join("."),
      [head, ...rest.slice(0, 2), `A${rest[2]?.slice(1)}B`, rest[3]].join("."),
      good.slice(0, -3),
    ])
      expect(await heading(cookie)).toBe("Please sign in first");
  });

  test("and a session's cookie is no attempt", async () => {
    const state = "s".repeat(43);
    const attempt = { state, nonce: "n", codeVerifier: "v", level: "low", expiresAt: epoch() + 60 };
    const path = `/callback?${new URLSearchParams({ state, iss: IDP_ID, error: "access_denied" })}`;
    const headings = async (purpose: Purpose) => {
      const cookie = await sealed(attempt as never, purpose);
      const headers = { cookie: `attempt-${state}=${cookie}` };
      return told(Promise.resolve(app.fetch(new Request(ORIGIN + path, { headers }), env)));
    };
    expect((await headings("attempt")).heading).toBe("You are not signed in");
    expect((await headings("session")).heading).toBe("This answer signs nobody in");
  });
});
