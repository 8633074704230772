/** One certificate: the fields that trust needs, and one encoding only (so that one fingerprint is one identity). */
import "reflect-metadata";
import { X509Certificate } from "node:crypto";
import * as x509 from "@peculiar/x509";
import { beforeAll, describe, expect, test } from "vitest";
import { hasKeyUsage, parseCertificate } from "../../../src/trust/certificate.ts";
import { verifyPath } from "../../../src/trust/chain.ts";
import { bytesOf, certificateParts, childrenOf, concat, resign, tlv } from "../../support/der.ts";
import {
  createPki,
  dersOf,
  fingerprintOf,
  generateKeys,
  type Identity,
  keyIdentifiers,
  leafExtensions,
  mint,
  mintCa,
  mintLeaf,
  type Pki,
} from "../../support/pki.ts";
import { accepted, reasonOf } from "../../support/result.ts";

let pki: Pki;
let leaf: Identity;
beforeAll(async () => {
  pki = await createPki();
  leaf = await mintLeaf(pki, "NTRNL-10000020");
});

const read = async (der: Uint8Array<ArrayBuffer>) => accepted(await parseCertificate(der));
const judge = async (der: Uint8Array<ArrayBuffer>) => reasonOf(await parseCertificate(der));

describe("fields, against another parser", () => {
  test("of a leaf", async () => {
    const seen = await read(leaf.der);
    const other = new X509Certificate(leaf.der);
    expect(seen.fingerprint).toBe(other.fingerprint256.replaceAll(":", "").toLowerCase());
    expect(seen.fingerprint).toBe(await fingerprintOf(leaf));
    expect(seen.der).toEqual(leaf.der);
    expect(seen.notBefore).toBe(new Date(other.validFrom).getTime() / 1000);
    expect(seen.notAfter).toBe(new Date(other.validTo).getTime() / 1000);
    expect(seen.spki).toEqual(new Uint8Array(other.publicKey.export({ type: "spki", format: "der" })));
    expect(seen).toMatchObject({
      signatureHash: "SHA-256",
      rsaBits: 2048,
      isCa: false,
      pathLength: undefined,
      hasNameConstraints: false,
      unknownCritical: [],
    });
    expect(hasKeyUsage(seen, "nonRepudiation")).toBe(true);
    expect(hasKeyUsage(seen, "digitalSignature", "nonRepudiation")).toBe(true);
    expect(hasKeyUsage(seen, "digitalSignature", "keyCertSign")).toBe(false);
  });

  test("of a CA and of what it issued", async () => {
    const [issued, issuing, sub, root] = [
      await read(leaf.der),
      ...(await Promise.all(dersOf(pki.issuing).map(read))),
    ];
    expect(issuing).toMatchObject({ isCa: true, pathLength: 0 });
    expect(sub).toMatchObject({ isCa: true, pathLength: 1 });
    expect(root).toMatchObject({ isCa: true, pathLength: undefined });
    expect(issued.issuer).toEqual(issuing?.subject);
    expect(issued.authorityKeyId).toBe(issuing?.subjectKeyId);
    expect(issued.authorityKeyId).toMatch(/^[0-9a-f]{40}$/);
    expect(root?.issuer).toEqual(root?.subject);
  });

  test.each([
    ["020100", 0],
    ["020107", 7],
    ["02020100", 256],
    ["02047fffffff", 2_147_483_647],
  ])("a path length %s", async (integer, pathLength) => {
    const value = tlv(0x30, bytesOf("0101ff"), bytesOf(integer));
    const more = [new x509.Extension("2.5.29.19", true, value)];
    expect((await read((await mint(pki.issuing, { more })).der)).pathLength).toBe(pathLength);
  });

  test("subject attributes go by OID, the first of each", async () => {
    const subject =
      "CN=Name, 2.5.4.97=NTRNL-10000020, 2.5.4.5=EU.EORI.NL000000020, 2.5.4.5=EU.EORI.NL000000021, O=Zoë & Co, C=NL";
    const { subjectAttributes } = await read((await mint(pki.issuing, { subject })).der);
    expect(Object.fromEntries(subjectAttributes)).toEqual({
      "2.5.4.3": "Name",
      "2.5.4.97": "NTRNL-10000020",
      "2.5.4.5": "EU.EORI.NL000000020",
      "2.5.4.10": "Zoë & Co",
      "2.5.4.6": "NL",
    });
  });

  test.each([1024, 2040, 3072])("an RSA modulus of %i bits", async (bits) => {
    expect((await read((await mint(pki.issuing, { bits })).der)).rsaBits).toBe(bits);
  });

  test("a key that is not RSA has no RSA length", async () => {
    const keys = (await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, [
      "sign",
      "verify",
    ])) as CryptoKeyPair;
    expect(
      (await read((await mint(pki.issuing, { keys, extensions: leafExtensions() })).der)).rsaBits,
    ).toBeUndefined();
  });

  test.each(["SHA-256", "SHA-384", "SHA-512"] as const)("a signature with %s", async (hash) => {
    expect((await read((await mint(pki.issuing, { hash })).der)).signatureHash).toBe(hash);
  });

  test("a signature with SHA-1 has no hash that counts", async () => {
    expect((await read((await mint(pki.issuing, { hash: "SHA-1" })).der)).signatureHash).toBeUndefined();
  });

  test("no key usage is not an empty one", async () => {
    const extensions = await keyIdentifiers(leaf.keys, pki.issuing.keys);
    const { keyUsage } = await read((await mint(pki.issuing, { extensions })).der);
    expect(keyUsage).toBeUndefined();
  });

  test("critical extensions that are not evaluated are named; others are not", async () => {
    const more = [
      new x509.Extension("1.2.3.4", true, bytesOf("0500")),
      new x509.Extension("1.2.3.5", false, bytesOf("0500")),
      new x509.SubjectAlternativeNameExtension([{ type: "email", value: "a@example.com" }], true),
      new x509.Extension("2.5.29.36", true, bytesOf("3003800100")),
    ];
    expect((await read((await mint(pki.issuing, { more })).der)).unknownCritical).toEqual([
      "1.2.3.4",
      "2.5.29.36",
    ]);
  });

  test("name constraints are seen, critical or not", async () => {
    for (const critical of [true, false]) {
      const more = [new x509.Extension("2.5.29.30", critical, bytesOf("3000"))];
      expect((await read((await mint(pki.issuing, { more })).der)).hasNameConstraints).toBe(true);
    }
  });
});

