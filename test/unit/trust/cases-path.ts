/** Chains of the wrong certificates: forged, in disorder, or under nobody that the scheme lists. One fault each. */
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { bytesOf, certificateParts, childrenOf, tlv } from "../../support/der.ts";
import {
  caExtensions,
  chainOf,
  createPki,
  type Identity,
  keyIdentifiers,
  mint,
  mintCa,
} from "../../support/pki.ts";
import { type Chain, type FaultyCase, line, type World, whole } from "./world.ts";

/** The genuine chain with other certificates in some places. */
const swap = ({ leaf }: World, places: Readonly<Record<number, Identity>>): Chain => {
  const genuine = chainOf(leaf);
  return { chain: genuine.map((it, at) => places[at] ?? it), granted: genuine.slice(-1) };
};

const FORGERIES: readonly FaultyCase[] = [
  {
    name: "a forged leaf under a genuine CA's name",
    reason: "certificate_signature",
    at: 0,
    build: async (world) => swap(world, { 0: await mint(world.pki.issuing, { signedBy: world.attacker }) }),
  },
  {
    name: "a forged leaf that names the forger's key",
    reason: "certificate_key_identifier_mismatch",
    at: 1,
    build: async (world) => {
      const fake = await mintCa(undefined, { subject: world.pki.issuing.subject, keys: world.attacker });
      return swap(world, { 0: await mint(fake) });
    },
  },
  {
    name: "a forged issuing CA",
    reason: "certificate_signature",
    at: 1,
    build: async (world) => {
      const { pki, attacker } = world;
      const subject = pki.issuing.subject;
      const fake = await mintCa(pki.sub, { subject, keys: attacker, signedBy: attacker, pathLength: 0 });
      return swap(world, { 0: await mint(fake), 1: fake });
    },
  },
  {
    name: "a forged CA just below the root: the last link counts",
    reason: "certificate_signature",
    at: 2,
    build: async ({ pki, attacker }) => {
      const sub = await mintCa(pki.root, { subject: pki.sub.subject, keys: attacker, signedBy: attacker });
      const issuing = await mintCa(sub, { subject: pki.issuing.subject });
      return whole(await mint(issuing));
    },
  },
  {
    name: "a leaf under the name of a CA that is itself a leaf's",
    reason: "certificate_issuer_not_ca",
    at: 1,
    build: async (world) => whole(await mint(world.leaf)),
  },
  {
    name: "a genuine leaf under another CA of the same name, by key identifier",
    reason: "certificate_key_identifier_mismatch",
    at: 1,
    build: async (world) => {
      const { pki, attacker } = world;
      return swap(world, { 1: await mintCa(pki.sub, { subject: pki.issuing.subject, keys: attacker }) });
    },
  },
  {
    name: "a genuine leaf under another CA of the same name, which claims the key identifier too",
    reason: "certificate_signature",
    at: 0,
    build: async (world) => {
      const { pki, attacker: keys } = world;
      const claimed = await keyIdentifiers(pki.issuing.keys, pki.sub.keys);
      const extensions = [...caExtensions(), ...claimed];
      return swap(world, { 1: await mintCa(pki.sub, { subject: pki.issuing.subject, keys, extensions }) });
    },
  },
  {
    name: "a look-alike of the whole PKI",
    reason: "chain_not_anchored",
    build: async ({ pki, leaf, attacker }) => {
      const root = await mintCa(undefined, { subject: pki.root.subject, keys: attacker });
      const sub = await mintCa(root, { subject: pki.sub.subject, keys: attacker, pathLength: 1 });
      const issuing = await mintCa(sub, { subject: pki.issuing.subject, keys: attacker, pathLength: 0 });
      return { ...whole(await mint(issuing, { subject: leaf.subject })), granted: [pki.root] };
    },
  },
  {
    name: "one byte of a leaf changed",
    reason: "certificate_signature",
    at: 0,
    build: ({ leaf, pki }) => {
      const [tbs, algorithm, signature] = certificateParts(leaf.der);
      const fields = childrenOf(tbs);
      const serial = fields[1]?.slice() ?? bytesOf("");
      serial[5] = (serial[5] ?? 0) ^ 1;
      const changed = tlv(0x30, ...fields.map((field, at) => (at === 1 ? serial : field)));
      const der = tlv(0x30, changed, algorithm, signature);
      return { chain: [der, pki.issuing, pki.sub, pki.root], granted: [pki.root] };
    },
  },
];

