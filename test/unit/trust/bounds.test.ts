/** Strict, and not too strict: what strangers can make us spend and log, and the roots of the public web. */
import { X509Certificate } from "node:crypto";
import { rootCertificates } from "node:tls";
import { beforeAll, describe, expect, test } from "vitest";
import { parseCertificate } from "../../../src/trust/certificate.ts";
import { verifyPath } from "../../../src/trust/chain.ts";
import { bytesOf, tlv } from "../../support/der.ts";
import { accepted, reasonOf } from "../../support/result.ts";
import { andExtensions, type Change, extension, extensionIs, type Field, nameOf, patched } from "./patch.ts";
import { createWorld, type World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});

const manyExtensions = Array.from({ length: 3200 }, (_, at) =>
  extension(
    `2a${(at >> 6).toString(16).padStart(2, "0")}${(at & 63).toString(16).padStart(2, "0")}`,
    bytesOf("0500"),
  ),
);
const manyNames = Array.from({ length: 40 }, () => tlv(0xa4, nameOf(40)));
const point = tlv(0x30, tlv(0xa0, tlv(0xa0, ...manyNames)));

describe("what a certificate of a stranger costs", () => {
  test("the log gets no more of an extension than its OID, and that is short", async () => {
    const oids = ["2a".repeat(32), `88${"ff".repeat(30)}7f`];
    for (const oid of oids) {
      const der = await patched(
        world.leaf,
        "extensions",
        andExtensions(extension(oid, bytesOf("0500"), "0101ff")),
      );
      const path = await verifyPath([der]);
      expect(path.ok || path.failure.reason).toBe("certificate_critical_extension");
      expect(JSON.stringify(path).length).toBeLessThan(300);
    }
    const long = andExtensions(extension("2a".repeat(40_000), bytesOf("0500"), "0101ff"));
    const path = await verifyPath([await patched(world.leaf, "extensions", long)]);
    expect(path).toMatchObject({ failure: { reason: "certificate_malformed", data: { certificate: 0 } } });
    expect(JSON.stringify(path).length).toBeLessThan(100);
  });

  // Measured: below 1 ms, and 5 ms for the last; before there were bounds it was up to 130 ms.
  test.each<[name: string, field: Field, change: Change, reason: string]>([
    ["3200 extensions", "extensions", andExtensions(...manyExtensions), "certificate_malformed"],
    ["5000 attributes", "subject", () => nameOf(5000), "certificate_malformed"],
    [
      "3200 alternative names",
      "extensions",
      extensionIs("alternativeNames", tlv(0x30, ...Array(3200).fill(bytesOf("820161")))),
      "certificate_malformed",
    ],
    [
      "3200 distribution points",
      "extensions",
      extensionIs("distributionPoints", tlv(0x30, ...Array(3200).fill(bytesOf("3000")))),
      "certificate_malformed",
    ],
    [
      "as many names as fit",
      "extensions",
      extensionIs("distributionPoints", tlv(0x30, point, point)),
      "accepted",
    ],
  ])("%s: a hundred of them within 5 s", async (_, field, change, reason) => {
    const der = await patched(world.leaf, field, change);
    expect(der.length).toBeLessThan(128 * 1024);
    const start = performance.now();
    for (let round = 0; round < 100; round++) expect(reasonOf(await parseCertificate(der))).toBe(reason);
    expect(performance.now() - start).toBeLessThan(5000);
  });
});

test("the roots of the public web are read, as another parser reads them", async () => {
  const refused: string[] = [];
  for (const pem of rootCertificates) {
    const other = new X509Certificate(pem);
    const result = await parseCertificate(new Uint8Array(other.raw));
    if (!result.ok) {
      refused.push(other.subject);
      continue;
    }
    const seen = accepted(result);
    expect(seen.fingerprint).toBe(other.fingerprint256.replaceAll(":", "").toLowerCase());
    expect(seen.notBefore).toBe(Date.parse(other.validFrom) / 1000);
    expect(seen.notAfter).toBe(Date.parse(other.validTo) / 1000);
    expect(seen.isCa).toBe(true);
    expect(BigInt(`0x${seen.serial}`)).toBe(BigInt(`0x${other.serialNumber}`));
    const rsa = other.publicKey.asymmetricKeyType === "rsa";
    expect(seen.rsaBits).toBe(rsa ? other.publicKey.asymmetricKeyDetails?.modulusLength : undefined);
    for (const value of seen.subjectAttributes.values())
      expect(other.subject.replaceAll("\\", "")).toContain(value);
  }
  // Two spell their key usage with zeros too many (X.690 §11.2.2). They are EC keys, so no roots for anyone here.
  expect(refused.filter((subject) => !subject.includes("Trustwave Global ECC"))).toEqual([]);
});
