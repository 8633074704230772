/** What an OCSP answer says of a certificate, who may sign it, and which say nothing; openssl is asked about each. */
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { beforeAll, describe, expect, test } from "vitest";
import { type Certificate, parseCertificate } from "../../../src/trust/certificate.ts";
import { buildOcspRequest, readOcsp } from "../../../src/trust/ocsp.ts";
import { conclude, type Link } from "../../../src/trust/revocation.ts";
import { bytesOf, childrenOf, concat, tlv } from "../../support/der.ts";
import { askAboutOcsp, describeRequest } from "../../support/openssl-revocation.ts";
import {
  createPki,
  generateKeys,
  type Identity,
  keyIdentifiers,
  type MintOptions,
  mint,
  mintCa,
  mintLeaf,
  type Pki,
} from "../../support/pki.ts";
import { accepted } from "../../support/result.ts";
import {
  AN_HOUR,
  ago,
  createOcsp,
  extension,
  type OcspOptions,
  revokedStatus,
  serialOf,
  singleResponse,
  UNKNOWN,
  wrapOcsp,
} from "../../support/revocation.ts";

type Bytes = Uint8Array<ArrayBuffer>;
const NOW = Math.floor(Date.now() / 1000);
const SKEW = 10;
const OCSP_SIGNING = "1.3.6.1.5.5.7.3.9";

let pki: Pki;
let attacker: CryptoKeyPair;
let leaf: Identity;
let other: Identity;
let link: Link;
let responder: Identity;
const certificateOf = async ({ der }: Identity): Promise<Certificate> =>
  accepted(await parseCertificate(der));
const linkOf = async (certificate: Identity, issuer: Identity): Promise<Link> => ({
  certificate: await certificateOf(certificate),
  issuer: await certificateOf(issuer),
});
const hexOf = (bytes: Bytes): string => Buffer.from(bytes).toString("hex");
/** A certificate for signing answers. */
const mintResponder = (issuer: Identity, options: MintOptions = {}, usage = OCSP_SIGNING) =>
  mint(issuer, {
    subject: "CN=Responder, O=Test, C=NL",
    ...options,
    extensions: [
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([usage]),
      ...(options.extensions ?? []),
    ],
  });
async function delegate(issuer: Identity, options: MintOptions = {}, usage?: string): Promise<Identity> {
  const keys = options.keys ?? (await generateKeys());
  const extensions = await keyIdentifiers(keys, issuer.keys);
  return mintResponder(issuer, { ...options, keys, extensions }, usage);
}

beforeAll(async () => {
  [pki, attacker] = [await createPki(), await generateKeys()];
  [leaf, other] = [await mintLeaf(pki, "NTRNL-10000020"), await mintLeaf(pki, "NTRNL-10000021")];
  [link, responder] = [await linkOf(leaf, pki.issuing), await delegate(pki.issuing)];
});

/** The verdict now, or the reason why there is none. */
async function judge(answer: Bytes, about = link): Promise<string> {
  const evidence = await readOcsp(answer, about, NOW);
  if (!evidence.ok) return evidence.failure.reason;
  const verdict = conclude(evidence.value, NOW, SKEW);
  return verdict.kind === "revoked" ? `revoked: ${verdict.reason}` : verdict.kind;
}
const make = (options: OcspOptions = {}) => createOcsp(serialOf(leaf), pki.issuing, options);

/** The same answer with the one CertID in it changed. */
const withId =
  (change: (id: readonly Bytes[]) => readonly Bytes[]) =>
  (fields: readonly Bytes[]): readonly Bytes[] =>
    fields.map((field, at) => {
      if (at !== 2) return field;
      const [id = concat(), ...rest] = childrenOf(childrenOf(field)[0] ?? concat());
      return tlv(0x30, tlv(0x30, tlv(0x30, ...change(childrenOf(id))), ...rest));
    });
const replace =
  (position: number, part: Bytes) =>
  (parts: readonly Bytes[]): readonly Bytes[] =>
    parts.map((it, at) => (at === position ? part : it));
const NO_HASH = tlv(0x04, new Uint8Array(20));

describe("says", () => {
  test.each<[string, string, () => OcspOptions | Promise<OcspOptions>]>([
    ["all is well", "good", () => ({})],
    ["the same, by name", "good", () => ({ byName: true })],
    ["it is revoked", "revoked: unspecified", () => ({ status: revokedStatus() })],
    ["and why", "revoked: keyCompromise", () => ({ status: revokedStatus(1) })],
    ["on hold", "revoked: certificateHold", () => ({ status: revokedStatus(6) })],
    ["not known there", "unknown", () => ({ status: UNKNOWN })],
    ["a delegated signer", "good", () => ({ responder })],
    [
      "a delegated signer, by name",
      "revoked: superseded",
      () => ({ responder, byName: true, status: revokedStatus(4) }),
    ],
    [
      "a delegated signer among others",
      "good",
      () => ({ responder, certificates: [pki.issuing, other, responder] }),
    ],
    [
      "with names by a hash that has no parameters",
      "good",
      () => ({ change: withId(replace(0, bytesOf("300706052b0e03021a"))) }),
    ],
    ["with SHA-512", "good", () => ({ hash: "SHA-512" as const })],
    [
      "beside another's",
      "good",
      async () => ({
        others: [await singleResponse(serialOf(other), pki.issuing, { status: revokedStatus() })],
      }),
    ],
    [
      "with what is not critical",
      "good",
      () => ({ extensions: [extension("2a0304", false, bytesOf("0500"))] }),
    ],
  ])("%s: %s", async (_, expected, options) => {
    const answer = await make(await options());
    expect(await judge(answer)).toBe(expected);
    expect(await askAboutOcsp(answer, leaf, pki.issuing)).toBe(expected.replace(/:.*/, ""));
  });

  test("of a CA, from the CA above it", async () => {
    const answer = await createOcsp(serialOf(pki.issuing), pki.sub);
    expect(await judge(answer, await linkOf(pki.issuing, pki.sub))).toBe("good");
    expect(await askAboutOcsp(answer, pki.issuing, pki.sub)).toBe("good");
  });
});

