/** What a revocation list says of a certificate, and which lists say nothing; openssl is asked about each of them. */
import { beforeAll, describe, expect, test } from "vitest";
import { type Certificate, parseCertificate } from "../../../src/trust/certificate.ts";
import { readCrl } from "../../../src/trust/crl.ts";
import { conclude, type Link } from "../../../src/trust/revocation.ts";
import { bytesOf, concat, tlv } from "../../support/der.ts";
import { askAboutCrl, type Opinion } from "../../support/openssl-revocation.ts";
import {
  caExtensions,
  createPki,
  generateKeys,
  type Identity,
  mint,
  mintCa,
  mintLeaf,
  type Pki,
} from "../../support/pki.ts";
import { accepted } from "../../support/result.ts";
import {
  AN_HOUR,
  ago,
  type CrlOptions,
  createCrl,
  distributionPoint,
  evidenceAt,
  extension,
  generalizedTime,
  pointName,
  serialOf,
} from "../../support/revocation.ts";

type Bytes = Uint8Array<ArrayBuffer>;
const URI = "http://crl.example/issuing.crl";
const NOW = Math.floor(Date.now() / 1000);
const SKEW = 10;

let pki: Pki;
let attacker: CryptoKeyPair;
let leaf: Identity;
let other: Identity;
let link: Link;
const certificateOf = async ({ der }: Identity): Promise<Certificate> =>
  accepted(await parseCertificate(der));
const linkOf = async (certificate: Identity, issuer: Identity): Promise<Link> => ({
  certificate: await certificateOf(certificate),
  issuer: await certificateOf(issuer),
});

beforeAll(async () => {
  [pki, attacker] = [await createPki(), await generateKeys()];
  leaf = await mintLeaf(pki, "NTRNL-10000020", { more: evidenceAt({ crl: URI }) });
  other = await mintLeaf(pki, "NTRNL-10000021");
  link = await linkOf(leaf, pki.issuing);
});

/** The verdict now, or the reason why there is none. */
async function judge(crl: Bytes, about = link): Promise<string> {
  const evidence = await readCrl(crl, about);
  if (!evidence.ok) return evidence.failure.reason;
  const verdict = conclude(evidence.value, NOW, SKEW);
  return verdict.kind === "revoked" ? `revoked: ${verdict.reason}` : verdict.kind;
}
const make = (options: CrlOptions = {}) => createCrl(pki.issuing, options);
const askOpenssl = (crl: Bytes): Promise<Opinion> => askAboutCrl(crl, leaf, pki.issuing);

