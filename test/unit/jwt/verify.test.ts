/** Proving an iSHARE JWT: the key is x5c[0]'s and no other, and each check has its place in the order. */
import { beforeAll, describe, expect, test, vi } from "vitest";
import { createPathCache, type PathCache } from "../../../src/jwt/path-cache.ts";
import { type JwtRules, verifyJwt } from "../../../src/jwt/verify.ts";
import { checkPath, type VerifiedPath } from "../../../src/trust/chain.ts";
import { encodePart, frame, signJwt, signParts } from "../../support/jwt.ts";
import {
  createPki,
  dersOf,
  fingerprintOf,
  generateKeys,
  type Identity,
  mint,
  mintLeaf,
  type Pki,
  x5cOf,
} from "../../support/pki.ts";
import { accepted, dataOf, reasonOf } from "../../support/result.ts";

const NOW = Math.floor(Date.now() / 1000);
const US = "did:ishare:EU.NL.NTRNL-10000010";
const THEM = "did:ishare:EU.NL.NTRNL-10000020";

let pki: Pki;
let sp: Identity;
let attacker: Identity;
let paths: PathCache;
let rules: JwtRules;
let token: string;

beforeAll(async () => {
  pki = await createPki();
  sp = await mintLeaf(pki, "NTRNL-10000020");
  attacker = await mintLeaf(pki, "NTRNL-10000066", { keys: await generateKeys() });
  paths = createPathCache();
  const anchors = { granted: new Set([await fingerprintOf(pki.root)]), withdrawn: new Set<string>() };
  rules = {
    audience: [US],
    algorithms: ["RS256"],
    skew: 10,
    now: NOW,
    checkLife: true,
    paths,
    anchor: (path) => checkPath(path, anchors, NOW),
  };
  token = await signJwt(sp, claims());
});

const claims = (change: Readonly<Record<string, unknown>> = {}) => ({
  ...frame(THEM, "urn:TBD", US, NOW),
  ...change,
});
const judge = async (text: string, more: Partial<JwtRules> = {}) =>
  reasonOf(await verifyJwt(text, { ...rules, ...more }));
const parts = (text: string) => text.split(".") as [string, string, string];
const under3 = { algorithms: ["RS256", "RS384", "RS512"] };

test("a sound one gives its claims, its payload and the chain behind it", async () => {
  const six = claims();
  const payload = { ...six, client_id: THEM };
  const proven = accepted(await verifyJwt(await signJwt(sp, payload), rules));
  expect(proven.claims).toEqual(six);
  expect(proven.payload).toEqual(payload);
  expect(proven.chain.certificates.map(({ der }) => der)).toEqual(dersOf(sp));
  expect(proven.chain.leaf.fingerprint).toBe(await fingerprintOf(sp));
});

