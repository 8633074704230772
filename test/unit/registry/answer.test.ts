/** Is an answer the registry's own? The pin: id, root, leaf, audience; and life that counts on arrival only. */
import { beforeAll, describe, expect, test } from "vitest";
import { createPathCache } from "../../../src/jwt/path-cache.ts";
import { type AnswerRules, type RegistryPin, verifyAnswer } from "../../../src/registry/answer.ts";
import { uncheckedRevocation } from "../../../src/registry/revocation.ts";
import { frame, signJwt } from "../../support/jwt.ts";
import {
  createPki,
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
const REGISTRY = "did:ishare:EU.NL.NTRNL-10000000";
const US = "did:ishare:EU.NL.NTRNL-10000010";

let pki: Pki;
let registry: Identity;
let participant: Identity;
let pin: RegistryPin;
let rules: AnswerRules;
beforeAll(async () => {
  pki = await createPki();
  registry = await mintLeaf(pki, "NTRNL-10000000");
  participant = await mintLeaf(pki, "NTRNL-10000066", { keys: await generateKeys() });
  pin = { partyId: REGISTRY, roots: new Set([await fingerprintOf(pki.root)]), leaves: new Set() };
  rules = {
    pin,
    audience: [US],
    algorithms: ["RS256"],
    skew: 10,
    now: NOW,
    paths: createPathCache(),
    checkRevocation: uncheckedRevocation,
    checkLife: true,
  };
});

const answer = (signer: Identity, change: Readonly<Record<string, unknown>> = {}, header = {}) =>
  signJwt(signer, { ...frame(REGISTRY, REGISTRY, US, NOW), party_info: { id: "x" }, ...change }, header);
const judge = async (token: string, more: Partial<AnswerRules> = {}) => {
  const result = await verifyAnswer(token, { ...rules, ...more });
  return result.ok ? "accepted" : `${reasonOf(result)}: ${dataOf(result)?.cause}`;
};

test("the registry's own answer, and when it was given", async () => {
  const it = accepted(await verifyAnswer(await answer(registry, { iat: NOW - 5, exp: NOW + 25 }), rules));
  expect(it.issuedAt).toBe(NOW - 5);
  expect(it.payload).toMatchObject({ iss: REGISTRY, party_info: { id: "x" } });
});

describe("another participant's JWT", () => {
  test("with iss = the registry", async () => {
    expect(await judge(await answer(participant))).toBe("registry_signer: leaf");
  });

  test("with its own iss", async () => {
    expect(await judge(await answer(participant, { iss: US }))).toBe("registry_signer: iss");
  });

  test("with the registry's chain in x5c", async () => {
    expect(await judge(await answer(participant, {}, { x5c: x5cOf(registry) }))).toBe(
      "registry_signer: jwt_signature",
    );
  });

  test("from a look-alike of the whole PKI", async () => {
    const fake = await mintLeaf(await createPki(), "NTRNL-10000000");
    expect(await judge(await answer(fake))).toBe("registry_signer: chain_not_anchored");
  });
});

describe("iss is the registry's id, byte for byte", () => {
  test.each([REGISTRY.toUpperCase(), `${REGISTRY}0`, "NTRNL-10000000", US])("not %s", async (iss) => {
    expect(await judge(await answer(registry, { iss }))).toBe("registry_signer: iss");
  });
});

describe("the root is one of ours", () => {
  test("a CA in the middle, where that is pinned", async () => {
    const roots = new Set([await fingerprintOf(pki.issuing)]);
    expect(await judge(await answer(registry), { pin: { ...pin, roots } })).toBe("accepted");
  });

  test("not the leaf itself, nor none", async () => {
    for (const roots of [new Set([await fingerprintOf(registry)]), new Set<string>()])
      expect(await judge(await answer(registry), { pin: { ...pin, roots } })).toBe(
        "registry_signer: chain_not_anchored",
      );
  });

  test("not a root that the same answer lists: the list never vouches for the registry", async () => {
    const rogue = await createPki("Rogue");
    const fingerprint = await fingerprintOf(rogue.root);
    const trusted_list = [{ certificate_fingerprint: fingerprint, validity: "valid", status: "granted" }];
    const token = await answer(await mintLeaf(rogue, "NTRNL-10000000"), { trusted_list });
    expect(await judge(token)).toBe("registry_signer: chain_not_anchored");
  });
});

describe("the leaf is the registry's", () => {
  const EORI = "EU.EORI.NLREGISTRY";
  const leafNamed = (subject: string) => mint(pki.issuing, { subject });
  const judgeNamed = async (partyId: string, subject: string) =>
    judge(await answer(await leafNamed(subject), { iss: partyId }), { pin: { ...pin, partyId } });

  test.each([
    [REGISTRY, "2.5.4.97=NTRNL-10000000"],
    [REGISTRY, "CN=x, 2.5.4.97=did:ishare:EU.NL.NTRNL-10000000"],
    [REGISTRY, "2.5.4.5=NTRNL-10000000"],
    [EORI, `2.5.4.5=${EORI}`],
    [EORI, "2.5.4.5=NLREGISTRY"],
    [EORI, `CN=x, 2.5.4.97=VATNL-1, 2.5.4.5=${EORI}`],
    ["PlainRegistry", "2.5.4.97=PlainRegistry"],
  ])("%s by %s", async (partyId, subject) => {
    expect(await judgeNamed(partyId, subject)).toBe("accepted");
  });

  test.each([
    [REGISTRY, "CN=NTRNL-10000000"],
    [REGISTRY, "O=NTRNL-10000000, CN=x"],
    [REGISTRY, "2.5.4.97=NTRNL-1000000"],
    [REGISTRY, "2.5.4.97=NTRNL-100000000"],
    [REGISTRY, "2.5.4.97=ntrnl-10000000"],
    [REGISTRY, "2.5.4.97=10000000"],
    [REGISTRY, "2.5.4.97=NL.NTRNL-10000000"],
    [REGISTRY, "2.5.4.97=NTRNL-10000066, 2.5.4.97=NTRNL-10000000"],
    [EORI, "2.5.4.5=EU.EORI"],
    [EORI, "CN=EU.EORI.NLREGISTRY"],
  ])("%s not by %s", async (partyId, subject) => {
    expect(await judgeNamed(partyId, subject)).toBe("registry_signer: leaf");
  });

  test("by its fingerprint where leaves are pinned, whatever its name", async () => {
    const odd = await leafNamed("CN=Something else");
    const leaves = new Set([await fingerprintOf(odd)]);
    expect(await judge(await answer(odd), { pin: { ...pin, leaves } })).toBe("accepted");
  });

  test("then the name no longer counts", async () => {
    const leaves = new Set([await fingerprintOf(participant)]);
    expect(await judge(await answer(registry), { pin: { ...pin, leaves } })).toBe("registry_signer: leaf");
  });

  test("nor does the fingerprint of a CA above it", async () => {
    const leaves = new Set([await fingerprintOf(pki.issuing)]);
    expect(await judge(await answer(registry), { pin: { ...pin, leaves } })).toBe("registry_signer: leaf");
  });
});

describe("it is an iSHARE JWT like any other", () => {
  test.each([
    ["jwt_audience", { aud: "did:ishare:EU.NL.NTRNL-10000020" }],
    ["jwt_claim_type", { aud: [US] }],
    ["jwt_lifetime", { exp: NOW + 3600 }],
    ["jwt_claim_missing", { jti: undefined }],
    ["jwt_expired", { iat: NOW - 41, exp: NOW - 11 }],
    ["jwt_issued_in_future", { iat: NOW + 11, exp: NOW + 41 }],
  ])("%s", async (cause, change) => {
    expect(await judge(await answer(registry, change))).toBe(`registry_signer: ${cause}`);
  });

  test.each([
    ["jwt_header_member", { kid: "x" }],
    ["jwt_alg", { alg: "none" }],
    ["jwt_x5c", { x5c: undefined }],
  ])("%s", async (cause, header) => {
    expect(await judge(await answer(registry, {}, header))).toBe(`registry_signer: ${cause}`);
  });

  test("an expired chain is no chain, on arrival or from the store", async () => {
    const later = NOW + 2 * 365 * 86_400;
    for (const checkLife of [true, false])
      expect(await judge(await answer(registry), { now: later, checkLife })).toBe(
        "registry_signer: certificate_expired",
      );
  });
});

describe("a stored answer", () => {
  const stored = { checkLife: false };

  test("is read after its exp", async () => {
    const old = await answer(registry, { iat: NOW - 3000, exp: NOW - 2970 });
    expect(await judge(old)).toBe("registry_signer: jwt_expired");
    expect(await judge(old, stored)).toBe("accepted");
  });

  test("is still pinned and still for us", async () => {
    expect(await judge(await answer(participant), stored)).toBe("registry_signer: leaf");
    expect(await judge(await answer(registry, { aud: "x" }), stored)).toBe("registry_signer: jwt_audience");
  });
});

describe("an answer dated ahead", () => {
  test.each([true, false])(
    "is none, on arrival (%s) or stored: it would be fresh for ever",
    async (checkLife) => {
      const dated = (seconds: number) => answer(registry, { iat: NOW + seconds, exp: NOW + seconds + 30 });
      expect(await judge(await dated(10), { checkLife })).toBe("accepted");
      expect(await judge(await dated(11), { checkLife })).toMatch(/^registry_signer/);
    },
  );
});

test("an answer may be larger than a request, up to a limit", async () => {
  const large = await answer(registry, { more: "x".repeat(100_000) });
  expect(large.length).toBeGreaterThan(64 * 1024);
  expect(await judge(large)).toBe("accepted");
  expect(await judge(large.padEnd(1024 * 1024 + 1, "A"))).toBe("registry_signer: jwt_too_large");
});