describe("one encoding outside the signed part", () => {
  const recode = async (change: (parts: ReturnType<typeof certificateParts>) => Uint8Array<ArrayBuffer>) =>
    judge(change(certificateParts(leaf.der)));
  const signatureOf = (part: Uint8Array) => part.subarray(part.length - 256);
  const SHA384 = "300d 0609 2a864886f70d01010c 0500";

  test("put together again it is the same", async () => {
    expect(await recode((parts) => tlv(0x30, ...parts))).toBe("accepted");
  });

  test.each<[string, Parameters<typeof recode>[0]]>([
    ["nothing", () => bytesOf("")],
    ["garbage", () => bytesOf("deadbeef")],
    ["an empty sequence", () => bytesOf("3000")],
    ["a byte behind", () => concat(leaf.der, bytesOf("00"))],
    ["another certificate behind", () => concat(leaf.der, pki.root.der)],
    ["a byte before", () => concat(bytesOf("00"), leaf.der)],
    ["a fourth part", (parts) => tlv(0x30, ...parts, bytesOf("0500"))],
    ["no signature", ([tbs, algorithm]) => tlv(0x30, tbs, algorithm)],
    ["an indefinite length", (parts) => concat(bytesOf("3080"), ...parts, bytesOf("0000"))],
    [
      "a length in three bytes",
      (parts) => {
        const content = concat(...parts);
        return concat(bytesOf(`308300${content.length.toString(16).padStart(4, "0")}`), content);
      },
    ],
    [
      "a length too long",
      () => concat(leaf.der.slice(0, 3), Uint8Array.of((leaf.der[3] ?? 0) + 1), leaf.der.slice(4)),
    ],
    ["a set for a sequence", (parts) => tlv(0x31, ...parts)],
    ["another algorithm outside than inside", ([tbs, , value]) => tlv(0x30, tbs, bytesOf(SHA384), value)],
    [
      "the outer algorithm without parameters",
      ([tbs, , value]) => tlv(0x30, tbs, bytesOf("300b 0609 2a864886f70d01010b"), value),
    ],
    [
      "the outer algorithm with a byte more",
      ([tbs, algorithm, value]) =>
        tlv(0x30, tbs, tlv(0x30, ...childrenOf(algorithm), bytesOf("0500")), value),
    ],
    [
      "unused bits",
      ([tbs, algorithm, value]) => tlv(0x30, tbs, algorithm, tlv(0x03, Uint8Array.of(1), signatureOf(value))),
    ],
    [
      "an octet string for the signature",
      ([tbs, algorithm, value]) => tlv(0x30, tbs, algorithm, tlv(0x04, Uint8Array.of(0), signatureOf(value))),
    ],
    ["an empty bit string", ([tbs, algorithm]) => tlv(0x30, tbs, algorithm, bytesOf("0300"))],
    ["signature before algorithm", ([tbs, algorithm, value]) => tlv(0x30, tbs, value, algorithm)],
    [
      "a signed part that is no sequence",
      ([tbs, algorithm, value]) => tlv(0x30, tlv(0x31, ...childrenOf(tbs)), algorithm, value),
    ],
    [
      "a signed part of garbage",
      ([, algorithm, value]) => tlv(0x30, tlv(0x30, bytesOf("ff")), algorithm, value),
    ],
    ["an empty signed part", ([, algorithm, value]) => tlv(0x30, bytesOf("3000"), algorithm, value)],
  ])("refuses %s", async (_, change) => {
    expect(await recode(change)).toBe("certificate_not_canonical");
  });

  test("refuses every cut", { timeout: 30_000 }, async () => {
    for (let end = 0; end < leaf.der.length; end += 1)
      expect(await judge(leaf.der.slice(0, end))).toBe("certificate_not_canonical");
  });

  test("no single bit outside the signed part can change and pass", { timeout: 30_000 }, async () => {
    const [tbs, , value] = certificateParts(leaf.der);
    const outside = leaf.der.length - tbs.length;
    const whole = dersOf(leaf).slice(1);
    const flip = (at: number, bit: number) => {
      const der = leaf.der.slice();
      der[at] = (der[at] ?? 0) ^ (1 << bit);
      return der;
    };
    let bytes = 0;
    for (let at = 0; at < leaf.der.length; at++) {
      if (at >= 4 && at < 4 + tbs.length) continue;
      bytes++;
      const inSignature = at >= leaf.der.length - signatureOf(value).length;
      // Around the signature every bit is judged by form; in it, by the issuer's key.
      for (let bit = 0; bit < (inSignature ? 1 : 8); bit++) {
        const reason = inSignature
          ? reasonOf(await verifyPath([flip(at, bit), ...whole]))
          : await judge(flip(at, bit));
        expect(reason).toBe(inSignature ? "certificate_signature" : "certificate_not_canonical");
      }
    }
    expect(bytes).toBe(outside);
  });
});

