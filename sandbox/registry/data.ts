/**
 * What the registry knows, in words of no dialect: parties and trusted certificate authorities, read from one JSON
 * variable. Owns finding a party by any of its identifiers; how a record looks on the wire is the dialect's.
 */

export interface RegistryData {
  readonly authorities: readonly Authority[];
  readonly parties: readonly PartyRecord[];
}

/** A CA that iSHARE trusts. */
export interface Authority {
  readonly subject: string;
  /** SHA-256, hex */
  readonly fingerprint: string;
}

export interface PartyRecord {
  readonly id: string;
  readonly alsoKnownAs: readonly string[];
  readonly name: string;
  readonly capabilityUrl?: string;
  readonly role: string;
  /** level of assurance of the role; high where nothing is said */
  readonly loa?: string;
  /** where its authorisations are kept */
  readonly authorisationRegistries?: readonly AuthorisationRegistryRecord[];
  /** the id_token that it joined with, for a party without certificates */
  readonly signedRequest?: string;
  readonly active: boolean;
  /** ISO 8601 */
  readonly since: string;
  readonly until: string;
  readonly certificates: readonly CertificateRecord[];
}

export interface AuthorisationRegistryRecord {
  readonly name: string;
  readonly id: string;
  readonly url: string;
}

export interface CertificateRecord {
  readonly subject: string;
  /** ISO 8601 */
  readonly enabledFrom: string;
  /** DER, base64 */
  readonly der: string;
  /** SHA-256, hex */
  readonly fingerprint: string;
}

/** The party that has `id` as its identifier or as one of its other names. */
export const findParty = ({ parties }: RegistryData, id: string): PartyRecord | undefined =>
  parties.find((party) => namesOf(party).includes(id));

/**
 * Parties that have an identifier for every pattern; without any, all.
 * @param patterns each may hold one `*`, which stands for any text
 */
export function searchParties(
  { parties }: RegistryData,
  patterns: readonly (string | undefined)[],
): readonly PartyRecord[] {
  const criteria = patterns.filter((pattern) => pattern !== undefined).map(createMatcher);
  return parties.filter((party) => criteria.every((matches) => namesOf(party).some(matches)));
}

const namesOf = ({ id, alsoKnownAs }: PartyRecord): readonly string[] => [id, ...alsoKnownAs];

function createMatcher(pattern: string): (text: string) => boolean {
  const [start = "", end] = pattern.split("*");
  if (end === undefined) return (text) => text === pattern;
  return (text) => text.length >= start.length + end.length && text.startsWith(start) && text.endsWith(end);
}
