/**
 * Who is in the sandbox: parties as the registry will list them, and the humans who may sign in. All invented. Owns
 * names, identifiers and roles; keys and passwords are made at first start (`keys`), addresses follow from the port
 * (`settings`), what humans may do is in `authorisations`.
 */

export interface Organisation {
  readonly name: string;
  /** ETSI EN 319 412-1 §5.1.4 */
  readonly organizationIdentifier: string;
}

/** `organizationIdentifier` is the end of its party id and part of its certificate's subject */
export interface Participant extends Organisation {
  /** names its files under `.sandbox/keys/` */
  readonly slug: string;
  readonly role: Role;
  /** iSHARE adherence: an inactive party is listed and yet refused */
  readonly active: boolean;
  readonly alsoKnownAs: readonly string[];
}

export type Role =
  | "ParticipantRegistry"
  | "IdentityProvider"
  | "ServiceProvider"
  | "ServiceConsumer"
  | "EntitledParty"
  | "AuthorisationRegistry";

/** Independent of port and keys, so it stays the same from run to run. */
export const partyIdOf = ({ organizationIdentifier }: Organisation): string =>
  `did:ishare:EU.NL.${organizationIdentifier}`;

export const REGISTRY: Participant = {
  slug: "registry",
  name: "Polderkring Participant Registry",
  organizationIdentifier: "NTRNL-10000001",
  role: "ParticipantRegistry",
  active: true,
  alsoKnownAs: [],
};

export const IDENTITY_PROVIDER: Participant = {
  slug: "identity-provider",
  name: "Sleutelbrug Identity Provider",
  organizationIdentifier: "NTRNL-10000002",
  role: "IdentityProvider",
  active: true,
  alsoKnownAs: [],
};

export const HARBOUR_DESK: Participant = {
  slug: "kadelicht",
  name: "Kadelicht Harbour Desk",
  organizationIdentifier: "NTRNL-10000003",
  role: "ServiceProvider",
  active: true,
  alsoKnownAs: [],
};

export const FREIGHT_PAPERS: Participant = {
  slug: "graanpoort",
  name: "Graanpoort Freight Papers",
  organizationIdentifier: "NTRNL-10000004",
  role: "ServiceProvider",
  active: true,
  alsoKnownAs: ["EU.EORI.NL100000004"],
};

export const CLOSED_FERRY: Participant = {
  slug: "oude-veerdienst",
  name: "Oude Veerdienst Manifests",
  organizationIdentifier: "NTRNL-10000005",
  role: "ServiceProvider",
  active: false,
  alsoKnownAs: [],
};

export const BLUE_CRANE: Participant = {
  slug: "blauwe-kraan",
  name: "De Blauwe Kraan Transport",
  organizationIdentifier: "NTRNL-10000006",
  role: "ServiceConsumer",
  active: true,
  alsoKnownAs: ["EU.EORI.NL100000006"],
};

export const TULIP_FIELD: Participant = {
  slug: "tulpenveld",
  name: "Tulpenveld Export Coöperatie",
  organizationIdentifier: "NTRNL-10000007",
  role: "EntitledParty",
  active: true,
  alsoKnownAs: ["EU.EORI.NL100000007"],
};

/** Where Tulpenveld keeps what its people may do. */
export const AUTHORISATION_REGISTRY: Participant = {
  slug: "volmachthuis",
  name: "Volmachthuis Authorisation Registry",
  organizationIdentifier: "NTRNL-10000008",
  role: "AuthorisationRegistry",
  active: true,
  alsoKnownAs: [],
};

/** Not in the registry: it may join with an id_token of one of its people. */
export const REED_LAND: Organisation = {
  name: "Rietland Logistiek",
  organizationIdentifier: "NTRNL-10000020",
};

/** Active ones first. */
export const SERVICE_PROVIDERS: readonly Participant[] = [HARBOUR_DESK, FREIGHT_PAPERS, CLOSED_FERRY];

export const PARTICIPANTS: readonly Participant[] = [
  REGISTRY,
  IDENTITY_PROVIDER,
  ...SERVICE_PROVIDERS,
  BLUE_CRANE,
  TULIP_FIELD,
  AUTHORISATION_REGISTRY,
];

/** How the directory spells an organisation: its party id if it has one. */
export const organisationIdOf = (organisation: Organisation): string =>
  PARTICIPANTS.some(({ name }) => name === organisation.name)
    ? partyIdOf(organisation)
    : organisation.organizationIdentifier;

export interface User {
  readonly username: string;
  readonly givenName: string;
  readonly familyName: string;
  readonly email: string;
  readonly organisations: readonly Organisation[];
  /** beside the password: an app enrolled already, or a code to enrol a passkey with; both count as substantial */
  readonly prepared?: "authenticator app" | "enrolment code";
}

export const USERS: readonly User[] = [
  {
    username: "anna",
    givenName: "Anna",
    familyName: "de Vries",
    email: "anna@blauwekraan.example",
    organisations: [BLUE_CRANE],
  },
  {
    username: "bram",
    givenName: "Bram",
    familyName: "Jansen",
    email: "bram@tulpenveld.example",
    organisations: [TULIP_FIELD],
    prepared: "authenticator app",
  },
  {
    username: "daan",
    givenName: "Daan",
    familyName: "Willems",
    email: "daan@blauwekraan.example",
    organisations: [BLUE_CRANE],
    prepared: "enrolment code",
  },
  {
    username: "noor",
    givenName: "Noor",
    familyName: "El Amrani",
    email: "noor@tussenhaven.example",
    organisations: [BLUE_CRANE, TULIP_FIELD],
  },
  {
    username: "lotte",
    givenName: "Lotte",
    familyName: "Visser",
    email: "lotte@rietland.example",
    organisations: [REED_LAND],
  },
];