/** An RSA key as it says it is. @param exponent content of the INTEGER, hex, as the others are */
function spkiOf(
  exponent: string,
  { modulus = `00${"c1".repeat(256)}`, unused = "00", algorithm = "0500" } = {},
) {
  const numbers = tlv(0x30, tlv(0x02, bytesOf(modulus)), tlv(0x02, bytesOf(exponent)));
  const oid = bytesOf("06092a864886f70d010101");
  return tlv(0x30, tlv(0x30, oid, bytesOf(algorithm)), tlv(0x03, bytesOf(unused), numbers));
}
const withKey = (spki: Uint8Array<ArrayBuffer>) =>
  resign(leaf, (fields) => fields.map((field, at) => (at === 6 ? spki : field)));
const judgeKey = async (spki: Uint8Array<ArrayBuffer>) => judge(await withKey(spki));

test.each([
  ["the highest bit set, behind a byte for the sign", `00${"c1".repeat(256)}`, 2048],
  ["the highest bit not set", `7f${"c1".repeat(255)}`, 2047],
  ["one bit in its first byte", `01${"c1".repeat(256)}`, 2049],
  ["a single byte", "01", 1],
])("how long a modulus is, with %s", async (_, modulus, bits) => {
  expect((await read(await withKey(spkiOf("010001", { modulus })))).rsaBits).toBe(bits);
});

test.each(["03", "11", "010001", "00ffffffff"])("an exponent of %s is one", async (exponent) => {
  expect(await judgeKey(spkiOf(exponent))).toBe("accepted");
});

