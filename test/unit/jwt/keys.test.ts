/** Our own key and chain as PEM: what is read, what each use of the key may do, and what is no key. */
import { beforeAll, describe, expect, test } from "vitest";
import { importOwnKeys, publicKeyOf, readPemChain } from "../../../src/jwt/keys.ts";
import { KEY_MANAGEMENT } from "../../../src/jwt/private-key.ts";
import { decodeBase64url, encodeUtf8 } from "../../../src/protocol/encoding.ts";
import { encryptFor } from "../../support/jwt.ts";
import { chainPem, createPki, dersOf, type Identity, keyPem, mintLeaf } from "../../support/pki.ts";

let idp: Identity;
let pem: string;
let chain: string;
beforeAll(async () => {
  idp = await mintLeaf(await createPki(), "NTRNL-10000010");
  pem = await keyPem(idp);
  chain = chainPem(idp);
});

describe("importOwnKeys", () => {
  test("signs what the certificate's key verifies", async () => {
    const keys = await importOwnKeys(pem);
    const data = encodeUtf8("x");
    const signature = await keys.sign(data);
    expect(await crypto.subtle.verify("RSASSA-PKCS1-v1_5", idp.keys.publicKey, signature, data)).toBe(true);
    expect(await crypto.subtle.verify("RSASSA-PKCS1-v1_5", keys.verification, signature, data)).toBe(true);
    expect(keys.isRemote).toBe(false);
  });

  test("unwraps with both algorithms, and says nothing of what is for another key", async () => {
    const keys = await importOwnKeys(pem);
    for (const alg of KEY_MANAGEMENT) {
      const [, wrapped = ""] = (await encryptFor(idp, "x", alg)).split(".");
      const bytes = decodeBase64url(wrapped) ?? new Uint8Array();
      expect(await keys.unwrap(alg, bytes)).toHaveLength(32);
      for (const other of KEY_MANAGEMENT)
        if (other !== alg) expect(await keys.unwrap(other, bytes)).toBeUndefined();
      // At its end: one of 256 begins with a zero, and Node takes that number without it as well.
      expect(await keys.unwrap(alg, bytes.slice(0, -1))).toBeUndefined();
      expect(await keys.unwrap(alg, new Uint8Array())).toBeUndefined();
    }
  });

  test("the public half is the certificate's, and the private half can't be got at", async () => {
    const keys = await importOwnKeys(pem);
    expect(await crypto.subtle.exportKey("jwk", idp.keys.publicKey)).toMatchObject({
      n: keys.modulus,
      e: keys.exponent,
    });
    const spki = new Uint8Array((await crypto.subtle.exportKey("spki", idp.keys.publicKey)) as ArrayBuffer);
    expect(await publicKeyOf(spki)).toMatchObject({ modulus: keys.modulus, exponent: keys.exponent });
    const held = Object.values(keys).filter((it) => it instanceof CryptoKey);
    expect(held.map(({ type, usages }) => [type, ...usages])).toEqual([["public", "verify"]]);
  });

  test("no other key, and no garbage", async () => {
    const ec = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, [
      "sign",
      "verify",
    ]);
    const pkcs8 = await crypto.subtle.exportKey("pkcs8", (ec as CryptoKeyPair).privateKey);
    const ecPem = `-----BEGIN PRIVATE KEY-----\n${Buffer.from(pkcs8 as ArrayBuffer).toString("base64")}\n-----END PRIVATE KEY-----`;
    const others = [
      "",
      "x",
      ecPem,
      chain,
      pem.replaceAll("PRIVATE KEY", "RSA PRIVATE KEY"),
      pem.replaceAll("PRIVATE KEY", "PUBLIC KEY"),
      pem.replaceAll("PRIVATE KEY", "ENCRYPTED PRIVATE KEY"),
      pem.slice(0, 500),
    ];
    for (const other of others) await expect(importOwnKeys(other)).rejects.toThrow();
  });
});

describe("readPemChain", () => {
  const ders = () => [...dersOf(idp)];

  test.each<[string, (text: string) => string]>([
    ["as it is", (text) => text],
    ["with CRLF", (text) => text.replaceAll("\n", "\r\n")],
    ["in one line each", (text) => text.replace(/(?<![-])\n(?!-)/g, "")],
    ["with words around", (text) => `subject=CN=Test\n${text}\nEnd.`],
    ["indented", (text) => text.replaceAll("\n", "\n  ")],
  ])("reads every certificate in order, %s", (_, write) => {
    expect(readPemChain(write(chain))).toEqual(ders());
  });

  test.each<[string, (text: string) => string]>([
    ["nothing", () => ""],
    ["no certificate", () => pem],
    ["a garbled first one", (text) => text.replace("MII", "M*I")],
    ["a cut first one", (text) => text.replace(/\n[^-]{10}/, "\n")],
    ["a garbled last one", (text) => text.replace(/(?<=.*)MII(?![\s\S]*MII)/, "M*I")],
    ["a hyphen in the last one", (text) => text.replace(/MII(?![\s\S]*MII)/, "M-I")],
    ["a last one without its end", (text) => text.replace(/-----END CERTIFICATE-----\s*$/, "")],
  ])("does not read %s", (_, write) => {
    expect(readPemChain(write(chain))).toBeUndefined();
  });
});