describe("says", () => {
  test.each<[string, string, () => CrlOptions]>([
    ["nothing of it", "good", () => ({})],
    ["something of others", "good", () => ({ revoked: [{ serial: serialOf(other), reason: 1 }] })],
    ["it is revoked", "revoked: unspecified", () => ({ revoked: [{ serial: serialOf(leaf) }] })],
    ...["unspecified", "keyCompromise", "cACompromise", "affiliationChanged", "superseded"].map(
      (name, reason) =>
        [name, `revoked: ${name}`, () => ({ revoked: [{ serial: serialOf(leaf), reason }] })] as [
          string,
          string,
          () => CrlOptions,
        ],
    ),
    ["on hold", "revoked: certificateHold", () => ({ revoked: [{ serial: serialOf(leaf), reason: 6 }] })],
    [
      "it is among others",
      "revoked: keyCompromise",
      () => ({
        revoked: [
          { serial: serialOf(other) },
          { serial: serialOf(leaf), reason: 1 },
          { serial: bytesOf("020105") },
        ],
      }),
    ],
    [
      "from later on",
      "revoked: unspecified",
      () => ({ revoked: [{ serial: serialOf(leaf), at: ago(-AN_HOUR) }] }),
    ],
    ["in a list of this point", "good", () => ({ extensions: [distributionPoint(pointName(URI))] })],
    ["in a list of leaves", "good", () => ({ extensions: [distributionPoint(bytesOf("8101ff"))] })],
    ["with SHA-384", "good", () => ({ hash: "SHA-384" as const })],
    [
      "beside what is not critical",
      "good",
      () => ({ extensions: [extension("2a0304", false, bytesOf("0500"))] }),
    ],
  ])("%s: %s", async (_, expected, options) => {
    const crl = await make(options());
    expect(await judge(crl)).toBe(expected);
    expect(await askOpenssl(crl)).toBe(expected.replace(/:.*/, ""));
  });

  test("when, and until when", async () => {
    const [at, thisUpdate, nextUpdate] = [ago(AN_HOUR), ago(60_000), ago(-AN_HOUR)];
    const crl = await make({ revoked: [{ serial: serialOf(leaf), at, reason: 4 }], thisUpdate, nextUpdate });
    const seconds = (date: Date) => Math.floor(date.getTime() / 1000);
    expect(accepted(await readCrl(crl, link))).toEqual({
      status: { kind: "revoked", at: seconds(at), reason: "superseded" },
      thisUpdate: seconds(thisUpdate),
      nextUpdate: seconds(nextUpdate),
    });
  });

  test("of a CA, to a list of CAs", async () => {
    const crl = await createCrl(pki.sub, { extensions: [distributionPoint(bytesOf("8201ff"))] });
    expect(await judge(crl, await linkOf(pki.issuing, pki.sub))).toBe("good");
  });
});

describe("says nothing", () => {
  const unknownEntry = extension("2a0304", true, bytesOf("0500"));
  test.each<[string, string, () => CrlOptions]>([
    ["signed by somebody else", "revocation_signature", () => ({ signedBy: attacker })],
    ["signed with SHA-1", "revocation_signature", () => ({ hash: "SHA-1" as const })],
    ["over", "unavailable", () => ({ thisUpdate: ago(2 * AN_HOUR), nextUpdate: ago(20_000) })],
    ["not there yet", "unavailable", () => ({ thisUpdate: ago(-30_000) })],
    ["that ends before it begins", "revocation_malformed", () => ({ nextUpdate: ago(AN_HOUR) })],
    [
      "of changes",
      "revocation_not_understood",
      () => ({ extensions: [extension("551d1b", true, bytesOf("020100"))] }),
    ],
    ["with something critical", "revocation_not_understood", () => ({ extensions: [unknownEntry] })],
    [
      "with something critical about another",
      "revocation_not_understood",
      () => ({ revoked: [{ serial: serialOf(other), extensions: [unknownEntry] }] }),
    ],
    [
      "of others' certificates",
      "revocation_not_understood",
      () => ({ extensions: [distributionPoint(bytesOf("8401ff"))] }),
    ],
    [
      "about some reasons",
      "revocation_not_understood",
      () => ({ extensions: [distributionPoint(bytesOf("83020640"))] }),
    ],
    [
      "about CAs",
      "revocation_other_certificate",
      () => ({ extensions: [distributionPoint(bytesOf("8201ff"))] }),
    ],
    [
      "about attributes",
      "revocation_other_certificate",
      () => ({ extensions: [distributionPoint(bytesOf("8501ff"))] }),
    ],
    [
      "of another point",
      "revocation_other_certificate",
      () => ({ extensions: [distributionPoint(pointName("http://crl.example/other.crl"))] }),
    ],
    ["of version 1", "revocation_malformed", () => ({ change: (fields) => fields.slice(1, -1) })],
    [
      "that takes it off again",
      "revocation_malformed",
      () => ({ revoked: [{ serial: serialOf(leaf), reason: 8 }] }),
    ],
    ["with reason 7", "revocation_malformed", () => ({ revoked: [{ serial: serialOf(leaf), reason: 7 }] })],
    [
      "with a field too many",
      "revocation_malformed",
      () => ({ change: (fields) => [...fields, bytesOf("0500")] }),
    ],
    [
      "with an odd time",
      "revocation_malformed",
      () => ({
        change: (fields) => fields.map((it, at) => (at === 3 ? tlv(0x18, bytesOf("3230323630323330")) : it)),
      }),
    ],
  ])("a list %s: %s", async (_, expected, options) => {
    expect(await judge(await make(options()))).toBe(expected);
  });

  test("without its end, when it is old", async () => {
    expect(await judge(await make({ nextUpdate: null }))).toBe("good");
    expect(await judge(await make({ nextUpdate: null, thisUpdate: ago(AN_HOUR) }))).toBe("unavailable");
  });

  test("another CA's, of the same name with another key, or that may not sign lists", async () => {
    expect(await judge(await createCrl(pki.sub))).toBe("revocation_signer");
    const twin = await mintCa(pki.sub, { subject: pki.issuing.subject, keys: attacker });
    expect(await judge(await createCrl(twin))).toBe("revocation_signature");
    const mute = await mintCa(pki.root, { subject: "CN=Mute, O=Test, C=NL", extensions: caExtensions(0, 4) });
    const below = await mint(mute, { more: evidenceAt({ crl: URI }) });
    const muted = { certificate: await certificateOf(below), issuer: await certificateOf(mute) };
    expect(await judge(await createCrl(mute), muted)).toBe("revocation_signer");
  });

  test("cut, lengthened, empty, or in PEM", async () => {
    const crl = await make();
    for (const bytes of [
      crl.slice(0, -1),
      concat(crl, bytesOf("00")),
      concat(),
      Uint8Array.from(new TextEncoder().encode("-----BEGIN")),
    ])
      expect(await judge(bytes)).toBe("revocation_malformed");
  });

  test("altered in any byte", async () => {
    const crl = await make({ revoked: [{ serial: serialOf(leaf), reason: 1 }] });
    for (let at = 0; at < crl.length; at++) {
      const altered = Uint8Array.from(crl, (byte, position) => (position === at ? byte ^ 0x01 : byte));
      expect(await judge(altered), `byte ${at}`).toMatch(/^revocation_(malformed|sign)/);
    }
  });
});