describe("what can't be read is refused, not thrown", () => {
  const [version, serial, algorithm, issuer, validity, subject, spki, extensions] = [0, 1, 2, 3, 4, 5, 6, 7];
  const replace = (position: number, hex: string) => async () =>
    judge(
      await resign(leaf, (fields) => fields.map((field, at) => (at === position ? bytesOf(hex) : field))),
    );
  const rsaKey =
    (...key: Parameters<typeof spkiOf>) =>
    () =>
      judgeKey(spkiOf(...key));
  const changed = (change: (fields: Uint8Array<ArrayBuffer>[]) => readonly Uint8Array[]) => async () =>
    judge(await resign(leaf, change));
  const retagged = (tag: string) =>
    changed((fields) => fields.map((it, at) => (at === extensions ? concat(bytesOf(tag), it.slice(1)) : it)));
  const behindAll = (hex: string) => changed((fields) => [...fields, bytesOf(hex)]);
  const withExtension = (hex: string) =>
    changed((fields) =>
      fields.map((it, at) =>
        at === extensions
          ? tlv(0xa3, tlv(0x30, ...childrenOf(childrenOf(it)[0] ?? concat()), bytesOf(hex)))
          : it,
      ),
    );
  const extension = (oid: string, value: string) => async () =>
    judge((await mint(pki.issuing, { extensions: [new x509.Extension(oid, false, bytesOf(value))] })).der);

  test.each<[string, () => Promise<string>]>([
    ["a subject of another type", replace(subject, "31020500")],
    ["an issuer of another type", replace(issuer, "31020500")],
    ["an issuer without a name", replace(issuer, "3000")],
    ["extensions under another tag", retagged("a2")],
    ["a field behind the extensions", behindAll("0500")],
    ["unique ids of version 2 behind the extensions", behindAll("82020001")],
    ["an extension of four parts", withExtension("3010 0603 2a0304 0101ff 0402 0500 0402 0500")],
    ["a path length of one that says it is no CA", extension("2.5.29.19", "3006010100020100")],
    ["a key whose algorithm has a third part", rsaKey("010001", { algorithm: "05000500" })],
    ["a key in a bit string with unused bits", rsaKey("010001", { unused: "01" })],
    ["an exponent of nothing", rsaKey("")],
    ["an exponent of 0", rsaKey("00")],
    ["an exponent of 1", rsaKey("01")],
    ["an exponent of 128, written as if negative", rsaKey("80")],
    ["an even exponent", rsaKey("010000")],
    ["an exponent of 6 bytes", rsaKey("010000000001")],
    ["a modulus of 0", rsaKey("010001", { modulus: "00" })],
    ["a negative modulus", rsaKey("010001", { modulus: "ff7f" })],
    ["a modulus that begins with the highest bit", rsaKey("010001", { modulus: "80" })],
    ["an empty key", replace(spki, "3000")],
    ["a key of garbage", replace(spki, "30030201ff")],
    ["a validity of integers", replace(validity, "3006020101020102")],
    ["an extension that is none", replace(extensions, "a3053003 0201ff")],
    ["basic constraints of garbage", extension("2.5.29.19", "0400")],
    ["a path length of text", extension("2.5.29.19", "30050101ff0400")],
    ["an authority key identifier of garbage", extension("2.5.29.35", "0400")],
    ["a subject key identifier of garbage", extension("2.5.29.14", "0500")],
  ])("%s", async (_, run) => {
    expect(await run()).toBe("certificate_malformed");
  });

  test("a key usage of garbage", async () => {
    const extensions = [new x509.Extension("2.5.29.15", true, bytesOf("0500"))];
    expect(await judge((await mint(pki.issuing, { extensions })).der)).toBe("certificate_malformed");
  });

  test("an extension twice (RFC 5280 §4.2)", async () => {
    const more = [new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true)];
    expect(await judge((await mint(pki.issuing, { more })).der)).toBe("certificate_malformed");
  });

  test("an algorithm inside that differs from the one outside (RFC 5280 §4.1.1.2)", async () => {
    expect(await replace(algorithm, "300d 0609 2a864886f70d01010c 0500")()).toBe("certificate_not_canonical");
  });

  test("positions are as assumed", async () => {
    const [tbs] = certificateParts(leaf.der);
    const tags = childrenOf(tbs).map((field) => field[0]);
    expect(
      [version, serial, algorithm, issuer, validity, subject, spki, extensions].map((at) => tags[at]),
    ).toEqual([0xa0, 0x02, 0x30, 0x30, 0x30, 0x30, 0x30, 0xa3]);
  });
});

test("a forged self-signed look-alike has another fingerprint", async () => {
  const twin = await mintCa(undefined, { subject: pki.root.subject, keys: await generateKeys() });
  const [one, other] = [await read(pki.root.der), await read(twin.der)];
  expect(other.subject).toEqual(one.subject);
  expect(other.fingerprint).not.toBe(one.fingerprint);
});
