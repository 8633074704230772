/** Keys that are rolled while people sign in: who signs by the clock, what is published, what of before still counts. */
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { TestBrowser } from "../support/browser.ts";
import { addTotp, wanting, withTotp } from "../support/factors.ts";
import { chainPem, generateKeys, type Identity, keyPem, mintLeaf, x5cOf } from "../support/pki.ts";
import { askedBy, errorOf, Visitor } from "../support/visitor.ts";
import {
  directory,
  type Instance,
  ISSUER,
  later,
  newUser,
  skipHashing,
  startWorker,
} from "../support/worker.ts";
import { authorizeForm, codeForm, type Sp } from "../support/world.ts";

let world: Instance;
let sp: Sp;
let old: Identity;
let current: Identity;
let next: Identity;
let stranger: Identity;
beforeAll(async () => {
  skipHashing();
  world = await startWorker();
  sp = world.world.sp;
  current = world.world.idp;
  const mint = async () => mintLeaf(world.world.pki, "NTRNL-10000010", { keys: await generateKeys() });
  [old, next, stranger] = await Promise.all([mint(), mint(), mint()]);
});
beforeEach(() => {
  later(0);
  world.log();
});
afterEach(() => {
  vi.useRealTimers();
});

const epoch = (): number => Math.floor(Date.now() / 1000);
const spare = async (prefix: string, it: Identity) => ({
  [`${prefix}SIGNING_KEY`]: await keyPem(it),
  [`${prefix}CERTIFICATE_CHAIN`]: chainPem(it),
});
/** All three, and the switch an hour from now. */
const rolling = async (more: Readonly<Record<string, string>> = {}): Promise<Instance> =>
  world.with({
    ...(await spare("NEXT_", next)),
    ...(await spare("PREVIOUS_", old)),
    NEXT_FROM: String(epoch() + 3600),
    ...more,
  });
/** The same address, whose settings are changed on the way. */
function changing(first: Instance) {
  let now = first;
  const send = (request: Request) => now.send(request);
  const at: Instance = { ...first, send, browser: () => new TestBrowser(ISSUER, send) };
  return { at, become: (other: Instance) => (now = other) };
}
const signerOf = (token: string): string =>
  JSON.parse(atob((token.split(".")[0] ?? "").replaceAll("-", "+").replaceAll("_", "/"))).x5c[0];
const leafOf = (identity: Identity): string => x5cOf(identity)[0] ?? "";
const get = async <T>(at: Instance, path: string): Promise<T> =>
  (await at.send(new Request(ISSUER + path))).json();
const published = async (at: Instance): Promise<readonly unknown[]> =>
  (await get<{ keys: { x5c: string[] }[] }>(at, "/.well-known/jwks.json")).keys.map(({ x5c }) => x5c);

