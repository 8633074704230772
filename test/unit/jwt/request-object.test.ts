/** The form of a request object: a JWS, or that JWS in a JWE for us. What comes out is still unproven. */
import { CompactEncrypt, importSPKI } from "jose";
import { beforeAll, describe, expect, test } from "vitest";
import { importOwnKeys } from "../../../src/jwt/keys.ts";
import { type PrivateKey, SignerUnavailable } from "../../../src/jwt/private-key.ts";
import { openRequestObject } from "../../../src/jwt/request-object.ts";
import { wireOf } from "../../../src/protocol/failure.ts";
import { encodePart, encryptFor } from "../../support/jwt.ts";
import { generateKeys, type Identity, keyPem, mint } from "../../support/pki.ts";
import { accepted, dataOf, reasonOf } from "../../support/result.ts";

const JWS = "aGVhZA.Ym9keQ.c2ln"; // never looked into here
let idp: Identity;
let other: Identity;
let keys: readonly { readonly privateKey: PrivateKey }[];
let jwe: string;
beforeAll(async () => {
  idp = await mint(undefined);
  other = await mint(undefined, { keys: await generateKeys() });
  keys = [{ privateKey: await importOwnKeys(await keyPem(idp)) }];
  jwe = await encryptFor(idp, JWS);
});

const open = (text: string, encryption: "required" | "optional" = "optional", own = keys) =>
  openRequestObject(text, own, encryption);
const judge = async (...args: Parameters<typeof open>) => reasonOf(await open(...args));
/** the genuine JWE behind another protected header */
const withHeader = (header: unknown) => [encodePart(header), ...jwe.split(".").slice(1)].join(".");
const right = { alg: "RSA-OAEP-256", enc: "A256GCM" };

describe("a JWS", () => {
  test("is passed on as it is", async () => {
    expect(accepted(await open(JWS))).toBe(JWS);
  });

  test("is refused where encryption is required", async () => {
    expect(await judge(JWS, "required")).toBe("jwe_required");
    expect(await judge(jwe, "required")).toBe("accepted");
  });
});

describe("a JWE", () => {
  test.each(["RSA-OAEP", "RSA-OAEP-256"] as const)("with %s gives the JWS inside", async (alg) => {
    expect(accepted(await open(await encryptFor(idp, JWS, alg)))).toBe(JWS);
  });

  test("may say what it is and what it holds", async () => {
    expect(accepted(await open(await encryptFor(idp, JWS, "RSA-OAEP", { typ: "JWT", cty: "JWT" })))).toBe(
      JWS,
    );
  });

  test.each([1, 2, 4, 6, 7])("does not have %i parts", async (count) => {
    expect(await judge(Array(count).fill("YQ").join("."))).toBe("jwt_not_compact");
  });

  test.each([0, 1, 2, 3, 4])("part %i is not empty, padded or spaced", async (position) => {
    for (const change of [() => "", (part: string) => `${part}=`, (part: string) => `${part} `]) {
      const parts = jwe.split(".").map((part, at) => (at === position ? change(part) : part));
      expect(await judge(parts.join("."))).toBe("jwt_not_compact");
    }
  });
});

describe("its header", () => {
  test.each([
    ["text", "x"],
    ["null", "null"],
    ["an array", "[]"],
    ["an object with a name twice", '{"alg":"RSA-OAEP","alg":"RSA-OAEP-256","enc":"A256GCM"}'],
  ])("is not %s", async (_, text) => {
    expect(await judge(withHeader(text))).toBe("jwe_header_malformed");
  });

  test.each([
    ...["zip", "kid", "jwk", "jku", "x5c", "x5u", "x5t", "crit", "epk", "apu", "apv"],
    ...["p2c", "p2s", "iss", "sub", "aud", "b64", "ALG"],
  ])("has no %s", async (name) => {
    for (const value of ["DEF", 1, ["x"], null])
      expect(await judge(withHeader({ ...right, [name]: value }))).toBe("jwe_header_member");
  });

  test.each([
    "A128GCM",
    "A192GCM",
    "A128CBC-HS256",
    "A256CBC-HS512",
    "a256gcm",
    "",
    null,
    7,
    ["A256GCM"],
    undefined,
  ])("enc is not %j", async (enc) => {
    expect(await judge(withHeader({ ...right, enc }))).toBe("jwe_enc");
  });

  test.each([
    ...["RSA1_5", "RSA-OAEP-384", "RSA-OAEP-512", "dir", "A256KW", "ECDH-ES", "PBES2-HS256+A128KW"],
    ...["none", "rsa-oaep", "", "constructor", null, 7, ["RSA-OAEP"], undefined],
  ])("alg is not %j", async (alg) => {
    expect(await judge(withHeader({ ...right, alg }))).toBe("jwe_alg");
  });
});

describe("decryption", () => {
  test("needs our key", async () => {
    expect(await judge(await encryptFor(other, JWS))).toBe("jwe_decryption");
  });

  test.each([1, 2, 3, 4])("fails when part %i is changed", async (position) => {
    const parts = jwe.split(".").map((part, at) => {
      if (at !== position) return part;
      const bytes = Buffer.from(part, "base64url");
      bytes[0] = (bytes[0] ?? 0) ^ 1;
      return bytes.toString("base64url");
    });
    expect(await judge(parts.join("."))).toBe("jwe_decryption");
  });

  test("fails when the header is changed, even to one that would do", async () => {
    expect(await judge(withHeader({ ...right, typ: "JWT" }))).toBe("jwe_decryption");
    expect(await judge(withHeader({ ...right, alg: "RSA-OAEP" }))).toBe("jwe_decryption");
  });

  test("looks like a bad signature from outside", () => {
    expect(wireOf({ reason: "jwe_decryption" })).toEqual(wireOf({ reason: "jwt_signature" }));
    expect(wireOf({ reason: "jwe_not_nested" })).toEqual(wireOf({ reason: "jwt_signature" }));
  });
});

