/** Chains that hold. Each is judged by us and by openssl. */
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { bytesOf } from "../../support/der.ts";
import { mint } from "../../support/pki.ts";
import {
  basic,
  keyUsage,
  leafWith,
  leafWithModulus,
  line,
  nextYear,
  type SoundCase,
  selfIssued,
  underCa,
  type World,
  whole,
} from "./world.ts";

export const SOUND: readonly SoundCase[] = [
  { name: "the whole chain, root listed", build: ({ leaf }) => whole(leaf) },
  {
    name: "the whole chain, sub CA listed",
    build: ({ leaf, pki }) => ({ ...whole(leaf), granted: [pki.sub] }),
  },
  {
    name: "the whole chain, issuing CA listed",
    build: ({ leaf, pki }) => ({ ...whole(leaf), granted: [pki.issuing] }),
  },
  {
    name: "several CAs listed",
    build: ({ leaf, pki }) => ({ ...whole(leaf), granted: [pki.root, pki.issuing] }),
  },
  {
    name: "up to the sub CA, which is listed",
    build: ({ leaf, pki }) => ({ chain: [leaf, pki.issuing, pki.sub] }),
  },
  {
    name: "up to the issuing CA, which is listed",
    build: ({ leaf, pki }) => ({ chain: [leaf, pki.issuing] }),
  },
  {
    name: "issuing CA listed as granted, the root above it as withdrawn",
    build: ({ leaf, pki }) => ({ ...whole(leaf), granted: [pki.issuing], withdrawn: [pki.root] }),
  },
  { name: "six certificates", build: async (world) => whole(await line(world, 3, 2, 1, 0)) },
  {
    name: "CAs without a path length",
    build: async (world) => whole(await line(world, undefined, undefined)),
  },
  { name: "a self-issued CA does not count", build: async (world) => whole(await selfIssued(world, 0)) },
  {
    name: "a self-issued CA does not count, but the one below does",
    build: async (world) => whole(await selfIssued(world, 1, "Below")),
  },

  ...(["nonRepudiation", "digitalSignature"] as const).map((name) => ({
    name: `a leaf for ${name} alone`,
    build: async (world: World) => whole(await leafWith(world, keyUsage(name))),
  })),
  {
    name: "a leaf for nonRepudiation and keyEncipherment",
    build: async (world) => whole(await leafWith(world, keyUsage("nonRepudiation", "keyEncipherment"))),
  },
  {
    name: "a leaf that says it is no CA",
    build: async (world) => whole(await leafWith(world, keyUsage("digitalSignature"), basic(false))),
  },
  {
    name: "critical extensions that demand nothing of us",
    build: async (world) =>
      whole(
        await leafWith(
          world,
          keyUsage("digitalSignature"),
          new x509.ExtendedKeyUsageExtension(["1.3.6.1.5.5.7.3.4"], true),
          new x509.SubjectAlternativeNameExtension([{ type: "email", value: "a@example.com" }], true),
          new x509.CertificatePolicyExtension(["1.2.3.4"], true),
        ),
      ),
  },
  {
    name: "an unknown extension that is not critical",
    build: async (world) =>
      whole(
        await leafWith(
          world,
          keyUsage("digitalSignature"),
          new x509.Extension("1.2.3.4", false, bytesOf("0500")),
        ),
      ),
  },

  ...(["SHA-384", "SHA-512"] as const).map((hash) => ({
    name: `signatures with ${hash}`,
    build: async (world: World) => whole(await mint((await underCa(world, { hash })).issuer, { hash })),
  })),
  { name: "RSA 8192, the most", build: (world) => leafWithModulus(world, 1024) },
  { name: "RSA 3072", build: async ({ pki }) => whole(await mint(pki.issuing, { bits: 3072 })) },
  {
    name: "valid past 2050, so that its end is a GeneralizedTime",
    build: async ({ pki }) => whole(await mint(pki.issuing, { notAfter: new Date("2099-12-31T23:59:59Z") })),
  },
  {
    name: "a leaf that outlives its issuer",
    build: async (world) =>
      whole(
        await mint((await underCa(world, { notAfter: nextYear })).issuer, {
          notAfter: new Date("2045-01-01"),
        }),
      ),
  },
  {
    name: "a leaf of its CA's name, with a key identifier of its own",
    build: async ({ pki }) => whole(await mint(pki.issuing, { subject: pki.issuing.subject })),
  },
];