describe("the switch", () => {
  test("JWKS holds every set with its chain, the one that signs first", async () => {
    const at = await rolling();
    later(3599);
    expect(await published(at)).toEqual([current, next, old].map(x5cOf));
    later(1);
    expect(await published(at)).toEqual([next, current, old].map(x5cOf));
  });

  test("what is previous leaves at its time", async () => {
    const at = await rolling({ PREVIOUS_UNTIL: String(epoch() + 60) });
    const form = () => authorizeForm(sp, {}, "RSA-OAEP", old);
    const go = async () =>
      (await at.browser().post("/connect/authorize", await form())).headers.get("location");
    later(59);
    expect(await published(at)).toHaveLength(3);
    expect(await go()).toContain("/login?");
    later(1);
    expect(await published(at)).toEqual([current, next].map(x5cOf));
    expect(await go()).toContain("/error?c=invalid_request");
    expect(at.log().findLast(({ event }) => event === "refused")?.reason).toBe("jwe_decryption");
  });

  test("a request encrypted to any of them is read, before and after; to another it is refused", async () => {
    const at = await rolling();
    for (const moment of [0, 3600]) {
      later(moment);
      for (const identity of [old, current, next])
        for (const form of ["RSA-OAEP", "RSA-OAEP-256"] as const) {
          const answer = await at
            .browser()
            .post("/connect/authorize", await authorizeForm(sp, {}, form, identity));
          expect(answer.headers.get("location")).toContain("/login?");
        }
      const refused = await at
        .browser()
        .post("/connect/authorize", await authorizeForm(sp, {}, "RSA-OAEP", stranger));
      expect(refused.headers.get("location")).toContain("/error?c=invalid_request");
    }
  });

  test("a sign-in that began before it ends after it: the code is good, the new key signs", async () => {
    const at = await rolling();
    later(3590);
    const visitor = new Visitor(at, await newUser());
    const stop = await visitor.visit(sp);
    later(10);
    const { idToken, accessToken } = await visitor.redeem(sp, stop);
    expect(signerOf(idToken)).toBe(leafOf(next));
    const userinfo = await visitor.userinfo(accessToken);
    expect([userinfo.status, signerOf(await userinfo.text())]).toEqual([200, leafOf(next)]);
  });

  test("an id_token of before is a hint of ours after it, at logout and at a request", async () => {
    const at = await rolling();
    later(3590);
    const visitor = new Visitor(at, await newUser());
    const { idToken } = await visitor.redeem(sp, await visitor.visit(sp));
    expect(signerOf(idToken)).toBe(leafOf(current));
    later(10);
    const silent = await visitor.visit(sp, { prompt: "none", id_token_hint: idToken });
    expect(errorOf(silent)).toBe("none: a code");
    const out = await visitor.look(`/connect/endsession?${new URLSearchParams({ id_token_hint: idToken })}`);
    expect([out.status, askedBy(out)]).toEqual([200, undefined]); // no question
    expect(visitor.browser.cookies.has("__Host-session")).toBe(false);
  });

  test("deployed step by step, what began before each step ends after it, and hints of before count until the last", async () => {
    const promoted = {
      ...{ SIGNING_KEY: await keyPem(next), CERTIFICATE_CHAIN: chainPem(next) },
      ...(await spare("PREVIOUS_", current)),
    };
    const steps = [
      [await rolling(), current],
      [world.with(promoted), next],
      [world.with({ ...promoted, PREVIOUS_SIGNING_KEY: "", PREVIOUS_CERTIFICATE_CHAIN: "" }), next],
    ] as const;
    const { at, become } = changing(world);
    const visitor = new Visitor(at, await newUser());
    let code = await visitor.visit(sp);
    const somebody = new Visitor(at, await newUser());
    const { idToken: first } = await somebody.redeem(sp, await somebody.visit(sp));
    for (const [instance, signer] of steps) {
      become(instance);
      const { idToken } = await visitor.redeem(sp, code);
      expect(signerOf(idToken)).toBe(leafOf(signer));
      // Where it counts it says that somebody else is asked for.
      const hinted = await visitor.visit(sp, { prompt: "none", id_token_hint: first });
      expect(errorOf(hinted)).toBe(instance === steps[2][0] ? "none: a code" : "login_required");
      code = await visitor.visit(sp);
    }
  });

  test("capabilities that were signed for all are signed anew", async () => {
    const at = await rolling();
    const read = async () =>
      signerOf((await get<{ capabilities_token: string }>(at, "/capabilities")).capabilities_token);
    later(3599);
    expect(await read()).toBe(leafOf(current));
    later(1);
    expect(await read()).toBe(leafOf(next));
  });

  test("where the current certificate has ended, the next signs; where all have, nothing answers", async () => {
    const soon = await mintLeaf(world.world.pki, "NTRNL-10000010", {
      keys: current.keys,
      notAfter: new Date((epoch() + 100) * 1000),
    });
    const at = world.with({ ...(await spare("NEXT_", next)), CERTIFICATE_CHAIN: chainPem(soon) });
    const alone = world.with({ CERTIFICATE_CHAIN: chainPem(soon) });
    const status = async (it: Instance) => (await it.send(new Request(`${ISSUER}/health`))).status;
    later(99);
    expect([await status(at), await status(alone)]).toEqual([200, 200]);
    expect(await published(at)).toEqual([soon, next].map(x5cOf));
    later(1);
    expect([await status(at), await status(alone)]).toEqual([200, 503]);
    expect(await published(at)).toEqual([x5cOf(next)]);
    expect(world.log().findLast(({ event }) => event === "misconfigured")?.problems).toEqual([
      "CERTIFICATE_CHAIN: certificate 1 has expired",
    ]);
  });
});

describe("an end that comes near", () => {
  const DAY = 86_400;
  const midnight = 20_000 * DAY * 1000;
  const warnings = (at: Instance) => at.log().filter(({ event }) => event === "certificate_ends");
  const ending = async (days: number): Promise<Instance> => {
    const leaf = await mintLeaf(world.world.pki, "NTRNL-10000010", {
      keys: current.keys,
      notAfter: new Date((epoch() + days * DAY + 60) * 1000),
    });
    return world.with({ CERTIFICATE_CHAIN: chainPem(leaf) });
  };

  test.each([
    [61, undefined],
    [59, "warn"],
    [29, "warn"],
    [6, "error"],
  ])("%i days before: %s, when an isolate begins and once a day", async (days, level) => {
    const at = await ending(days);
    const wanted = level === undefined ? [] : [expect.objectContaining({ level, set: "current", days })];
    await at.send(new Request(`${ISSUER}/health`));
    expect(warnings(at)).toEqual(wanted);
    await at.scheduled(midnight);
    expect(warnings(at)).toEqual(wanted);
    await at.scheduled(midnight + 60_000);
    await at.send(new Request(`${ISSUER}/health`));
    expect(warnings(at)).toEqual([]);
  });

  test.each([
    [61, undefined],
    [59, [{ keys: "current", days: 59, until: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) }]],
  ])("%i days before, /health says %o", async (days, said) => {
    const response = await (await ending(days)).send(new Request(`${ISSUER}/health`));
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ status: "ok", ...(said && { certificates_ending: said }) });
  });
});