describe("with several keys", () => {
  const asked: string[] = [];
  const far = (name: string, key: Pick<PrivateKey, "unwrap">) => ({
    privateKey: {
      isRemote: true,
      sign: () => Promise.reject(new Error("not asked here")),
      unwrap: (...args: Parameters<PrivateKey["unwrap"]>) => {
        asked.push(name);
        return key.unwrap(...args);
      },
    },
  });
  const none = { unwrap: async () => undefined };
  const out = { unwrap: () => Promise.reject(new SignerUnavailable("TimeoutError")) };

  test("any of them will do", async () => {
    const second = { privateKey: await importOwnKeys(await keyPem(other)) };
    for (const sets of [
      [...keys, second],
      [second, ...keys],
    ])
      for (const to of [idp, other])
        expect(accepted(await open(await encryptFor(to, JWS), "required", sets))).toBe(JWS);
    expect(await judge(jwe, "required", [second])).toBe("jwe_decryption");
    expect(await judge(jwe, "required", [])).toBe("jwe_decryption");
  });

  test("one that is here is asked first, and those elsewhere only if it was not the one", async () => {
    asked.splice(0);
    expect(accepted(await open(jwe, "required", [far("one", none), ...keys]))).toBe(JWS);
    expect(asked).toEqual([]);
    expect(await judge(await encryptFor(other, JWS), "required", [far("one", none), ...keys])).toBe(
      "jwe_decryption",
    );
    expect(asked).toEqual(["one"]);
  });

  test("one that is out of reach is an outage, unless another opens it", async () => {
    const theirs = await importOwnKeys(await keyPem(other));
    const refused = await open(await encryptFor(other, JWS), "required", [far("one", out), ...keys]);
    expect([reasonOf(refused), dataOf(refused)]).toEqual(["signer_unavailable", { cause: "TimeoutError" }]);
    const sets = [far("one", out), far("two", theirs), ...keys];
    expect(accepted(await open(await encryptFor(other, JWS), "required", sets))).toBe(JWS);
  });

  test("a key of another length is none", async () => {
    for (const length of [0, 16, 31, 33])
      expect(await judge(jwe, "required", [far("one", { unwrap: async () => new Uint8Array(length) })])).toBe(
        "jwe_decryption",
      );
  });
});

describe("what AES-GCM would forgive", () => {
  test.each([1, 4, 8, 12, 15])("a tag of %i bytes", async (length) => {
    const parts = jwe.split(".");
    const tag = Buffer.from(parts[4] ?? "", "base64url").subarray(0, length);
    expect(await judge([...parts.slice(0, 4), tag.toString("base64url")].join("."))).toBe("jwe_decryption");
  });

  test.each([1, 8, 11, 13, 16])("an initialisation vector of %i bytes", async (length) => {
    const iv = Buffer.alloc(length, 1).toString("base64url");
    expect(
      await judge(
        jwe
          .split(".")
          .map((part, at) => (at === 2 ? iv : part))
          .join("."),
      ),
    ).toBe("jwe_decryption");
  });
});

describe("inside there is a JWS (bare claims prove nobody)", () => {
  test.each([
    ["claims", '{"iss":"did:ishare:EU.NL.NTRNL-10000020"}'],
    ["claims with two dots", '{"iss":"a.b.c"}'],
    ["a dot", "."],
    ["one part", "aGVhZA"],
    ["two parts", "aGVhZA.Ym9keQ"],
    ["four parts", `${JWS}.c2ln`],
  ])("not %s", async (_, plaintext) => {
    expect(await judge(await encryptFor(idp, plaintext))).toBe("jwe_not_nested");
  });

  test("not another JWE", async () => {
    expect(await judge(await encryptFor(idp, jwe))).toBe("jwe_not_nested");
  });

  test("not bytes that are no text", async () => {
    const key = await importSPKI(idp.certificate.publicKey.toString("pem"), "RSA-OAEP");
    const bytes = Uint8Array.of(0x61, 0x2e, 0xff, 0x2e, 0x61);
    const text = await new CompactEncrypt(bytes)
      .setProtectedHeader({ alg: "RSA-OAEP", enc: "A256GCM" })
      .encrypt(key);
    expect(await judge(text)).toBe("jwe_not_nested");
  });
});

test("size comes before any RSA", async () => {
  const none: typeof keys = [];
  const long = `${jwe}${"A".repeat(92_000)}`;
  expect(await judge(long, "optional", none)).toBe("jwt_too_large");
  expect(await judge("A".repeat(92_000), "optional", none)).toBe("jwt_too_large");
});

test("what is larger than a request object can be is refused before it is taken apart", async () => {
  const most = Math.floor(65_536 * 1.4);
  expect(await judge(`${"A".repeat(most - 6)}.A.A.A`)).toBe("jwt_not_compact");
  const refused = await open("A".repeat(most + 1));
  expect(reasonOf(refused)).toBe("jwt_too_large");
  expect(dataOf(refused)).toEqual({ length: most + 1 });
});
