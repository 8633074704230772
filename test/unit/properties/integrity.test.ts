/** Nothing that is signed survives a change of one byte, and no order of events breaks a grant's promises. */
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { createPathCache } from "../../../src/jwt/path-cache.ts";
import { type JwtRules, verifyJwt } from "../../../src/jwt/verify.ts";
import { advance, finish, type GrantRecord, type Step } from "../../../src/protocol/grant.ts";
import { type Redemption, redeem } from "../../../src/protocol/redemption.ts";
import { parseCertificate } from "../../../src/trust/certificate.ts";
import { checkPath, verifyPath } from "../../../src/trust/chain.ts";
import { frame, signJwt } from "../../support/jwt.ts";
import { createPki, dersOf, fingerprintOf, type Identity, mintLeaf } from "../../support/pki.ts";
import { accepted, reasonOf } from "../../support/result.ts";

const NOW = Math.floor(Date.now() / 1000);
const US = "did:ishare:EU.NL.NTRNL-10000010";
const SP = "did:ishare:EU.NL.NTRNL-10000020";
const settings = { seed: 20261124 };
const SLOW = { timeout: 30_000 };

let sp: Identity;
let token: string;
let rules: JwtRules;
beforeAll(async () => {
  const pki = await createPki();
  sp = await mintLeaf(pki, "NTRNL-10000020");
  const anchors = { granted: new Set([await fingerprintOf(pki.root)]), withdrawn: new Set<string>() };
  rules = {
    audience: [US],
    algorithms: ["RS256", "RS384", "RS512"],
    skew: 10,
    now: NOW,
    checkLife: true,
    paths: createPathCache(),
    anchor: (path) => checkPath(path, anchors, NOW),
  };
  token = await signJwt(sp, frame(SP, SP, US, NOW));
  expect(reasonOf(await verifyJwt(token, rules))).toBe("accepted");
});

/** One character changed: `unit/jwt/mutation.test.ts`. */
describe("a signed token", () => {
  const splice = (at: number, removed: number, inserted: string) =>
    token.slice(0, at) + inserted + token.slice(at + removed);
  const refused = async (text: string): Promise<void> => {
    expect(reasonOf(await verifyJwt(text, rules))).not.toBe("accepted");
  };
  const letter = fc.oneof(
    fc.constantFrom(..."ABCXYZabcxyz0189-_.=+/ \n"),
    fc.string({ minLength: 1, maxLength: 1, unit: "binary" }),
  );
  /** positions all over */
  const place = fc.nat(1_000_000).map((at) => at % token.length);

  test("is refused with any character removed or inserted", SLOW, async () => {
    await fc.assert(
      fc.asyncProperty(place, letter, async (at, it) => {
        await refused(splice(at, 1, ""));
        await refused(splice(at, 0, it));
      }),
      { ...settings, numRuns: 150 },
    );
  });

  test("is refused with any bit of its decoded header, payload or signature changed", SLOW, async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(2), fc.nat(1_000_000), fc.nat(7), async (part, place, bit) => {
        const parts = token.split(".").map((it) => Buffer.from(it, "base64url"));
        const bytes = parts[part] ?? Buffer.of();
        const at = place % bytes.length;
        bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
        await refused(parts.map((it) => it.toString("base64url")).join("."));
      }),
      { ...settings, numRuns: 300 },
    );
  });

  test("is refused cut anywhere", SLOW, async () => {
    await fc.assert(
      fc.asyncProperty(place, async (at) => refused(token.slice(0, at))),
      { ...settings, numRuns: 100 },
    );
  });
});

describe("a certificate", () => {
  test(
    "with bytes changed is read or refused, never thrown, and never accepted in a chain",
    SLOW,
    async () => {
      const whole = dersOf(sp);
      const [leaf = new Uint8Array()] = whole;
      const edit = fc.record({
        at: fc.nat(leaf.length - 1),
        byte: fc.nat(255),
        how: fc.constantFrom("change", "insert", "remove"),
      });
      let read = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 3 }), async (edits) => {
          const bytes = [...leaf];
          for (const { at, byte, how } of edits)
            bytes.splice(at, how === "insert" ? 0 : 1, ...(how === "remove" ? [] : [byte]));
          const der = Uint8Array.from(bytes);
          fc.pre(!Buffer.from(der).equals(Buffer.from(leaf)));
          const certificate = await parseCertificate(der);
          if (!certificate.ok) return;
          read++;
          expect(reasonOf(await verifyPath([der, ...whole.slice(1)]))).not.toBe("accepted");
        }),
        { ...settings, numRuns: 600 },
      );
      expect(read).toBeGreaterThan(50);
    },
  );

  test("of random bytes is refused", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        expect((await parseCertificate(Uint8Array.from(bytes))).ok).toBe(false);
      }),
      { ...settings, numRuns: 300 },
    );
  });
});