describe("DATA_KEY", () => {
  const key = () => btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32))));
  const dataKey = () => world.world.settings.DATA_KEY ?? "";

  test("everything handed out under the old one is good under the new, and not once the old is gone", async () => {
    const DATA_KEY = key();
    const { at, become } = changing(world);
    const visitor = new Visitor(at, await newUser());
    const { accessToken } = await visitor.redeem(sp, await visitor.visit(sp));
    const pending = await visitor.visit(sp);
    const begun = await at.browser().post("/connect/authorize", await authorizeForm(sp));
    const login = begun.headers.get("location") ?? "";

    become(world.with({ DATA_KEY, PREVIOUS_DATA_KEY: dataKey() }));
    expect((await visitor.userinfo(accessToken)).status).toBe(200);
    const redeemed = await visitor.redeem(sp, pending);
    expect((await at.browser().get(login)).status).toBe(200);
    expect((await visitor.look("/account")).status).toBe(200);
    const silent = await visitor.visit(sp, { prompt: "none" });
    expect(errorOf(silent)).toBe("none: a code");

    become(world.with({ DATA_KEY }));
    expect((await visitor.userinfo(accessToken)).status).toBe(401);
    expect((await visitor.userinfo(redeemed.accessToken)).status).toBe(200); // made with the new one
    expect(errorOf(await visitor.visit(sp, { prompt: "none" }))).toBe("login_required");
  });

  test("read before it is used: instances of before and after understand each other", async () => {
    const DATA_KEY = key();
    const one = world.with({ PREVIOUS_DATA_KEY: DATA_KEY });
    const two = world.with({ DATA_KEY, PREVIOUS_DATA_KEY: dataKey() });
    const { at, become } = changing(one);
    const visitor = new Visitor(at, await newUser());
    for (const [signs, redeems] of [
      [one, two],
      [two, one],
    ] as const) {
      become(signs);
      const stop = await visitor.visit(sp);
      become(redeems);
      const code = stop.url.searchParams.get("code") ?? "";
      expect((await at.browser().post("/connect/token", await codeForm(sp, code))).status).toBe(200);
    }
  });

  test("a seed of an app opens, and is sealed under the new key when it is used", async () => {
    const DATA_KEY = key();
    const { at, become } = changing(world);
    const user = await newUser();
    const plain = new Visitor(at, user);
    const { seed } = await addTotp(plain);
    await directory().prepare("UPDATE totp SET level = 'substantial' WHERE human_id = ?").bind(user.id).run();
    const stored = async () =>
      String(
        await directory().prepare("SELECT seed FROM totp WHERE human_id = ?").bind(user.id).first("seed"),
      );
    const signIn = async () =>
      errorOf(await withTotp(new Visitor(at, user), seed).visit(sp, wanting("substantial")));

    const sealedBefore = await stored();
    become(world.with({ DATA_KEY, PREVIOUS_DATA_KEY: dataKey() }));
    expect(await signIn()).toBe("none: a code");
    const sealedAfter = await stored();
    expect(sealedAfter.split(".")[0]).not.toBe(sealedBefore.split(".")[0]);
    expect(await signIn()).toBe("none: a code");
    expect(await stored()).toBe(sealedAfter);
    become(world.with({ DATA_KEY }));
    expect(await signIn()).toBe("none: a code");
    expect(JSON.stringify(world.log())).not.toContain(seed);
  });

  test("a browser that is known stays known: its owner is not locked out by others", async () => {
    const DATA_KEY = key();
    const limit = { LOGIN_MAX_FAILURES: "2" };
    const { at, become } = changing(world.with(limit));
    const user = await newUser();
    const owner = new Visitor(at, user);
    expect(errorOf(await owner.visit(sp))).toBe("none: a code");
    become(world.with({ ...limit, DATA_KEY, PREVIOUS_DATA_KEY: dataKey() }));
    const guesser = new Visitor(at, { ...user, password: "wrong" });
    for (let tries = 0; tries < 3; tries++) await guesser.visit(sp).catch(() => undefined); // its way does not end
    const stranger = await new Visitor(at, user).visit(sp, { prompt: "login" });
    expect(errorOf(stranger)).toMatch(/none: page 429/);
    expect(errorOf(await owner.visit(sp, { prompt: "login" }))).toBe("none: a code");
  });
});
