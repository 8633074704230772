/**
 * One certificate, one fingerprint: no certificate stays acceptable with any bit of it changed, any byte left out or put
 * in, inside the signed part or around it. Whatever did would be the same certificate under a second fingerprint.
 */
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { beforeAll, describe, expect, test } from "vitest";
import { checkPath, verifyPath } from "../../../src/trust/chain.ts";
import { bytesOf, certificateParts, concat, tlv } from "../../support/der.ts";
import { createPki, dersOf, fingerprintOf, type Identity, mintLeaf, type Pki } from "../../support/pki.ts";
import { reasonOf } from "../../support/result.ts";

type Der = Uint8Array<ArrayBuffer>;
const NOW = Math.floor(Date.now() / 1000);
const SLOW = { timeout: 60_000 };

let pki: Pki;
let granted: ReadonlySet<string>;
let plain: Identity;
let rich: Identity;
beforeAll(async () => {
  pki = await createPki();
  granted = new Set([await fingerprintOf(pki.root)]);
  plain = await mintLeaf(pki, "NTRNL-10000020");
  rich = await mintLeaf(pki, "NTRNL-10000021", {
    bits: 3072,
    hash: "SHA-512",
    notAfter: new Date("2060-01-01T00:00:00Z"),
    more: [
      new x509.SubjectAlternativeNameExtension([{ type: "email", value: "a@example.com" }]),
      new x509.CertificatePolicyExtension(["1.2.3.4"]),
      new x509.CRLDistributionPointsExtension(["http://crl.example/ca.crl"]),
      new x509.Extension("1.2.3.4", false, bytesOf("0500")),
    ],
  });
}, 30_000);

async function judge(chain: readonly Der[]): Promise<string> {
  const path = await verifyPath(chain);
  return reasonOf(path.ok ? checkPath(path.value, { granted, withdrawn: new Set() }, NOW) : path);
}

/** Every bit turned, every byte left out, and every byte twice. */
function* mutantsOf(der: Der): Generator<Der> {
  for (let at = 0; at < der.length; at++) {
    for (let bit = 0; bit < 8; bit++) {
      const other = der.slice();
      other[at] = (other[at] ?? 0) ^ (1 << bit);
      yield other;
    }
    if (der[at] !== der[at + 1]) {
      yield concat(der.subarray(0, at), der.subarray(at + 1));
      yield concat(der.subarray(0, at + 1), der.subarray(at));
    }
  }
}

describe("every bit and byte of", () => {
  test.each<[name: string, at: number, chain: () => readonly Der[]]>([
    ["a leaf", 0, () => dersOf(plain)],
    ["a leaf with much in it", 0, () => dersOf(rich)],
    ["an issuing CA", 1, () => dersOf(plain)],
    ["a root", 3, () => dersOf(plain)],
  ])("%s", SLOW, async (_, at, build) => {
    const chain = build();
    expect(await judge(chain)).toBe("accepted");
    const genuine = chain[at] as Der;
    const reasons = new Map<string, number>();
    let mutants = 0;
    for (const mutant of mutantsOf(genuine)) {
      const reason = await judge(chain.toSpliced(at, 1, mutant));
      reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
      mutants++;
    }
    expect(reasons.get("accepted")).toBeUndefined();
    expect(mutants).toBeGreaterThan(genuine.length * 9);
    // They are refused by all kinds of rules, and not one of them alone.
    expect(reasons.size).toBeGreaterThan(8);
  });
});

describe("another signature that says the same", () => {
  const numberOf = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
  const withSignature = ({ der }: Identity, ...signature: Uint8Array[]): Der => {
    const [tbs, algorithm] = certificateParts(der);
    return tlv(0x30, tbs, algorithm, tlv(0x03, bytesOf("00"), ...signature));
  };
  const signatureOf = ({ der }: Identity): Der => certificateParts(der)[2].slice(5);
  const refused = async (der: Der): Promise<void> => {
    const [, ...cas] = dersOf(plain);
    expect(await judge([der, ...cas])).toBe("certificate_signature");
  };

  test("a zero in front", () => refused(withSignature(plain, bytesOf("00"), signatureOf(plain))));

  test("the number and its negative", async () => {
    const modulus = await modulusOf(pki.issuing);
    const negative = (modulus - numberOf(signatureOf(plain))).toString(16).padStart(512, "0");
    await refused(withSignature(plain, bytesOf(negative)));
  });

  test("the number and the modulus (RFC 8017 §5.2.2: out of range)", SLOW, async () => {
    const modulus = await modulusOf(pki.issuing);
    // Room for the sum is there for some signatures only: as many leaves as it takes.
    for (;;) {
      const leaf = await mintLeaf(pki, "NTRNL-10000022");
      const sum = (numberOf(signatureOf(leaf)) + modulus).toString(16);
      if (sum.length > 512) continue;
      expect(await judge(dersOf(leaf))).toBe("accepted");
      await refused(withSignature(leaf, bytesOf(sum.padStart(512, "0"))));
      break;
    }
  });

  async function modulusOf({ keys }: Identity): Promise<bigint> {
    const { n = "" } = (await crypto.subtle.exportKey("jwk", keys.publicKey)) as JsonWebKey;
    return numberOf(Buffer.from(n, "base64url"));
  }
});
