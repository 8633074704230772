/** What a revocation list says of a certificate, and which lists say nothing; openssl is asked about each of them. */
import { beforeAll, describe, expect, test } from "vitest";
import { type Certificate, parseCertificate } from "../../../src/trust/certificate.ts";
import { readCrl } from "../../../src/trust/crl.ts";
import { conclude, type Link } from "../../../src/trust/revocation.ts";
import { bytesOf, childrenOf, concat, tlv } from "../../support/der.ts";
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
    [
      "in a list of this point and others",
      "good",
      () => ({ extensions: [distributionPoint(pointName("http://crl.example/other.crl", URI))] }),
    ],
    [
      "in a list that leaves the flag out",
      "good",
      () => ({ extensions: [distributionPoint(bytesOf("820100"))] }),
    ],
    [
      "with more about an entry that is not critical",
      "revoked: keyCompromise",
      () => ({
        revoked: [
          { serial: serialOf(leaf), reason: 1, extensions: [extension("2a0304", false, bytesOf("0500"))] },
        ],
      }),
    ],
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

  test("it is revoked, with a reason that is called critical: openssl stops there, and so would let it pass where evidence may be missing", async () => {
    const reason = extension("551d15", true, bytesOf("0a0101"));
    const crl = await make({ revoked: [{ serial: serialOf(leaf), extensions: [reason] }] });
    expect(await judge(crl)).toBe("revoked: keyCompromise");
    expect(await askOpenssl(crl)).toBe("no evidence");
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

const replace =
  (position: number, field: Bytes) =>
  (fields: readonly Bytes[]): readonly Bytes[] =>
    fields.map((it, at) => (at === position ? field : it));
/** One entry in the list, as it is given: between the times and the extensions. */
const withEntry =
  (entry: string) =>
  (fields: readonly Bytes[]): readonly Bytes[] => [
    ...fields.slice(0, 5),
    tlv(0x30, bytesOf(entry)),
    ...fields.slice(5),
  ];

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
    [
      "of changes that does not call it critical",
      "revocation_not_understood",
      () => ({ extensions: [extension("551d1b", false, bytesOf("020100"))] }),
    ],
    [
      "whose entry is another CA's certificate, not called critical",
      "revocation_not_understood",
      () => ({
        revoked: [{ serial: serialOf(leaf), extensions: [extension("551d1d", false, bytesOf("3000"))] }],
      }),
    ],
    [
      "with a flag of 01",
      "revocation_malformed",
      () => ({ extensions: [distributionPoint(bytesOf("810101"))] }),
    ],
    [
      "with a flag of no byte",
      "revocation_malformed",
      () => ({ extensions: [distributionPoint(bytesOf("8100"))] }),
    ],
    [
      "with a flag of two bytes",
      "revocation_malformed",
      () => ({ extensions: [distributionPoint(bytesOf("81020000"))] }),
    ],
    [
      "with an entry of no date",
      "revocation_malformed",
      () => ({ revoked: [], change: withEntry("3003020101") }),
    ],
    [
      "with an entry of four parts",
      "revocation_malformed",
      () => ({
        change: withEntry(
          `301f 020101 170d${Buffer.from("200101000000Z").toString("hex")} 3009 3007 06022a03 040100 0500`,
        ),
      }),
    ],
    ["with an entry of nothing", "revocation_malformed", () => ({ change: withEntry("3000") })],
    ["with an entry that is no sequence", "revocation_malformed", () => ({ change: withEntry("0500") })],
    ["with entries of garbage", "revocation_malformed", () => ({ change: withEntry("ff") })],
    ["of version 1", "revocation_malformed", () => ({ change: (fields) => fields.slice(1, -1) })],
    [
      "of version 3",
      "revocation_malformed",
      () => ({ change: (fields) => [bytesOf("020102"), ...fields.slice(1)] }),
    ],
    [
      "that names another algorithm inside than outside",
      "revocation_malformed",
      () => ({ change: replace(1, bytesOf("300d06092a864886f70d01010c0500")) }),
    ],
    ["with nothing in it", "revocation_malformed", () => ({ change: () => [] })],
    ["with a version alone", "revocation_malformed", () => ({ change: (fields) => fields.slice(0, 1) })],
    ["without a time", "revocation_malformed", () => ({ change: (fields) => fields.slice(0, 3) })],
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

  test("with anything behind its signature", async () => {
    const crl = await make();
    const content = concat(...childrenOf(crl));
    expect(await judge(tlv(0x30, content))).toBe("good");
    expect(await judge(tlv(0x30, content, bytesOf("0500")))).toBe("revocation_malformed");
  });

  test("of no extension, everything is about everybody", async () => {
    expect(await judge(await make({ change: (fields) => fields.slice(0, 5) }))).toBe("good");
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