describe("the signature", () => {
  test("of another token does not fit", async () => {
    const [head, body] = parts(token);
    const [, , signature] = parts(await signJwt(sp, claims({ jti: "other" })));
    expect(await judge(`${head}.${body}.${signature}`)).toBe("jwt_signature");
  });

  test("of another key does not fit, with the genuine chain in x5c", async () => {
    const forged = await signJwt(attacker, claims(), { x5c: x5cOf(sp) });
    expect(await judge(forged)).toBe("jwt_signature");
  });

  test("of a CA above the leaf does not fit", async () => {
    for (const ca of [pki.issuing, pki.root])
      expect(await judge(await signJwt(ca, claims(), { x5c: x5cOf(sp) }))).toBe("jwt_signature");
  });

  test("does not survive another payload", async () => {
    const [head, , signature] = parts(token);
    for (const change of [{ iss: US }, { sub: THEM }, { jti: "x" }, { exp: NOW + 31 }, { more: 1 }])
      expect(await judge(`${head}.${encodePart(claims(change))}.${signature}`)).toBe("jwt_signature");
  });

  test("does not survive another header, even one that means the same", async () => {
    const [, body, signature] = parts(token);
    const same = { alg: "RS256", typ: "JWT", x5c: x5cOf(sp) };
    for (const header of [
      { ...same, typ: "jwt" },
      { typ: "JWT", alg: "RS256", x5c: same.x5c },
    ])
      expect(await judge(`${encodePart(header)}.${body}.${signature}`)).toBe("jwt_signature");
  });

  test("is not taken over to another chain", async () => {
    const [, body, signature] = parts(token);
    const head = encodePart({ alg: "RS256", typ: "JWT", x5c: x5cOf(attacker) });
    expect(await judge(`${head}.${body}.${signature}`)).toBe("jwt_signature");
  });

  test.each([0, 100, 255])("with bit %i flipped does not fit", async (at) => {
    const [head, body, signature] = parts(token);
    const bytes = Buffer.from(signature, "base64url");
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    expect(await judge(`${head}.${body}.${bytes.toString("base64url")}`)).toBe("jwt_signature");
  });

  test.each([
    ["one byte shorter", (bytes: Buffer) => bytes.subarray(1)],
    ["one byte longer", (bytes: Buffer) => Buffer.concat([Buffer.of(0), bytes])],
    ["one byte alone", () => Buffer.of(0)],
    ["all zeros", (bytes: Buffer) => Buffer.alloc(bytes.length)],
  ])("%s does not fit", async (_, change) => {
    const [head, body, signature] = parts(token);
    const changed = change(Buffer.from(signature, "base64url")).toString("base64url");
    expect(await judge(`${head}.${body}.${changed}`)).toBe("jwt_signature");
  });
});

describe("the algorithm", () => {
  const signAs = (alg: string, hash: string) =>
    signParts(sp, encodePart({ alg, typ: "JWT", x5c: x5cOf(sp) }), encodePart(claims()), hash);

  test.each(["384", "512"])("RS%s is refused under 2.1 and accepted under 3.0", async (bits) => {
    const text = await signAs(`RS${bits}`, `SHA-${bits}`);
    expect(await judge(text)).toBe("jwt_alg");
    expect(await judge(text, under3)).toBe("accepted");
  });

  test.each([
    ["RS256", "SHA-384"],
    ["RS256", "SHA-1"],
    ["RS384", "SHA-256"],
    ["RS512", "SHA-384"],
  ])("a header of %s over a signature with %s does not fit", async (alg, hash) => {
    expect(await judge(await signAs(alg, hash), under3)).toBe("jwt_signature");
  });

  test("RS384 and RS256 of one party side by side: the key is imported for each", async () => {
    for (const [alg, hash] of [
      ["RS256", "SHA-256"],
      ["RS384", "SHA-384"],
      ["RS256", "SHA-256"],
    ] as const)
      expect(await judge(await signAs(alg, hash), under3)).toBe("accepted");
  });

  test("HMAC with the public key as secret (algorithm confusion)", async () => {
    const [, body] = parts(token);
    const head = encodePart({ alg: "HS256", typ: "JWT", x5c: x5cOf(sp) });
    const spki = (await crypto.subtle.exportKey("spki", sp.keys.publicKey)) as ArrayBuffer;
    const key = await crypto.subtle.importKey("raw", spki, { name: "HMAC", hash: "SHA-256" }, false, [
      "sign",
    ]);
    const mac = await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(`${head}.${body}`));
    const text = `${head}.${body}.${Buffer.from(mac).toString("base64url")}`;
    expect(await judge(text)).toBe("jwt_alg");
    expect(await judge(text, under3)).toBe("jwt_alg");
  });
});

