/** Our own iSHARE JWTs: the frame is ours, and what we sign we would accept from others. */
import { beforeAll, expect, test } from "vitest";
import { importOwnKeys } from "../../../src/jwt/keys.ts";
import { createPathCache } from "../../../src/jwt/path-cache.ts";
import { createSigner, type Signer } from "../../../src/jwt/sign.ts";
import { verifyJwt } from "../../../src/jwt/verify.ts";
import { checkPath } from "../../../src/trust/chain.ts";
import { decodePayload } from "../../support/jwt.ts";
import {
  createPki,
  dersOf,
  fingerprintOf,
  type Identity,
  keyPem,
  mintLeaf,
  x5cOf,
} from "../../support/pki.ts";
import { accepted } from "../../support/result.ts";

const NOW = Math.floor(Date.now() / 1000);
const US = "did:ishare:EU.NL.NTRNL-10000010";
const SP = "EU.EORI.NL000000020";

let idp: Identity;
let root: Identity;
let signer: Signer;
beforeAll(async () => {
  const pki = await createPki();
  root = pki.root;
  idp = await mintLeaf(pki, "NTRNL-10000010");
  signer = createSigner(await importOwnKeys(await keyPem(idp)), dersOf(idp), US);
});

const headerOf = (token: string) =>
  JSON.parse(Buffer.from(token.split(".")[0] ?? "", "base64url").toString());

test("the header has alg, typ and the whole chain, and no more", async () => {
  expect(headerOf(await signer.sign({ sub: "x" }, NOW))).toEqual({
    alg: "RS256",
    typ: "JWT",
    x5c: x5cOf(idp),
  });
});

test("the payload is the claims in our frame; exp is iat and 30 seconds", async () => {
  const payload = decodePayload(await signer.sign({ sub: "pseudonym", aud: SP, amr: ["pwd"] }, NOW));
  expect(payload).toEqual({
    iss: US,
    sub: "pseudonym",
    aud: SP,
    amr: ["pwd"],
    jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
    iat: NOW,
    exp: NOW + 30,
  });
});

test("no two have one jti", async () => {
  const tokens = await Promise.all(Array.from({ length: 20 }, () => signer.sign({ sub: "x" }, NOW)));
  expect(new Set(tokens.map((token) => decodePayload(token).jti)).size).toBe(20);
});

test.each(["iss", "iat", "exp"])("claims do not get at the frame: %s", async (name) => {
  const payload = decodePayload(await signer.sign({ sub: "x", [name]: "theirs" }, NOW));
  expect(payload[name]).not.toBe("theirs");
});

test("a jti that the caller has to know is the caller's", async () => {
  expect(decodePayload(await signer.sign({ sub: "x", jti: "known" }, NOW)).jti).toBe("known");
});

test("letters beyond ASCII arrive", async () => {
  expect(decodePayload(await signer.sign({ sub: "x", name: "Zoë 🚚" }, NOW)).name).toBe("Zoë 🚚");
});

test("a party that trusts our root accepts it", async () => {
  const anchors = { granted: new Set([await fingerprintOf(root)]), withdrawn: new Set<string>() };
  const proven = accepted(
    await verifyJwt(await signer.sign({ sub: US, aud: SP }, NOW), {
      audience: [SP],
      algorithms: ["RS256"],
      skew: 0,
      now: NOW,
      checkLife: true,
      paths: createPathCache(),
      anchor: (path) => checkPath(path, anchors, NOW),
    }),
  );
  expect(proven.claims).toMatchObject({ iss: US, sub: US, aud: SP, iat: NOW, exp: NOW + 30 });
  expect(proven.chain.leaf.fingerprint).toBe(await fingerprintOf(idp));
});
