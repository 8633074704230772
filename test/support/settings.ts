/** A sound environment for the configuration, with a genuine key and chain, and the two ways to read what comes of it. */
import { type Config, loadConfig } from "../../src/config.ts";
import { chainPem, createPki, type Identity, keyPem, mintLeaf, type Pki } from "./pki.ts";

type Env = Readonly<Record<string, unknown>>;

export const NOW = Math.floor(Date.now() / 1000);

export interface Settings {
  readonly pki: Pki;
  readonly idp: Identity;
  readonly sound: Readonly<Record<string, string>>;
  /** @param change variables over the sound ones; undefined leaves one out */
  configOf(change?: Env): Promise<Config>;
  problemsOf(change: Env): Promise<readonly string[]>;
}

export async function createSettings(): Promise<Settings> {
  const pki = await createPki();
  const idp = await mintLeaf(pki, "NTRNL-10000010");
  const sound = {
    ISSUER_URL: "https://idp.example",
    PARTY_ID: "did:ishare:EU.NL.NTRNL-10000010",
    PARTY_NAME: "Example Identity",
    SIGNING_KEY: await keyPem(idp),
    CERTIFICATE_CHAIN: chainPem(idp),
    REGISTRY_URL: "https://registry.example",
    REGISTRY_PARTY_ID: "did:ishare:EU.NL.NTRNL-10000000",
    REGISTRY_ROOT_FINGERPRINTS: "aa".repeat(32),
    DATA_KEY: btoa("k".repeat(32)),
  };
  const load = (change: Env) => loadConfig({ ...sound, ...change }, NOW);
  return {
    pki,
    idp,
    sound,
    configOf: async (change = {}) => {
      const loaded = await load(change);
      if (!loaded.ok) throw new Error(loaded.problems.join("; "));
      return loaded.config;
    },
    problemsOf: async (change) => {
      const loaded = await load(change);
      return loaded.ok ? [] : loaded.problems;
    },
  };
}