describe("says nothing", () => {
  const critical = extension("2a0304", true, bytesOf("0500"));
  test.each<[string, string, () => OcspOptions | Promise<OcspOptions>]>([
    ["signed with another key", "revocation_signature", () => ({ signedBy: attacker })],
    ["signed with SHA-1", "revocation_signature", () => ({ hash: "SHA-1" as const })],
    ["over", "unavailable", () => ({ thisUpdate: ago(AN_HOUR), nextUpdate: ago(20_000) })],
    ["not there yet", "unavailable", () => ({ thisUpdate: ago(-30_000) })],
    ["that ends before it begins", "revocation_malformed", () => ({ nextUpdate: ago(AN_HOUR) })],
    ["about another certificate", "revocation_other_certificate", () => ({ serial: serialOf(other) })],
    [
      "that says two things",
      "revocation_other_certificate",
      async () => ({
        others: [await singleResponse(serialOf(leaf), pki.issuing, { status: revokedStatus() })],
      }),
    ],
    ["with something critical", "revocation_not_understood", () => ({ extensions: [critical] })],
    [
      "with something critical about it",
      "revocation_not_understood",
      () => ({ singleExtensions: [critical] }),
    ],
    ["with reason 7", "revocation_malformed", () => ({ status: revokedStatus(7) })],
    ["that takes it off a list", "revocation_malformed", () => ({ status: revokedStatus(8) })],
    ["of no known status", "revocation_malformed", () => ({ status: bytesOf("8300") })],
    ["of a good that says more", "revocation_malformed", () => ({ status: bytesOf("800100") })],
    [
      "with a field too many",
      "revocation_malformed",
      () => ({ change: (fields) => [...fields, bytesOf("0500")] }),
    ],
    [
      "of another version",
      "revocation_malformed",
      () => ({ change: (fields) => [bytesOf("a003020101"), ...fields] }),
    ],
    [
      "that names by a hash with odd parameters", // BOOLEAN without content, where NULL belongs
      "revocation_malformed",
      () => ({
        change: (fields) =>
          fields.map((it) => bytesOf(hexOf(it).replace("2b0e03021a0500", "2b0e03021a0100"))),
      }),
    ],
    [
      "that was made at a time of the other kind",
      "revocation_malformed",
      () => ({ change: replace(1, tlv(0x17, new TextEncoder().encode("260101000000Z"))) }),
    ],
    [
      "that says nothing of when it was made",
      "revocation_malformed",
      () => ({ change: ([first = concat()]) => [first] }),
    ],
    ["of nothing", "revocation_malformed", () => ({ change: () => [] })],
    ["about nobody", "revocation_malformed", () => ({ change: replace(2, bytesOf("3000")) })],
    [
      "of a signer named in a third way",
      "revocation_malformed",
      () => ({
        change: ([first = concat(), ...rest]) => [Uint8Array.from([0xa3, ...first.slice(1)]), ...rest],
      }),
    ],
    [
      "that names with more than four parts",
      "revocation_malformed",
      () => ({ change: withId((id) => [...id, bytesOf("0500")]) }),
    ],
    [
      "that names by a hash of three parts",
      "revocation_malformed",
      () => ({ change: withId(replace(0, bytesOf("300b06052b0e03021a05000500"))) }),
    ],
    [
      "that names by another hash",
      "revocation_other_certificate",
      () => ({ change: withId(replace(0, bytesOf("300d06096086480165030402010500"))) }),
    ],
    [
      "about another CA's name",
      "revocation_other_certificate",
      () => ({ change: withId(replace(1, NO_HASH)) }),
    ],
    [
      "about another CA's key",
      "revocation_other_certificate",
      () => ({ change: withId(replace(2, NO_HASH)) }),
    ],
    [
      "of a delegate behind six other certificates",
      "revocation_signer",
      () => ({ responder, certificates: [...Array<Identity>(6).fill(other), responder] }),
    ],
    [
      "of a delegate that does not travel along",
      "revocation_signer",
      () => ({ responder, certificates: [] }),
    ],
    ["of another CA's delegate", "revocation_signer", async () => ({ responder: await delegate(pki.sub) })],
    [
      "of the delegate of a CA of that name",
      "revocation_signer",
      async () => {
        const twin = await mintCa(pki.sub, { subject: pki.issuing.subject, keys: attacker });
        return { responder: await delegate(twin) };
      },
    ],
    [
      "of a participant",
      "revocation_signer",
      () => ({ responder: other }), // a genuine certificate of the same CA, not meant for this
    ],
    [
      "of a delegate for something else",
      "revocation_signer",
      async () => ({ responder: await delegate(pki.issuing, {}, "1.3.6.1.5.5.7.3.4") }),
    ],
    [
      "of a delegate whose time is over",
      "revocation_signer",
      async () => ({ responder: await delegate(pki.issuing, { notAfter: ago(60_000) }) }),
    ],
    [
      "of a delegate whose time has not come",
      "revocation_signer",
      async () => ({ responder: await delegate(pki.issuing, { notBefore: ago(-AN_HOUR) }) }),
    ],
    [
      "of a delegate with a forged certificate",
      "revocation_signer",
      async () => ({ responder: await delegate(pki.issuing, { signedBy: attacker }) }),
    ],
    [
      "of the delegate's certificate and another's key",
      "revocation_signature",
      () => ({ responder, signedBy: attacker }),
    ],
  ])("an answer %s: %s", async (_, expected, options) => {
    const answer = await make(await options());
    expect(await judge(answer)).toBe(expected);
  });

  test.each(["another delegate", "another key", "over", "another certificate"])(
    "openssl neither, to %s",
    async (what) => {
      const options = {
        "another delegate": { responder: await delegate(pki.sub) },
        "another key": { signedBy: attacker },
        over: { thisUpdate: ago(AN_HOUR), nextUpdate: ago(20_000) },
        "another certificate": { serial: serialOf(other) },
      }[what];
      const answer = await make(options);
      expect(await judge(answer)).not.toBe("good");
      expect(await askAboutOcsp(answer, leaf, pki.issuing)).toBe("no evidence");
    },
  );

  test("without its end, when it is old", async () => {
    expect(await judge(await make({ nextUpdate: null }))).toBe("good");
    expect(await judge(await make({ nextUpdate: null, thisUpdate: ago(AN_HOUR) }))).toBe("unavailable");
  });

  test("the responder's refusals, which nobody signed", async () => {
    for (const code of ["01", "02", "03", "05", "06"])
      expect(await readOcsp(bytesOf(`30030a01${code}`), link, NOW)).toEqual({
        ok: false,
        failure: { reason: "revocation_status", data: { responder: Number(code) } },
      });
    expect(await judge(bytesOf("30030a0100"))).toBe("revocation_malformed"); // successful, and empty
  });

  test("another kind of answer", async () => {
    const [, bytes] = childrenOf(await make());
    const [, response] = childrenOf(childrenOf(bytes ?? concat())[0] ?? concat());
    const other = tlv(
      0x30,
      bytesOf("0a0100"),
      tlv(0xa0, tlv(0x30, bytesOf("06032a0304"), response ?? concat())),
    );
    expect(await judge(other)).toBe("revocation_malformed");
    expect(await judge(wrapOcsp(concat()))).toBe("revocation_malformed");
  });

  test("more parts than there are", async () => {
    const [status = concat(), bytes = concat()] = childrenOf(await make());
    const parts = childrenOf(childrenOf(bytes)[0] ?? concat());
    const extra = bytesOf("0500");
    expect(await judge(tlv(0x30, status, tlv(0xa0, tlv(0x30, ...parts))))).toBe("good");
    expect(await judge(tlv(0x30, status, bytes, extra))).toBe("revocation_malformed");
    expect(await judge(tlv(0x30, status, tlv(0xa0, tlv(0x30, ...parts, extra))))).toBe(
      "revocation_malformed",
    );
    expect(await judge(tlv(0x30, status, tlv(0xa0, tlv(0x30, ...parts), extra)))).toBe(
      "revocation_malformed",
    );
  });

  test("cut, lengthened, empty, or a page", async () => {
    const answer = await make();
    for (const bytes of [
      answer.slice(0, -1),
      concat(answer, bytesOf("00")),
      concat(),
      Uint8Array.from(new TextEncoder().encode("<html>")),
    ])
      expect(await judge(bytes)).toBe("revocation_malformed");
  });

  test("altered in any byte: never anything but no evidence", async () => {
    const answer = await make({ status: revokedStatus(1), responder });
    for (let at = 0; at < answer.length; at++) {
      const altered = Uint8Array.from(answer, (byte, position) => (position === at ? byte ^ 0x01 : byte));
      expect(await judge(altered), `byte ${at}`).toMatch(/^revocation_(malformed|sign|status)/);
    }
  });
});

test("the question is one that openssl reads: SHA-1 names, no nonce", async () => {
  const text = await describeRequest(await buildOcspRequest(link));
  const serial = link.certificate.serial.toUpperCase();
  expect(text).toContain("Hash Algorithm: sha1");
  expect(text).toContain(`Serial Number: ${serial}`);
  expect(text).not.toContain("Nonce");
});
