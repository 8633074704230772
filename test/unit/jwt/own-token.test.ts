/** An id_token of ours that comes back: told from everything else that we or others signed. */
import { beforeAll, expect, test } from "vitest";
import { importOwnKeys, type OwnKeys } from "../../../src/jwt/keys.ts";
import { readOwnIdToken } from "../../../src/jwt/own-token.ts";
import { epoch, signJwt } from "../../support/jwt.ts";
import { createPki, type Identity, keyPem, mintLeaf } from "../../support/pki.ts";

const US = "did:ishare:EU.NL.NTRNL-10000010";
const SP = "EU.EORI.NL000000020";

let idp: Identity;
let other: Identity;
let keys: OwnKeys;
beforeAll(async () => {
  const pki = await createPki();
  idp = await mintLeaf(pki, "NTRNL-10000010");
  other = await mintLeaf(pki, "NTRNL-10000020");
  keys = await importOwnKeys(await keyPem(idp));
});

const claims = { iss: US, sub: "pseudonym", aud: SP, azp: SP, jti: "1", nonce: "n", iat: 1, exp: 31 };
const read = async (payload: object, signer = idp) =>
  readOwnIdToken(await signJwt(signer, { ...payload }), [{ publicKey: keys }], US);

test("ours is read, however old it is", async () => {
  expect(await read(claims)).toEqual({ sub: "pseudonym", aud: SP, jti: "1" });
  expect(await read({ ...claims, iat: epoch(), exp: epoch() + 30 })).toMatchObject({ jti: "1" });
});

test.each<[string, object]>([
  ["another issuer", { iss: SP }],
  ["another azp than aud", { azp: "somebody" }],
  ["no azp", { azp: undefined }],
  ["no nonce, as in userinfo and capabilities", { nonce: undefined }],
  ["a nonce that is no text", { nonce: 1 }],
  ["no sub", { sub: undefined }],
  ["a sub that is no text", { sub: {} }],
  ["no aud, as in public capabilities", { aud: undefined, azp: undefined }],
  ["an aud that is a list", { aud: [SP], azp: [SP] }],
  ["no jti", { jti: undefined }],
  ["a jti that is no text", { jti: 7 }],
])("one with %s is none", async (_, change) => {
  expect(await read({ ...claims, ...change })).toBeUndefined();
});

test("one that another participant signed, and one that was changed, are none", async () => {
  expect(await read(claims, other)).toBeUndefined();
  const [head, body, signature] = (await signJwt(idp, claims)).split(".");
  const changed = Buffer.from(JSON.stringify({ ...claims, sub: "another" })).toString("base64url");
  expect(await readOwnIdToken(`${head}.${changed}.${signature}`, [{ publicKey: keys }], US)).toBeUndefined();
  expect(await readOwnIdToken(`${head}.${body}.${signature}`, [{ publicKey: keys }], US)).toBeDefined();
});

test("what is no JWT is none", async () => {
  for (const text of ["", "a.b.c", "x"])
    expect(await readOwnIdToken(text, [{ publicKey: keys }], US)).toBeUndefined();
});
