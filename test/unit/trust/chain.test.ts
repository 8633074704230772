/** Path validation (RFC 5280 §6): sound chains hold, faulty ones fail for their one reason, and openssl agrees. */
import { beforeAll, describe, expect, test } from "vitest";
import {
  type Anchors,
  checkPath,
  MAX_CERTIFICATES,
  MAX_CHAIN_BYTES,
  type VerifiedPath,
  verifyPath,
} from "../../../src/trust/chain.ts";
import { askOpenssl, opensslVersion } from "../../support/openssl.ts";
import { fingerprintOf, type Identity, leafExtensions, mint } from "../../support/pki.ts";
import { accepted, dataOf, reasonOf } from "../../support/result.ts";
import { CERTIFICATES } from "./cases-certificate.ts";
import { PATHS } from "./cases-path.ts";
import { SOUND } from "./cases-sound.ts";
import { type Chain, createWorld, derOf, leafWith, unknownCritical, type World } from "./world.ts";

const FAULTY = [...PATHS, ...CERTIFICATES];

let world: World;
beforeAll(async () => {
  world = await createWorld();
});

/** Both judges see the same certificates. */
const built = new Map<object, Promise<Chain>>();
function chainOfCase(it: { readonly build: (world: World) => Chain | Promise<Chain> }): Promise<Chain> {
  const known = built.get(it) ?? Promise.resolve(it.build(world));
  built.set(it, known);
  return known;
}

const fingerprints = async (identities: readonly Identity[]) =>
  new Set(await Promise.all(identities.map(fingerprintOf)));

async function anchorsOf({ chain, granted, withdrawn = [] }: Chain): Promise<Anchors> {
  const last = chain.at(-1);
  const listed = granted ?? (last === undefined ? [] : [{ der: derOf(last) } as Identity]);
  return { granted: await fingerprints(listed), withdrawn: await fingerprints(withdrawn) };
}

async function judge(it: Chain, now = world.now) {
  const path = await verifyPath(it.chain.map(derOf));
  return path.ok ? checkPath(path.value, await anchorsOf(it), now) : path;
}

/** Trusted is what we would have as anchor: listed, and above the leaf in the chain. */
async function askOther(it: Chain, strict: boolean) {
  const chain = it.chain.map(derOf);
  const { granted } = await anchorsOf(it);
  const trusted: Uint8Array[] = [];
  for (const der of chain.slice(1)) if (granted.has(await fingerprintOf({ der }))) trusted.push(der);
  return askOpenssl({ chain, trusted, now: world.now, strict });
}

describe("sound chains hold", () => {
  test.each(SOUND)("$name", async (it) => {
    const chain = await chainOfCase(it);
    const verdict = accepted(await judge(chain));
    expect(verdict.certificates.map(({ der }) => der)).toEqual(chain.chain.map(derOf));
    expect(verdict.leaf).toBe(verdict.certificates[0]);
  });
});

describe("faulty chains fail for their one reason", () => {
  test.each(FAULTY)("$name: $reason", async (it) => {
    const verdict = await judge(await chainOfCase(it));
    expect(reasonOf(verdict)).toBe(it.reason);
    expect(dataOf(verdict)?.certificate).toBe(it.at);
  });
});

describe("a second opinion", () => {
  test("openssl is there", () => {
    expect(opensslVersion()).toMatch(/^OpenSSL [3-9]\./);
  });

  test.each(SOUND)("openssl accepts: $name", async (it) => {
    expect(await askOther(await chainOfCase(it), true)).toBe("accepted");
  });

  test.each(FAULTY.filter(({ oursAlone }) => !oursAlone))("openssl refuses: $name", async (it) => {
    expect(await askOther(await chainOfCase(it), it.strict === true)).toMatch(
      /^refused: .*error \d+ at \d+ depth/s,
    );
  });
});

describe("limits", () => {
  test("are six certificates and 64 KiB", () => {
    expect([MAX_CERTIFICATES, MAX_CHAIN_BYTES]).toEqual([6, 65_536]);
  });

  test("64 KiB to the byte are read, one more is not", async () => {
    const garbage = (length: number) => [new Uint8Array(length)];
    expect(reasonOf(await verifyPath(garbage(65_536)))).toBe("certificate_not_canonical");
    expect(reasonOf(await verifyPath(garbage(65_537)))).toBe("chain_too_large");
    expect(dataOf(await verifyPath(garbage(65_537)))).toEqual({ bytes: 65_537 });
  });

  test("are asked before anything is read", async () => {
    const garbage = (count: number) => Array.from({ length: count }, () => new Uint8Array(1));
    expect(reasonOf(await verifyPath(garbage(7)))).toBe("chain_too_long");
    expect(dataOf(await verifyPath(garbage(7)))).toEqual({ certificates: 7 });
    expect(reasonOf(await verifyPath(garbage(6)))).toBe("certificate_not_canonical");
  });
});

test("the log gets what was wrong, and with which certificate", async () => {
  const { pki } = world;
  const [weak, odd] = [
    await mint(pki.issuing, { bits: 1024 }),
    await leafWith(world, ...leafExtensions(), unknownCritical),
  ];
  const about = async (leaf: Identity) => dataOf(await verifyPath([leaf, pki.issuing, pki.sub].map(derOf)));
  expect(await about(weak)).toEqual({ bits: 1024, certificate: 0 });
  expect(await about(odd)).toEqual({ oid: "1.2.3.4", certificate: 0 });
});

describe("time and anchors are asked anew each time", () => {
  let path: VerifiedPath;
  let anchors: Anchors;
  beforeAll(async () => {
    const { leaf, pki } = world;
    path = accepted(await verifyPath([leaf, pki.issuing, pki.sub, pki.root].map(derOf)));
    anchors = { granted: await fingerprints([pki.root]), withdrawn: new Set() };
  });
  const at = (now: number) => reasonOf(checkPath(path, anchors, now));

  test("from the first second to the last", () => {
    const from = Math.max(...path.certificates.map(({ notBefore }) => notBefore));
    const until = Math.min(...path.certificates.map(({ notAfter }) => notAfter));
    expect(at(from - 1)).toBe("certificate_not_yet_valid");
    expect(at(from)).toBe("accepted");
    expect(at(until - 1)).toBe("accepted");
    expect(at(until)).toBe("certificate_expired");
    expect(at(until + 1)).toBe("certificate_expired");
  });

  test("one path, two lists, two verdicts", async () => {
    const none: Anchors = { granted: new Set(), withdrawn: new Set() };
    expect(reasonOf(checkPath(path, anchors, world.now))).toBe("accepted");
    expect(reasonOf(checkPath(path, none, world.now))).toBe("chain_not_anchored");
    expect(reasonOf(checkPath(path, { ...none, withdrawn: anchors.granted }, world.now))).toBe(
      "chain_ca_withdrawn",
    );
  });

  test("a fingerprint counts as a whole", async () => {
    const [root = ""] = anchors.granted;
    for (const granted of [
      root.slice(0, 63),
      root.toUpperCase(),
      "",
      root.replace(/^./, (it) => (it === "0" ? "1" : "0")),
    ])
      expect(
        reasonOf(checkPath(path, { granted: new Set([granted]), withdrawn: new Set() }, world.now)),
      ).toBe("chain_not_anchored");
  });
});
