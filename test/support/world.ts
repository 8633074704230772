/**
 * The cast of the tests: a PKI, a registry, an IdP's settings, two Service Providers, and how an SP speaks. Knows the
 * wire and nothing of `src`.
 */
import { createFakeAuthorisationRegistry, type FakeAuthorisationRegistry } from "./authorisation-registry.ts";
import { encryptFor, epoch, frame, signJwt } from "./jwt.ts";
import { chainPem, createPki, fingerprintOf, type Identity, keyPem, mintLeaf, type Pki } from "./pki.ts";
import { createFakeRegistry, type FakeRegistry } from "./registry.ts";

const did = (number: string): string => `did:ishare:EU.NL.NTRNL-${number}`;
export const IDP_ID = did("10000010");
export const REGISTRY_ID = did("10000000");
export interface Organisation {
  readonly id: string;
  readonly name: string;
}
export const ORGANISATION: Organisation = { id: did("10000030"), name: "Example Shipping" };
export const SECOND_ORGANISATION: Organisation = { id: "NTRNL-10000031", name: "Example Storage" };

export interface Sp {
  readonly id: string;
  readonly name: string;
  readonly leaf: Identity;
  readonly redirectUri: string;
}

export interface World {
  readonly pki: Pki;
  readonly registry: FakeRegistry;
  /** registered as a party; no organisation names it until a test says so */
  readonly authorisationRegistry: FakeAuthorisationRegistry;
  readonly idp: Identity;
  readonly sp: Sp;
  readonly otherSp: Sp;
  /** settings of a valid IdP, without ISSUER_URL and REGISTRY_URL */
  readonly settings: Readonly<Record<string, string>>;
}

export async function createWorld(): Promise<World> {
  const pki = await createPki();
  const leaf = (number: string) => mintLeaf(pki, `NTRNL-${number}`);
  const registry = await createFakeRegistry(REGISTRY_ID, await leaf("10000000"), [pki.root]);
  const idp = await leaf("10000010");
  const sp = {
    id: did("10000020"),
    name: "First & Sons",
    leaf: await leaf("10000020"),
    redirectUri: "https://sp1.example/return?x=1",
  };
  const otherSp = {
    id: did("10000021"),
    name: "Second Service",
    leaf: await leaf("10000021"),
    redirectUri: "https://sp2.example/return",
  };
  registry.parties = [
    { id: IDP_ID, name: "Test IdP", leaf: idp },
    {
      id: sp.id,
      name: sp.name,
      leaf: sp.leaf,
      alsoKnownAs: ["eori:EU.EORI.NL000000020", "EU.EORI.NL000000020"],
    },
    { id: otherSp.id, name: otherSp.name, leaf: otherSp.leaf },
    { ...ORGANISATION, alsoKnownAs: ["NTRNL-10000030"] },
  ];
  const arLeaf = await leaf("10000040");
  const authorisationRegistry = createFakeAuthorisationRegistry(did("10000040"), arLeaf);
  registry.parties.push({ id: authorisationRegistry.id, name: "Test AR", leaf: arLeaf });
  return {
    pki,
    registry,
    authorisationRegistry,
    idp,
    sp,
    otherSp,
    settings: {
      PARTY_ID: IDP_ID,
      PARTY_NAME: "Test IdP",
      SIGNING_KEY: await keyPem(idp),
      CERTIFICATE_CHAIN: chainPem(idp),
      REGISTRY_PARTY_ID: REGISTRY_ID,
      REGISTRY_ROOT_FINGERPRINTS: await fingerprintOf(pki.root),
      DATA_KEY: btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32)))),
      ALLOW_LOOPBACK_REDIRECTS: "true",
    },
  };
}

export const SCOPE = "openid iSHARE name email company";
/** The URN of a level of assurance. */
export const loa = (level: string): string => `urn:http://eidas.europa.eu/LoA/NotNotified/${level}`;

const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/** Claims of a valid request object. */
export const requestClaims = (sp: Sp, over: Readonly<Record<string, unknown>> = {}) => ({
  ...frame(sp.id, "urn:TBD", IDP_ID),
  response_type: "code",
  client_id: sp.id,
  scope: SCOPE,
  redirect_uri: sp.redirectUri,
  state: "state-1",
  nonce: "nonce-1",
  ...over,
});

/** The four outer parameters around a request object, as its claims say. */
export const outer = (
  claims: Readonly<Record<string, unknown>>,
  request: string,
): Record<string, string> => ({
  response_type: String(claims.response_type),
  client_id: String(claims.client_id),
  scope: String(claims.scope),
  request,
});

export async function authorizeForm(
  sp: Sp,
  over: Readonly<Record<string, unknown>> = {},
  form: "JWS" | "RSA-OAEP" | "RSA-OAEP-256" = "JWS",
  idp?: Identity,
): Promise<Record<string, string>> {
  const claims = requestClaims(sp, over);
  const jwt = await signJwt(sp.leaf, claims);
  return outer(claims, form === "JWS" || idp === undefined ? jwt : await encryptFor(idp, jwt, form));
}

export const assertion = (sp: Sp, over: Readonly<Record<string, unknown>> = {}): Promise<string> =>
  signJwt(sp.leaf, { ...frame(sp.id, sp.id, IDP_ID, epoch()), ...over });

export async function codeForm(
  sp: Sp,
  code: string,
  over: Readonly<Record<string, string>> = {},
): Promise<Record<string, string>> {
  return {
    grant_type: "authorization_code",
    client_id: sp.id,
    client_assertion_type: ASSERTION_TYPE,
    client_assertion: await assertion(sp),
    redirect_uri: sp.redirectUri,
    code,
    ...over,
  };
}

export async function machineForm(
  sp: Sp,
  over: Readonly<Record<string, string>> = {},
): Promise<Record<string, string>> {
  return {
    grant_type: "client_credentials",
    scope: "iSHARE",
    client_id: sp.id,
    client_assertion_type: ASSERTION_TYPE,
    client_assertion: await assertion(sp),
    ...over,
  };
}
