/** Chains in which one certificate is not fit for its place: time, CA rules, extensions, leaf rules, strength. */
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { bytesOf, tlv } from "../../support/der.ts";
import { caExtensions, generateKeys, leafExtensions, mint, mintCa } from "../../support/pki.ts";
import {
  basic,
  ecKeys,
  type FaultyCase,
  keyUsage,
  lastYear,
  leafWith,
  leafWithModulus,
  line,
  nameConstraints,
  selfIssued,
  signedWith,
  tomorrow,
  underCa,
  underCaWith,
  unknownCritical,
  whole,
  yesterday,
} from "./world.ts";

const TIME: readonly FaultyCase[] = [
  {
    name: "an expired leaf",
    reason: "certificate_expired",
    at: 0,
    build: async ({ pki }) => whole(await mint(pki.issuing, { notBefore: lastYear, notAfter: yesterday })),
  },
  {
    name: "a leaf that is not valid yet",
    reason: "certificate_not_yet_valid",
    at: 0,
    build: async ({ pki }) => whole(await mint(pki.issuing, { notBefore: tomorrow })),
  },
  {
    name: "an expired CA",
    reason: "certificate_expired",
    at: 1,
    build: async (world) => whole(await underCa(world, { notBefore: lastYear, notAfter: yesterday })),
  },
  {
    name: "a CA that is not valid yet",
    reason: "certificate_not_yet_valid",
    at: 1,
    build: async (world) => whole(await underCa(world, { notBefore: tomorrow })),
  },
  {
    name: "an expired root",
    reason: "certificate_expired",
    at: 1,
    build: async () =>
      whole(
        await mint(await mintCa(undefined, { subject: "CN=Old", notBefore: lastYear, notAfter: yesterday })),
      ),
  },
  {
    name: "an expired certificate above the anchor",
    reason: "certificate_expired",
    at: 2,
    oursAlone: true,
    build: async () => {
      const root = await mintCa(undefined, { subject: "CN=Old", notBefore: lastYear, notAfter: yesterday });
      const sub = await mintCa(root, { subject: "CN=Sub" });
      return { ...whole(await mint(sub)), granted: [sub] };
    },
  },
];

const ISSUERS: readonly FaultyCase[] = [
  {
    name: "an issuer with CA:FALSE",
    reason: "certificate_issuer_not_ca",
    at: 1,
    build: async (world) => whole(await underCaWith(world, basic(false), keyUsage("keyCertSign"))),
  },
  {
    name: "an issuer without basic constraints",
    reason: "certificate_issuer_not_ca",
    at: 1,
    build: async (world) => whole(await underCaWith(world, keyUsage("keyCertSign"))),
  },
  {
    name: "an issuer without keyCertSign",
    reason: "certificate_issuer_key_usage",
    at: 1,
    build: async (world) =>
      whole(await underCaWith(world, basic(true), keyUsage("cRLSign", "digitalSignature"))),
  },
  {
    name: "an issuer without key usage",
    reason: "certificate_issuer_key_usage",
    at: 1,
    strict: true,
    build: async (world) => whole(await underCaWith(world, basic(true))),
  },
  {
    name: "a root without keyCertSign",
    reason: "certificate_issuer_key_usage",
    at: 1,
    build: async () => {
      const extensions = caExtensions(undefined, x509.KeyUsageFlags.cRLSign);
      return whole(await mint(await mintCa(undefined, { subject: "CN=Root", extensions })));
    },
  },
  {
    name: "a path one longer than the CA above allows",
    reason: "certificate_path_length",
    at: 2,
    build: async (world) => whole(await line(world, 0, undefined)),
  },
  {
    name: "a path one longer than a CA two above allows",
    reason: "certificate_path_length",
    at: 3,
    build: async (world) => whole(await line(world, 1, undefined, undefined)),
  },
  {
    name: "a path longer than the root allows",
    reason: "certificate_path_length",
    at: 2,
    build: async () => {
      const root = await mintCa(undefined, { subject: "CN=Root", pathLength: 0 });
      return whole(await mint(await mintCa(root, { subject: "CN=Sub" })));
    },
  },
  {
    name: "a path one longer where a self-issued CA does not count but another does",
    reason: "certificate_path_length",
    at: 3,
    build: async (world) => whole(await selfIssued(world, 0, "Below")),
  },
];

