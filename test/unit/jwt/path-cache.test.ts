/** Remembered verdicts on headers: the same answer as before, within a bound, and never about time or trust. */
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { beforeAll, describe, expect, test } from "vitest";
import { createPathCache, type PathCache } from "../../../src/jwt/path-cache.ts";
import { checkPath } from "../../../src/trust/chain.ts";
import { concat } from "../../support/der.ts";
import { encodePart } from "../../support/jwt.ts";
import {
  createPki,
  dersOf,
  fingerprintOf,
  generateKeys,
  type Identity,
  mint,
  mintCa,
  type Pki,
} from "../../support/pki.ts";
import { accepted, reasonOf } from "../../support/result.ts";

let pki: Pki;
let leaves: readonly Identity[];
beforeAll(async () => {
  pki = await createPki();
  leaves = await Promise.all([1, 2, 3].map((number) => mint(pki.issuing, { subject: `CN=${number}` })));
});

const chain = (position: number) => {
  const leaf = leaves[position];
  if (leaf === undefined) throw new Error("no such leaf");
  return dersOf(leaf);
};

const RS256 = ["RS256"];
const headerOf = (ders: readonly Uint8Array[], alg = "RS256", typ = "JWT") =>
  encodePart({ alg, typ, x5c: ders.map((der) => Buffer.from(der).toString("base64")) });
const verify = (paths: PathCache, ders: readonly Uint8Array[]) => paths.verify(headerOf(ders), RS256);

/** A verdict on a chain that has proven to reach an anchor. */
const keep = async (paths: PathCache, position: number) => {
  const known = accepted(await verify(paths, chain(position)));
  known.keep();
  return known;
};

test("a hit is the verdict of before", async () => {
  const paths = createPathCache();
  const first = await keep(paths, 0);
  const again = accepted(
    await verify(
      paths,
      chain(0).map((der) => der.slice()),
    ),
  );
  expect(again).toBe(first);
  expect(again.path.leaf.fingerprint).toBe(await fingerprintOf({ der: chain(0)[0] ?? new Uint8Array() }));
});

test("another chain is another verdict", async () => {
  const paths = createPathCache();
  const whole = accepted(await verify(paths, chain(0)));
  const short = accepted(await verify(paths, chain(0).slice(0, 2)));
  expect(whole.path.certificates).toHaveLength(4);
  expect(short.path.certificates).toHaveLength(2);
  expect(accepted(await verify(paths, chain(1)))).not.toBe(whole);
});

test("another spelling of the same chain is judged for itself", async () => {
  const paths = createPathCache();
  const first = await keep(paths, 0);
  const respelled = accepted(await paths.verify(headerOf(chain(0), "RS256", "jwt"), RS256));
  expect(respelled).not.toBe(first);
  expect(respelled.path.leaf).toEqual(first.path.leaf);
  expect(reasonOf(await paths.verify(headerOf(chain(0), "RS256", "JOSE"), RS256))).toBe("jwt_typ");
  expect(reasonOf(await paths.verify(`${headerOf(chain(0))}=`, RS256))).toBe("jwt_header_malformed");
});

test("an algorithm that was good elsewhere is not good here", async () => {
  const paths = createPathCache();
  const header = headerOf(chain(0), "RS384");
  accepted(await paths.verify(header, ["RS256", "RS384"])).keep();
  expect(reasonOf(await paths.verify(header, RS256))).toBe("jwt_alg");
  expect(accepted(await paths.verify(header, ["RS384"])).key.algorithm).toMatchObject({
    hash: { name: "SHA-384" },
  });
});

test("certificates run together are not certificates side by side", async () => {
  const paths = createPathCache();
  await keep(paths, 0);
  const [leaf = new Uint8Array(), ...others] = chain(0);
  expect(reasonOf(await verify(paths, [concat(leaf, ...others)]))).toBe("certificate_not_canonical");
  expect(reasonOf(await verify(paths, [leaf, concat(...others)]))).toBe("certificate_not_canonical");
});

test("issuers are read once for all leaves under them, and those of no anchored chain not at all", async () => {
  const paths = createPathCache();
  const issuersOf = async (position: number) =>
    accepted(await verify(paths, chain(position))).path.certificates.slice(1);
  expect((await issuersOf(0))[0]).not.toBe((await issuersOf(0))[0]);
  const known = (await keep(paths, 0)).path.certificates.slice(1);
  for (const [position, issuer] of (await issuersOf(1)).entries()) expect(issuer).toBe(known[position]);
  // of the same name, with another key
  const twin = await createPki();
  const others = accepted(await verify(paths, dersOf(await mint(twin.issuing, {})))).path.certificates;
  expect(others[1]?.subject).toEqual(known[0]?.subject);
  expect(others[1]?.fingerprint).not.toBe(known[0]?.fingerprint);
});

test("a forgery stays refused, before and after the genuine chain was seen", async () => {
  const paths = createPathCache();
  const forged = await mint(pki.issuing, { subject: "CN=1", signedBy: await generateKeys() });
  expect(reasonOf(await verify(paths, dersOf(forged)))).toBe("certificate_signature");
  expect(reasonOf(await verify(paths, chain(0)))).toBe("accepted");
  for (let time = 0; time < 2; time++)
    expect(reasonOf(await verify(paths, dersOf(forged)))).toBe("certificate_signature");
});