describe("a grant, whatever happens in whatever order", () => {
  const request = {
    clientId: SP,
    scopes: [],
    redirectUri: "https://sp.example/",
    state: "s",
    nonce: "n",
    prompt: [],
    languages: [],
    responseMode: "query",
  } as const;
  const fresh: GrantRecord = { request, party: { id: SP, name: "First" }, expiresAt: NOW + 600 };
  const authentication = { humanId: "alice", authTime: NOW, level: "low", amr: ["pwd"] } as const;
  const steps: readonly Step[] = [
    { step: "look", bind: true },
    { step: "authenticate", authentication },
    { step: "represent", humanId: "alice", organisation: { id: "A", name: "A" } },
    { step: "represent", humanId: "alice", organisation: { id: "B", name: "B" } },
    { step: "consent", humanId: "alice", organisationId: "A" },
    { step: "consent", humanId: "alice", organisationId: "B" },
  ];
  const attempt: Redemption = {
    codeHash: "code",
    partyId: SP,
    clientId: SP,
    redirectUri: "https://sp.example/",
    token: { hash: "token", expiresAt: NOW + 3600 },
  };
  const hash = fc.constantFrom("mine", "mine", "mine", "theirs");
  const event = fc.oneof(
    fc.record({ kind: fc.constant("step" as const), hash, step: fc.constantFrom(...steps) }),
    fc.record({ kind: fc.constant("step" as const), hash, step: fc.constantFrom(...steps) }),
    fc.record({ kind: fc.constant("finish" as const), hash, refuse: fc.boolean() }),
    fc.record({
      kind: fc.constant("redeem" as const),
      partyId: fc.constantFrom(SP, SP, "other"),
      redirectUri: fc.constantFrom(request.redirectUri, request.redirectUri, "x"),
    }),
  );

  /** Often the way to a code is paved, so that what follows it is tried as much as what leads to it. */
  const events = fc.tuple(fc.nat(4), fc.array(event, { maxLength: 20 })).map(([paved, later]) => [
    ...[0, 1, 2, 4].slice(0, paved).flatMap((at) => {
      const step = steps[at];
      return step === undefined ? [] : [{ kind: "step" as const, hash: "mine", step }];
    }),
    ...later,
  ]);

  test("belongs to one browser, ends once, and its code is redeemed once, by its client, after everything it needs", () => {
    let codes = 0;
    let tokens = 0;
    fc.assert(
      fc.property(events, (happened) => {
        let grant = fresh;
        let endings = 0;
        let redemptions = 0;
        for (const it of happened) {
          const before = grant;
          if (it.kind === "redeem") {
            const { result, next } = redeem(
              grant,
              { ...attempt, partyId: it.partyId, redirectUri: it.redirectUri },
              NOW,
            );
            grant = next;
            if (!result.ok) continue;
            redemptions++;
            expect(it).toMatchObject({ partyId: SP, redirectUri: request.redirectUri });
            expect(before.code?.redeemed).toBe(false);
            continue;
          }
          const browser = { hash: it.hash };
          const result =
            it.kind === "step"
              ? advance(grant, browser, it.step, NOW)
              : finish(
                  grant,
                  browser,
                  it.refuse
                    ? { ending: "refused" }
                    : {
                        ending: "code",
                        humanId: "alice",
                        code: { hash: "code", expiresAt: NOW + 60, subject: "s" },
                      },
                  NOW,
                );
          if (!result.ok) continue;
          grant = result.value;
          // Whoever moved it is whom it belongs to, and belonged to before.
          expect(grant.browser).toEqual({ hash: it.hash, arrival: false });
          if (before.browser) expect(before.browser.hash).toBe(it.hash);
          expect(before.finished).toBeUndefined();
          if (it.kind === "finish") endings++;
          if (grant.code) {
            codes++;
            expect(grant).toMatchObject({
              authentication,
              consented: true,
              organisation: { id: expect.any(String) },
            });
          }
          if (grant.consented) expect(grant.organisation).toBeDefined();
        }
        expect(endings).toBeLessThanOrEqual(1);
        expect(redemptions).toBeLessThanOrEqual(1);
        tokens += redemptions;
      }),
      { ...settings, numRuns: 3000 },
    );
    expect(codes).toBeGreaterThan(20);
    expect(tokens).toBeGreaterThan(20);
  });

  test("a sound way exists", () => {
    const [look, authenticate, represent, , consent] = steps as [Step, Step, Step, Step, Step];
    let grant = fresh;
    for (const step of [look, authenticate, represent, consent])
      grant = accepted(advance(grant, { hash: "mine" }, step, NOW));
    const code = { hash: "code", expiresAt: NOW + 60, subject: "s" };
    grant = accepted(finish(grant, { hash: "mine" }, { ending: "code", humanId: "alice", code }, NOW));
    expect(reasonOf(redeem(grant, attempt, NOW).result)).toBe("accepted");
  });
});