/** What RFC 5280 demands of CAs, and of verifiers only openssl when it is strict. */
const LAX_CAS: readonly FaultyCase[] = [
  {
    name: "a leaf without key identifiers",
    reason: "certificate_key_identifier_missing",
    at: 0,
    strict: true,
    build: async ({ pki }) => whole(await mint(pki.issuing, { extensions: leafExtensions() })),
  },
  {
    name: "a leaf that names its issuer by name and serial alone",
    reason: "certificate_key_identifier_missing",
    at: 0,
    strict: true,
    build: async ({ pki }) => {
      const { certificate } = pki.issuing;
      const serial = bytesOf(certificate.serialNumber);
      const name = new Uint8Array(certificate.issuerName.toArrayBuffer());
      const value = tlv(0x30, tlv(0xa1, tlv(0xa4, name)), tlv(0x82, serial));
      const authority = new x509.Extension("2.5.29.35", false, value);
      return whole(await mint(pki.issuing, { extensions: [...leafExtensions(), authority] }));
    },
  },
  {
    name: "a CA without authority key identifier",
    reason: "certificate_key_identifier_missing",
    at: 1,
    strict: true,
    build: async (world) => {
      const own = await x509.SubjectKeyIdentifierExtension.create(world.attacker.publicKey);
      const extensions = [...caExtensions(), own];
      return whole(await underCa(world, { keys: world.attacker, extensions }));
    },
  },
  {
    name: "an old root without key identifiers",
    reason: "certificate_key_identifier_missing",
    at: 1,
    strict: true,
    build: async () =>
      whole(
        await mint(await mintCa(undefined, { subject: "CN=Old Root, C=NL", extensions: caExtensions() })),
      ),
  },
  {
    name: "a CA whose basic constraints are not critical",
    reason: "certificate_constraints_not_critical",
    at: 1,
    strict: true,
    build: async (world) =>
      whole(await underCaWith(world, new x509.BasicConstraintsExtension(true), keyUsage("keyCertSign"))),
  },
];

/** Path builders end at what looks issued by its own key, whatever comes above it. */
const SELF_SIGNED: readonly FaultyCase[] = [
  {
    name: "a CA that renewed its certificate itself, with the same key",
    reason: "certificate_self_signed",
    at: 1,
    oursAlone: true, // openssl finds the way around it
    build: async ({ pki, attacker: keys }) => {
      const subject = "CN=Renewing CA, O=Test, C=NL";
      const old = await mintCa(pki.root, { subject, keys });
      return whole(await mint(await mintCa(old, { subject, keys })));
    },
  },
  {
    name: "a leaf of its CA's name that tells its key by nothing",
    reason: "certificate_self_signed",
    at: 0,
    build: async ({ pki }) => {
      const authority = await x509.AuthorityKeyIdentifierExtension.create(pki.issuing.keys.publicKey);
      const extensions = [...leafExtensions(), authority];
      return whole(await mint(pki.issuing, { subject: pki.issuing.subject, extensions }));
    },
  },
];

const EXTENSIONS: readonly FaultyCase[] = [
  {
    name: "an unknown critical extension in the leaf",
    reason: "certificate_critical_extension",
    at: 0,
    build: async ({ pki }) => whole(await mint(pki.issuing, { more: [unknownCritical] })),
  },
  {
    name: "an unknown critical extension in a CA",
    reason: "certificate_critical_extension",
    at: 1,
    build: async (world) => whole(await underCaWith(world, ...caExtensions(), unknownCritical)),
  },
  {
    name: "an unknown critical extension in the root",
    reason: "certificate_critical_extension",
    at: 1,
    build: async () => {
      const extensions = [...caExtensions(), unknownCritical];
      return whole(await mint(await mintCa(undefined, { subject: "CN=Root", extensions })));
    },
  },
  ...[true, false].map(
    (critical): FaultyCase => ({
      name: `name constraints, ${critical ? "" : "not "}critical: never passed over`,
      reason: "certificate_name_constraints",
      at: 1,
      oursAlone: true,
      build: async (world) => whole(await underCaWith(world, ...caExtensions(), nameConstraints(critical))),
    }),
  ),
];