const ORDER: readonly FaultyCase[] = [
  { name: "nothing", reason: "chain_empty", oursAlone: true, build: () => ({ chain: [] }) },
  {
    name: "the issuing CA missing",
    reason: "certificate_issuer_mismatch",
    at: 1,
    build: ({ leaf, pki }) => ({ chain: [leaf, pki.sub, pki.root] }),
  },
  {
    name: "the sub CA missing",
    reason: "certificate_issuer_mismatch",
    at: 2,
    build: ({ leaf, pki }) => ({ chain: [leaf, pki.issuing, pki.root] }),
  },
  {
    name: "two CAs in the wrong order",
    reason: "certificate_issuer_mismatch",
    at: 1,
    oursAlone: true,
    build: ({ leaf, pki }) => ({ chain: [leaf, pki.sub, pki.issuing, pki.root] }),
  },
  {
    name: "the root first",
    reason: "leaf_is_ca",
    oursAlone: true,
    build: ({ leaf }) => ({ chain: chainOf(leaf).toReversed() }),
  },
  {
    name: "a CA twice",
    reason: "certificate_duplicate",
    oursAlone: true,
    build: ({ leaf, pki }) => ({ chain: [leaf, pki.issuing, pki.issuing, pki.sub, pki.root] }),
  },
  {
    name: "the root twice",
    reason: "certificate_duplicate",
    oursAlone: true,
    build: ({ leaf, pki }) => ({ chain: [...chainOf(leaf), pki.root] }),
  },
  {
    name: "the leaf twice",
    reason: "certificate_duplicate",
    oursAlone: true,
    build: ({ leaf }) => ({ chain: [leaf, ...chainOf(leaf)] }),
  },
  {
    name: "a foreign root on top",
    reason: "certificate_issuer_mismatch",
    at: 4,
    oursAlone: true,
    build: async ({ leaf, pki }) => {
      const foreign = await mintCa(undefined, { subject: "CN=Foreign Root, C=NL" });
      return { chain: [...chainOf(leaf), foreign], granted: [pki.root] };
    },
  },
  {
    name: "a foreign root alone above the leaf",
    reason: "certificate_issuer_mismatch",
    at: 1,
    build: async ({ leaf }) => ({
      chain: [leaf, await mintCa(undefined, { subject: "CN=Foreign Root, C=NL" })],
    }),
  },
  {
    name: "seven certificates",
    reason: "chain_too_long",
    oursAlone: true,
    build: async (world) => whole(await line(world, 4, 3, 2, 1, 0)),
  },
  {
    name: "more than 64 KiB",
    reason: "chain_too_large",
    oursAlone: true,
    build: async ({ pki }) => {
      const more = [new x509.Extension("1.2.3.4", false, tlv(0x04, new Uint8Array(64 * 1024)))];
      return whole(await mint(pki.issuing, { more }));
    },
  },
  {
    name: "a certificate that is none",
    reason: "certificate_not_canonical",
    at: 2,
    oursAlone: true,
    build: ({ leaf, pki }) => ({ chain: [leaf, pki.issuing, bytesOf("deadbeef"), pki.root] }),
  },
];

const ANCHORS: readonly FaultyCase[] = [
  {
    name: "nothing listed",
    reason: "chain_not_anchored",
    build: ({ leaf }) => ({ ...whole(leaf), granted: [] }),
  },
  {
    name: "another root listed",
    reason: "chain_not_anchored",
    build: async ({ leaf }) => ({ ...whole(leaf), granted: [(await createPki("Other")).root] }),
  },
  {
    name: "truncated below the listed root",
    reason: "chain_not_anchored",
    build: ({ leaf, pki }) => ({ chain: [leaf, pki.issuing, pki.sub], granted: [pki.root] }),
  },
  {
    name: "the leaf alone",
    reason: "chain_not_anchored",
    build: ({ leaf, pki }) => ({ chain: [leaf], granted: [pki.root] }),
  },
  {
    name: "the leaf itself listed, and nothing else",
    reason: "chain_not_anchored",
    build: ({ leaf }) => ({ ...whole(leaf), granted: [leaf] }),
  },
  {
    name: "a self-signed leaf that is listed",
    reason: "chain_not_anchored",
    build: async () => whole(await mint(undefined)),
  },
  {
    name: "the root withdrawn",
    reason: "chain_ca_withdrawn",
    build: ({ leaf, pki }) => ({ ...whole(leaf), granted: [], withdrawn: [pki.root] }),
  },
  {
    name: "the root listed both ways",
    reason: "chain_ca_withdrawn",
    oursAlone: true,
    build: ({ leaf, pki }) => ({ ...whole(leaf), granted: [pki.root], withdrawn: [pki.root] }),
  },
  {
    name: "the issuing CA withdrawn, the root above it granted",
    reason: "chain_ca_withdrawn",
    oursAlone: true,
    build: ({ leaf, pki }) => ({ ...whole(leaf), withdrawn: [pki.issuing] }),
  },
];

export const PATHS: readonly FaultyCase[] = [...FORGERIES, ...ORDER, ...ANCHORS];