describe("the bound", () => {
  test("the one longest unused goes first", async () => {
    const paths = createPathCache(2);
    const [a, b] = [await keep(paths, 0), await keep(paths, 1)];
    expect(accepted(await verify(paths, chain(0)))).toBe(a); // used again: b is the oldest now
    const c = await keep(paths, 2);
    expect(accepted(await verify(paths, chain(0)))).toBe(a);
    expect(accepted(await verify(paths, chain(2)))).toBe(c);
    const again = accepted(await verify(paths, chain(1)));
    expect(again).not.toBe(b);
    expect(again.path.leaf).toEqual(b.path.leaf);
  });

  test("chains that reach no anchor take no place in it: anybody could make them without end", async () => {
    const paths = createPathCache(1);
    const known = await keep(paths, 0);
    const other = accepted(await verify(paths, chain(1)));
    expect(accepted(await verify(paths, chain(1)))).not.toBe(other);
    expect(accepted(await verify(paths, chain(0)))).toBe(known);
  });

  test("large chains take no place in it: a participant could make as many as it wants", async () => {
    const paths = createPathCache(2);
    const padded = async (bytes: number) => {
      const padding = new x509.Extension("1.2.3.4", false, new Uint8Array(bytes));
      return dersOf(await mint(pki.issuing, { more: [padding] }));
    };
    const size = (ders: readonly Uint8Array[]) => ders.reduce((sum, der) => sum + der.length, 0);
    const most = await padded(16 * 1024 - size(await padded(1000)) + 1000);
    expect(size(most)).toBe(16 * 1024);
    for (const [chain, isKept] of [
      [most, true],
      [await padded(16 * 1024), false],
    ] as const) {
      const first = accepted(await verify(paths, chain));
      first.keep();
      expect(accepted(await verify(paths, chain)) === first).toBe(isKept);
    }
  });

  test("all together are so many bytes of DER at most, issuers that are known already not counted", async () => {
    const [leaf = new Uint8Array(), ...others] = chain(0);
    const ofIssuers = others.reduce((sum, der) => sum + der.length, 0);
    const paths = createPathCache(100, ofIssuers + 3 * leaf.length);
    const kept = [await keep(paths, 0), await keep(paths, 1), await keep(paths, 2)];
    const isKept = async (position: number) =>
      accepted(await verify(paths, chain(position))) === kept[position];
    expect([await isKept(0), await isKept(1), await isKept(2)]).toEqual([true, true, true]);
    // Somebody's own CA certificates count with each leaf: here one whole chain more, and the oldest go.
    const twin = await createPki();
    accepted(await verify(paths, dersOf(await mint(twin.issuing, {})))).keep();
    expect(await isKept(0)).toBe(false);
  });

  test("issuers without end push each other out, and nothing else", async () => {
    const paths = createPathCache(1000);
    const known = await keep(paths, 0);
    const [leaf = new Uint8Array(), issuing = new Uint8Array()] = chain(1);
    for (let number = 0; number <= 200; number++) {
      const above = await mintCa(pki.root, {
        ...{ subject: pki.sub.subject, keys: pki.sub.keys, pathLength: 1 },
        more: [new x509.Extension("1.2.3.4", false, Uint8Array.of(number))],
      });
      accepted(await verify(paths, [leaf, issuing, above.der])).keep();
    }
    expect(accepted(await verify(paths, chain(0)))).toBe(known);
    const [, again] = accepted(await verify(paths, chain(2))).path.certificates;
    expect(again).toBe(known.path.certificates[1]); // it was used all along
    const [, , other] = accepted(await verify(paths, chain(2))).path.certificates;
    expect(other).not.toBe(known.path.certificates[2]);
  });

  test("refusals take no place in it", async () => {
    const paths = createPathCache(1);
    const known = await keep(paths, 0);
    for (let at = 0; at < 5; at++)
      expect(reasonOf(await verify(paths, [Uint8Array.of(at)]))).toBe("certificate_not_canonical");
    expect(accepted(await verify(paths, chain(0)))).toBe(known);
  });
});

test("a remembered path is judged by the time and the list of each use", async () => {
  const paths = createPathCache();
  const now = Math.floor(Date.now() / 1000);
  const granted = { granted: new Set([await fingerprintOf(pki.root)]), withdrawn: new Set<string>() };
  const none = { granted: new Set<string>(), withdrawn: new Set<string>() };
  const use = async (anchors: typeof granted, at: number) => {
    const known = await keep(paths, 0);
    return reasonOf(checkPath(known.path, anchors, at));
  };
  expect(await use(granted, now)).toBe("accepted");
  expect(await use(granted, now + 2 * 365 * 86_400)).toBe("certificate_expired");
  expect(await use(none, now)).toBe("chain_not_anchored");
  expect(await use({ ...none, withdrawn: granted.granted }, now)).toBe("chain_ca_withdrawn");
  expect(await use(granted, now)).toBe("accepted");
});

test("the leaf's key is imported once, and for verifying alone", async () => {
  const paths = createPathCache();
  const { key } = await keep(paths, 0);
  expect(accepted(await verify(paths, chain(0))).key).toBe(key);
  expect(key.algorithm).toMatchObject({ name: "RSASSA-PKCS1-v1_5", hash: { name: "SHA-256" } });
  expect([key.usages, key.extractable]).toEqual([["verify"], false]);
});