describe("the chain", () => {
  test("a self-signed leaf proves nothing", async () => {
    const stranger = await mint(undefined, { subject: sp.subject });
    expect(await judge(await signJwt(stranger, claims()))).toBe("chain_not_anchored");
  });

  test("a forged leaf under the genuine CA", async () => {
    const forged = await mint(pki.issuing, {
      subject: sp.subject,
      keys: attacker.keys,
      signedBy: attacker.keys,
    });
    const refused = await verifyJwt(await signJwt(forged, claims()), rules);
    expect(reasonOf(refused)).toBe("certificate_signature");
    expect(dataOf(refused)).toEqual({ certificate: 0 });
  });

  test("more than six certificates", async () => {
    const x5c = [...x5cOf(sp), ...x5cOf(attacker)];
    expect(await judge(await signJwt(sp, claims(), { x5c }))).toBe("chain_too_long");
  });

  test("a verdict is about the time asked for", async () => {
    const later = NOW + 2 * 365 * 86_400;
    const granted = { granted: new Set([await fingerprintOf(pki.root)]), withdrawn: new Set<string>() };
    const anchor = (path: VerifiedPath) => checkPath(path, granted, later);
    expect(await judge(token, { now: later, anchor })).toBe("certificate_expired");
  });
});

test("a chain is remembered once it has proven to reach an anchor, and not before", async () => {
  const own = createPathCache();
  const verdict = async (it: Identity) => {
    const header = encodePart({ alg: "RS256", typ: "JWT", x5c: x5cOf(it) });
    return accepted(await own.verify(header, ["RS256"]));
  };
  const stranger = await mint(undefined);
  await judge(await signJwt(stranger, claims()), { paths: own });
  expect(await verdict(stranger)).not.toBe(await verdict(stranger));
  await judge(await signJwt(attacker, claims(), { x5c: x5cOf(sp) }), { paths: own }); // a signature that does not hold
  expect(await verdict(sp)).not.toBe(await verdict(sp));
  await judge(token, { paths: own });
  expect(await verdict(sp)).toBe(await verdict(sp));
});

test("who signs nothing that holds takes no place in what is remembered", async () => {
  const own = createPathCache(1);
  await judge(token, { paths: own });
  const header = encodePart({ alg: "RS256", typ: "JWT", x5c: x5cOf(sp) });
  const known = accepted(await own.verify(header, ["RS256"]));
  for (const space of [" ", "  "])
    await judge(
      await signParts(
        attacker,
        encodePart(`${space}{"alg":"RS256","typ":"JWT","x5c":${JSON.stringify(x5cOf(attacker))}}`),
        encodePart({}),
      ),
      { paths: own },
    );
  expect(accepted(await own.verify(header, ["RS256"]))).toBe(known);
});

describe("the order: header, chain, signature, trusted list, claims", () => {
  const spoil = (text: string) => `${text.slice(0, text.lastIndexOf("."))}.AAAA`;
  const never = () => {
    throw new Error("asked too early");
  };

  test("a bad header is told before a bad chain", async () => {
    expect(await judge(await signJwt(sp, claims(), { kid: "x", x5c: ["AAAA"] }))).toBe("jwt_header_member");
  });

  test("a bad chain is told before a bad signature", async () => {
    expect(await judge(spoil(await signJwt(sp, claims(), { x5c: ["AAAA"] })))).toBe(
      "certificate_not_canonical",
    );
  });

  test("a bad signature is told before bad claims, and asks no trusted list", async () => {
    expect(await judge(spoil(await signJwt(sp, claims({ iat: 0 }))), { anchor: never })).toBe(
      "jwt_signature",
    );
  });

  test("an unlisted chain is told before bad claims", async () => {
    const stranger = await mint(undefined);
    expect(await judge(await signJwt(stranger, claims({ aud: "x" })))).toBe("chain_not_anchored");
  });

  test("claims come last", async () => {
    const anchor = vi.fn(rules.anchor);
    expect(await judge(await signJwt(sp, claims({ aud: "x" })), { anchor })).toBe("jwt_audience");
    expect(anchor).toHaveBeenCalledTimes(1);
  });

  test.each([
    ["jwt_claim_missing", { jti: undefined }],
    ["jwt_claim_type", { aud: [US] }],
    ["jwt_lifetime", { exp: NOW + 60 }],
    ["jwt_issued_in_future", { iat: NOW + 11, exp: NOW + 41 }],
    ["jwt_expired", { iat: NOW - 41, exp: NOW - 11 }],
  ])("%s, properly signed", async (reason, change) => {
    expect(await judge(await signJwt(sp, claims(change)))).toBe(reason);
  });
});
