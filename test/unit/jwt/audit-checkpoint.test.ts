/** Checkpoints pass for nothing else, and nothing else for a checkpoint. */
import { beforeAll, expect, test } from "vitest";
import { CHECKPOINT_SUBJECT, CHECKPOINT_TYPE, readCheckpoint } from "../../../src/jwt/audit-checkpoint.ts";
import { importOwnKeys } from "../../../src/jwt/keys.ts";
import { readOwnIdToken } from "../../../src/jwt/own-token.ts";
import { parseHeader, parseJwt } from "../../../src/jwt/profile.ts";
import { createSigner, type Signer } from "../../../src/jwt/sign.ts";
import { signJwt } from "../../support/jwt.ts";
import { createPki, dersOf, type Identity, keyPem, mintLeaf, type Pki } from "../../support/pki.ts";
import { accepted, reasonOf } from "../../support/result.ts";

const NOW = 1_790_000_000;
const US = "did:ishare:EU.NL.NTRNL-10000010";
const CLAIMS = { sub: CHECKPOINT_SUBJECT, organisation: "o", seq: 7, hash: "a".repeat(64) };

let pki: Pki;
let idp: Identity;
let signer: Signer;
beforeAll(async () => {
  pki = await createPki();
  idp = await mintLeaf(pki, "NTRNL-10000010");
  signer = createSigner(await importOwnKeys(await keyPem(idp)), dersOf(idp), US);
});
const read = (text: string) => readCheckpoint(text, dersOf(idp));
const byHand = (claims: Readonly<Record<string, unknown>>, header = {}, by = idp) =>
  signJwt(by, { iat: NOW, ...CLAIMS, ...claims }, { typ: CHECKPOINT_TYPE, ...header });

test("one of ours is read", async () => {
  const text = await signer.sign(CLAIMS, NOW, CHECKPOINT_TYPE);
  const { organisation, seq, hash } = CLAIMS;
  expect(await read(text)).toEqual({ ok: true, value: { organisation, seq, hash, at: NOW } });
  expect(await read(await byHand({ organisation: "" }))).toMatchObject({ ok: true });
});

test("it is no id_token and no assertion", async () => {
  const text = await signer.sign({ ...CLAIMS, aud: "a", azp: "a", nonce: "n" }, NOW, CHECKPOINT_TYPE);
  expect(reasonOf(parseHeader(accepted(parseJwt(text)).header, ["RS256"]))).toBe("jwt_typ");
  expect(
    await readOwnIdToken(text, [{ publicKey: await importOwnKeys(await keyPem(idp)) }], US),
  ).toBeUndefined();
});

test("what we sign otherwise is no checkpoint, whatever it claims", async () => {
  expect(reasonOf(await read(await signer.sign(CLAIMS, NOW)))).toBe("jwt_typ");
  expect(reasonOf(await read(await byHand({}, { typ: "jwt" })))).toBe("jwt_typ");
});

test("another's is refused, also with the same name, and with our certificate before another key", async () => {
  const other = await mintLeaf(pki, "NTRNL-10000010");
  expect(reasonOf(await read(await byHand({}, {}, other)))).toBe("jwt_signature");
  const ours = dersOf(idp).map((der) => Buffer.from(der).toString("base64"));
  expect(reasonOf(await read(await byHand({}, { x5c: ours }, other)))).toBe("jwt_signature");
});

test("a letter changed is refused", async () => {
  const text = await signer.sign(CLAIMS, NOW, CHECKPOINT_TYPE);
  const [head = "", body = "", signature = ""] = text.split(".");
  const claims = Buffer.from(body, "base64url").toString().replace('"seq":7', '"seq":8');
  const changed = Buffer.from(claims).toString("base64url");
  expect(reasonOf(await read(`${head}.${changed}.${signature}`))).toBe("jwt_signature");
  expect(reasonOf(await read("x"))).toBe("jwt_not_compact");
});

test.each([
  ["sub", { sub: US }],
  ["organisation", { organisation: undefined }],
  ["organisation", { organisation: 1 }],
  ["seq", { seq: "7" }],
  ["seq", { seq: 0 }],
  ["seq", { seq: 1.5 }],
  ["hash", { hash: "a" }],
  ["hash", { hash: 1 }],
  ["iat", { iat: "now" }],
])("a claim that is not as we write it: %s", async (_, change) => {
  expect(reasonOf(await read(await byHand(change)))).toBe("jwt_claim_type");
});