const LEAVES: readonly FaultyCase[] = [
  {
    name: "a CA in the leaf's place",
    reason: "leaf_is_ca",
    oursAlone: true,
    build: ({ pki }) => ({ chain: [pki.issuing, pki.sub, pki.root] }),
  },
  {
    name: "a CA that may also sign",
    reason: "leaf_is_ca",
    oursAlone: true,
    build: async (world) =>
      whole(await leafWith(world, basic(true), keyUsage("digitalSignature", "keyCertSign"))),
  },
  {
    name: "a leaf that may sign certificates without being a CA",
    reason: "leaf_key_usage",
    strict: true,
    build: async (world) => whole(await leafWith(world, keyUsage("digitalSignature", "keyCertSign"))),
  },
  {
    name: "a leaf without key usage",
    reason: "leaf_key_usage",
    oursAlone: true,
    build: async (world) => whole(await leafWith(world)),
  },
  ...(["keyEncipherment", "dataEncipherment", "keyAgreement", "cRLSign"] as const).map(
    (name): FaultyCase => ({
      name: `a leaf for ${name} alone`,
      reason: "leaf_key_usage",
      oursAlone: true,
      build: async (world) => whole(await leafWith(world, keyUsage(name))),
    }),
  ),
];

const STRENGTH: readonly FaultyCase[] = [
  {
    name: "a leaf signed with SHA-1",
    reason: "certificate_signature_algorithm",
    at: 0,
    build: async ({ pki }) => whole(await mint(pki.issuing, { hash: "SHA-1" })),
  },
  {
    name: "a CA signed with SHA-1",
    reason: "certificate_signature_algorithm",
    at: 1,
    build: async (world) => whole(await underCa(world, { hash: "SHA-1" })),
  },
  {
    name: "a root signed with SHA-1: everywhere is everywhere",
    reason: "certificate_signature_algorithm",
    at: 1,
    oursAlone: true,
    build: async () => whole(await mint(await mintCa(undefined, { subject: "CN=Root", hash: "SHA-1" }))),
  },
  {
    name: "a leaf signed with RSA-PSS",
    reason: "certificate_signature_algorithm",
    at: 0,
    oursAlone: true,
    build: async ({ pki }) => {
      const scheme = { name: "RSA-PSS", hash: "SHA-256" };
      const pkcs8 = (await crypto.subtle.exportKey("pkcs8", pki.issuing.keys.privateKey)) as ArrayBuffer;
      const key = await crypto.subtle.importKey("pkcs8", pkcs8, scheme, true, ["sign"]);
      const der = await signedWith(pki.issuing, key, { name: "RSA-PSS", saltLength: 32 });
      return { chain: [der, pki.issuing, pki.sub, pki.root] };
    },
  },
  {
    name: "a leaf signed by an EC key",
    reason: "certificate_signature_algorithm",
    at: 0,
    oursAlone: true,
    build: async ({ pki }) => {
      const der = await signedWith(pki.issuing, (await ecKeys()).privateKey, {
        name: "ECDSA",
        hash: "SHA-256",
      });
      return { chain: [der, pki.issuing, pki.sub, pki.root] };
    },
  },
  ...[1024, 2040].map(
    (bits): FaultyCase => ({
      name: `a leaf with RSA ${bits}`,
      reason: "certificate_weak_key",
      at: 0,
      ...(bits > 1024 && { oursAlone: true as const }), // openssl rounds bits of security
      build: async ({ pki }) => whole(await mint(pki.issuing, { bits })),
    }),
  ),
  {
    name: "a CA with RSA 1024",
    reason: "certificate_weak_key",
    at: 1,
    build: async (world) => whole(await underCa(world, { keys: await generateKeys(1024) })),
  },
  {
    name: "a leaf with RSA 8200: a verification costs the square of that",
    reason: "certificate_weak_key",
    at: 0,
    oursAlone: true,
    build: (world) => leafWithModulus(world, 1025),
  },
  {
    name: "a leaf with an EC key",
    reason: "certificate_key_type",
    at: 0,
    oursAlone: true,
    build: async ({ pki }) =>
      whole(await mint(pki.issuing, { keys: await ecKeys(), extensions: leafExtensions() })),
  },
  {
    name: "a CA with an EC key",
    reason: "certificate_key_type",
    at: 1,
    build: async (world) => {
      const keys = await ecKeys();
      const ca = await mintCa(world.pki.root, { subject: "CN=EC CA", keys, extensions: caExtensions() });
      return whole(await mint(ca, { extensions: leafExtensions(), signedBy: world.attacker }));
    },
  },
];

export const CERTIFICATES: readonly FaultyCase[] = [
  ...TIME,
  ...ISSUERS,
  ...LAX_CAS,
  ...SELF_SIGNED,
  ...EXTENSIONS,
  ...LEAVES,
  ...STRENGTH,
];
