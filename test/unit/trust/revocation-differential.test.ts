/**
 * Evidence that its genuine signer has garbled, one byte at a time: what we find good, openssl finds good, and what it
 * finds revoked we never pass.
 */
import { beforeAll, expect, test } from "vitest";
import type { Result } from "../../../src/protocol/result.ts";
import { parseCertificate } from "../../../src/trust/certificate.ts";
import { readCrl } from "../../../src/trust/crl.ts";
import { readOcsp } from "../../../src/trust/ocsp.ts";
import { conclude, type Evidence, type Link } from "../../../src/trust/revocation.ts";
import { bytesOf, concat } from "../../support/der.ts";
import { askAboutCrl, askAboutOcsp, type Opinion } from "../../support/openssl-revocation.ts";
import { createPki, type Identity, mintLeaf, type Pki } from "../../support/pki.ts";
import { accepted } from "../../support/result.ts";
import {
  createCrl,
  createOcsp,
  distributionPoint,
  evidenceAt,
  pointName,
  revokedStatus,
  serialOf,
} from "../../support/revocation.ts";

type Bytes = Uint8Array<ArrayBuffer>;
const URI = "http://crl.example/issuing.crl";
const NOW = Math.floor(Date.now() / 1000);

let pki: Pki;
let leaf: Identity;
let other: Identity;
let link: Link;
beforeAll(async () => {
  pki = await createPki();
  leaf = await mintLeaf(pki, "NTRNL-10000020", { more: evidenceAt({ crl: URI }) });
  other = await mintLeaf(pki, "NTRNL-10000021");
  link = {
    certificate: accepted(await parseCertificate(leaf.der)),
    issuer: accepted(await parseCertificate(pki.issuing.der)),
  };
});

const verdict = (evidence: Result<Evidence>): string =>
  evidence.ok ? conclude(evidence.value, NOW, 10).kind : "none";

/** Spreads the work over some processes at once. */
async function forEachOf<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const worker = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all([worker(), worker(), worker()]);
}

interface Garbled {
  readonly at: number;
  readonly flip: number;
}
/** Every byte, another bit each time. */
const garblings = (length: number): readonly Garbled[] =>
  Array.from({ length }, (_, at) => ({ at, flip: 1 << (at % 8) }));
const garble =
  ({ at, flip }: Garbled) =>
  (fields: readonly Bytes[]): readonly Bytes[] => [
    concat(...fields).map((byte, position) => (position === at ? byte ^ flip : byte)),
  ];

async function compare(
  make: (garbled: Garbled) => Promise<Bytes>,
  read: (bytes: Bytes) => Promise<Result<Evidence>>,
  ask: (bytes: Bytes) => Promise<Opinion>,
  length: number,
) {
  const counts = { good: 0, other: 0, stricter: 0 };
  await forEachOf(garblings(length), async (garbled) => {
    const bytes = await make(garbled);
    const ours = verdict(await read(bytes));
    const theirs = await ask(bytes);
    const about = `byte ${garbled.at}, bit ${garbled.flip}: ${Buffer.from(bytes).toString("hex")}`;
    if (ours === "good") expect(theirs, about).toBe("good");
    if (theirs === "revoked") expect(ours, about).not.toBe("good");
    counts[ours === "good" ? "good" : "other"]++;
    if (theirs === "good" && ours !== "good") counts.stricter++;
  });
  return counts;
}

test("lists", { timeout: 60_000 }, async () => {
  const options = {
    revoked: [{ serial: serialOf(other), reason: 1 }],
    extensions: [distributionPoint(pointName(URI), bytesOf("8101ff"))],
  };
  const make = (garbled: Garbled) => createCrl(pki.issuing, { ...options, change: garble(garbled) });
  const counts = await compare(
    make,
    (bytes) => readCrl(bytes, link),
    (bytes) => askAboutCrl(bytes, leaf, pki.issuing),
    230,
  );
  expect(counts.good).toBeGreaterThan(5);
  expect(counts.other).toBeGreaterThan(20);
});

test.each(["good", "revoked"])("answers: %s", { timeout: 60_000 }, async (what) => {
  const status = what === "good" ? {} : { status: revokedStatus(1) };
  const make = (garbled: Garbled) =>
    createOcsp(serialOf(leaf), pki.issuing, { ...status, change: garble(garbled) });
  const counts = await compare(
    make,
    (bytes) => readOcsp(bytes, link, NOW),
    (bytes) => askAboutOcsp(bytes, leaf, pki.issuing),
    170,
  );
  expect(counts.good > 0).toBe(what === "good");
  expect(counts.other).toBeGreaterThan(20);
});