test("what openssl calls revoked or unusable is never good here", async () => {
  let unusable = 0;
  for (const options of ODD) {
    const crl = await make(options());
    const [ours, theirs] = [await judge(crl), await askOpenssl(crl)];
    if (theirs !== "good") expect(ours).not.toBe("good");
    if (theirs !== "good") unusable++;
  }
  expect(unusable).toBeGreaterThan(5);
});
const ODD: readonly (() => CrlOptions)[] = [
  () => ({ signedBy: attacker }),
  () => ({ thisUpdate: ago(2 * AN_HOUR), nextUpdate: ago(20_000) }),
  () => ({ thisUpdate: ago(-30_000) }),
  () => ({ extensions: [extension("551d1b", true, bytesOf("020100"))] }),
  () => ({ extensions: [extension("2a0304", true, bytesOf("0500"))] }),
  () => ({ extensions: [distributionPoint(pointName("http://crl.example/other.crl"))] }),
  () => ({ extensions: [distributionPoint(bytesOf("8201ff"))] }),
  () => ({ revoked: [{ serial: serialOf(leaf), at: ago(-AN_HOUR), reason: 6 }] }),
  () => ({ change: (fields) => fields.map((it, at) => (at === 3 ? generalizedTime(ago(-AN_HOUR)) : it)) }),
];

test("a list of 1 MiB is read in little time", async () => {
  const serial = (n: number) =>
    tlv(0x02, concat(Uint8Array.of(0x40), bytesOf(n.toString(16).padStart(30, "0"))));
  const revoked = Array.from({ length: 27_000 }, (_, n) => ({ serial: serial(n) }));
  const crl = await make({ revoked });
  expect(crl.length).toBeGreaterThan(900_000);
  const started = performance.now();
  expect(await judge(crl)).toBe("good");
  expect(performance.now() - started).toBeLessThan(1500);
});
