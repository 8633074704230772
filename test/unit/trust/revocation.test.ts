/** Evidence and time → verdict; and where a certificate says that evidence is to be had. */

import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { beforeAll, describe, expect, test } from "vitest";
import { parseCertificate } from "../../../src/trust/certificate.ts";
import { conclude, type Evidence, isNewer, type Status } from "../../../src/trust/revocation.ts";
import { bytesOf, tlv } from "../../support/der.ts";
import { createPki, type Identity, mintLeaf, type Pki } from "../../support/pki.ts";
import { accepted } from "../../support/result.ts";
import { evidenceAt, pointName } from "../../support/revocation.ts";

const GOOD: Status = { kind: "good" };
const REVOKED: Status = { kind: "revoked", at: 50, reason: "keyCompromise" };
const evidence = (status: Status, thisUpdate = 100, nextUpdate = 200): Evidence => ({
  ...{ status, thisUpdate, nextUpdate },
});

describe("a verdict", () => {
  test.each<[string, Status, number, string]>([
    ["good, from a skew before its time", GOOD, 90, "good"],
    ["good, not earlier", GOOD, 89, "unavailable"],
    ["good, to the last second of a skew after its time", GOOD, 209, "good"],
    ["good, not later", GOOD, 210, "unavailable"],
    ["revoked", REVOKED, 150, "revoked"],
    ["revoked, however old", REVOKED, 1_000_000, "revoked"],
    ["revoked, not before its time", REVOKED, 89, "unavailable"],
    ["unknown", { kind: "unknown" }, 150, "unknown"],
    ["unknown, but not for ever", { kind: "unknown" }, 210, "unavailable"],
  ])("%s", (_, status, now, kind) => {
    expect(conclude(evidence(status), now, 10).kind).toBe(kind);
  });

  test("without evidence there is none", () => {
    expect(conclude(undefined, 100, 10)).toEqual({ kind: "unavailable" });
  });
});

test("the later word counts, and of two of one time the one that revokes, or lasts", () => {
  expect(isNewer(evidence(GOOD), undefined)).toBe(true);
  expect(isNewer(evidence(GOOD, 101), evidence(REVOKED, 100))).toBe(true);
  expect(isNewer(evidence(GOOD, 99), evidence(REVOKED, 100))).toBe(false);
  expect(isNewer(evidence(GOOD, 100, 900), evidence(REVOKED, 100))).toBe(false);
  expect(isNewer(evidence(REVOKED), evidence(GOOD, 100, 900))).toBe(true);
  expect(isNewer(evidence(GOOD, 100, 201), evidence(GOOD))).toBe(true);
  expect(isNewer(evidence(GOOD), evidence(GOOD))).toBe(false);
});

describe("a certificate names", () => {
  let pki: Pki;
  beforeAll(async () => {
    pki = await createPki();
  });
  const read = async (...more: x509.Extension[]) => {
    const { der }: Identity = await mintLeaf(pki, "NTRNL-10000020", { more });
    const { crlUris, ocspUris } = accepted(await parseCertificate(der));
    return { crlUris, ocspUris };
  };
  const [CRL, OCSP] = ["http://crl.example/a.crl", "http://ocsp.example/"];
  const points = (...content: readonly Uint8Array<ArrayBuffer>[]) =>
    new x509.Extension("2.5.29.31", false, tlv(0x30, ...content));
  const access = (...content: readonly Uint8Array<ArrayBuffer>[]) =>
    new x509.Extension("1.3.6.1.5.5.7.1.1", false, tlv(0x30, ...content));
  const uri = (text: string) => tlv(0x86, new TextEncoder().encode(text));

  test("its lists and responders, as written and in order", async () => {
    expect(await read(...evidenceAt({ crl: CRL, ocsp: OCSP }))).toEqual({ crlUris: [CRL], ocspUris: [OCSP] });
    const two = points(tlv(0x30, pointName(CRL)), tlv(0x30, pointName("ldap://x")));
    expect((await read(two)).crlUris).toEqual([CRL, "ldap://x"]);
    expect(await read()).toEqual({ crlUris: [], ocspUris: [] });
  });

  test("no list about some reasons, of another issuer, or by a relative name", async () => {
    const other = tlv(
      0xa2,
      tlv(0xa4, tlv(0x30, tlv(0x31, tlv(0x30, bytesOf("0603550403"), bytesOf("0c0141"))))),
    );
    const relative = tlv(0xa0, tlv(0xa1, tlv(0x30, bytesOf("0603550403"), bytesOf("0c0141"))));
    const found = await read(
      points(
        tlv(0x30, pointName(CRL), bytesOf("81020640")),
        tlv(0x30, pointName(CRL), other),
        tlv(0x30, relative),
        tlv(0x30, pointName(`http://crl.example/${"a".repeat(1000)}`)),
      ),
    );
    expect(found.crlUris).toEqual([]);
  });

  test("nobody, in access information that is for something else or can't be read; it is accepted all the same", async () => {
    const ocsp = bytesOf("06082b06010505073001");
    for (const [extension, found] of [
      [
        access(
          tlv(0x30, ocsp, uri(OCSP)),
          tlv(0x30, bytesOf("06082b06010505073002"), uri("http://ca.example/")),
        ),
        [OCSP],
      ],
      [access(tlv(0x30, ocsp)), []],
      [access(tlv(0x30, ocsp, uri(OCSP), bytesOf("0500"))), []],
      [access(tlv(0x30, ocsp, tlv(0x82, bytesOf("61")))), []],
      [access(bytesOf("0500")), []],
      [new x509.Extension("1.3.6.1.5.5.7.1.1", false, bytesOf("0500")), []],
      [new x509.Extension("1.3.6.1.5.5.7.1.1", false, bytesOf("ffff")), []],
    ] as const)
      expect((await read(extension)).ocspUris).toEqual(found);
  });
});
