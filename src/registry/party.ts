/**
 * A party as the registry knows it, in words of no dialect, and the judgement of the party behind a verified leaf (wire
 * document §3). Pure. How a record is read is `party-record`'s (up to framework 2.2) and `party-claims`' (3.0).
 */
import { sha256Hex } from "../protocol/digest.ts";
import { decodeBase64, encodeBase64 } from "../protocol/encoding.ts";
import type { PartyId } from "../protocol/party-id.ts";
import { ok, type Result, refuse } from "../protocol/result.ts";
import type { EpochSeconds } from "../protocol/time.ts";
import type { Certificate } from "../trust/certificate.ts";

/** `until` is the first second after it. undefined: not given. NaN: given, but not a time; then no moment is inside. */
export interface Period {
  readonly from: EpochSeconds | undefined;
  readonly until: EpochSeconds | undefined;
}

export interface Party {
  /** canonical: the key for everything stored */
  readonly id: PartyId;
  /** every identifier, the canonical one too */
  readonly ids: ReadonlySet<string>;
  readonly name: string;
  /** when it is an active participant; empty: the registry does not say that it is one */
  readonly adherence: readonly Period[];
  readonly certificates: readonly PartyCertificate[];
  /** empty when the record names none; what has ended is there, with a period that holds no moment */
  readonly roles: readonly PartyRole[];
  readonly authorisationRegistries: readonly AuthorisationRegistryRecord[];
}

/** Either identifies it; a record may have both. */
export interface PartyCertificate extends Period {
  /** SHA-256, lower-case hex */
  readonly thumbprint: string | undefined;
  /** base64 DER */
  readonly ders: readonly string[];
  readonly revoked: boolean;
}

export interface PartyRole extends Period {
  /** as the record spells it */
  readonly role: string;
}

/** Where an organisation says that its authorisations are kept. */
export interface AuthorisationRegistryRecord extends Period {
  /** as the record has them: not checked, empty when missing */
  readonly id: string;
  readonly url: string;
  /** undefined: for every data space */
  readonly dataspace: string | undefined;
  /** identifier of the one Service Provider that it is for; undefined: for all */
  readonly serviceProvider: string | undefined;
  /** it is for one service of that Service Provider alone, and we can't tell which one asks */
  readonly forOneService: boolean;
}

/**
 * The same party in less memory, for it is one of thousands: a certificate that is listed whole is known by its thumbprint
 * instead.
 */
export async function condense(party: Party): Promise<Party> {
  const certificates = party.certificates.map(async ({ ders, thumbprint, ...rest }) => {
    const known = ders.map((der) => decodeBase64(der)).filter((it) => it !== undefined);
    const thumbprints = new Set([
      ...(thumbprint === undefined ? [] : [thumbprint]),
      ...(await Promise.all(known.map(sha256Hex))),
    ]);
    return [...thumbprints].map((it) => ({ ...rest, thumbprint: it, ders: [] }));
  });
  return { ...party, certificates: (await Promise.all(certificates)).flat() };
}

export const isCurrent = ({ from, until }: Period, now: EpochSeconds): boolean =>
  hasBegun(from, now) && (until === undefined || now < until);

const hasBegun = (from: EpochSeconds | undefined, now: EpochSeconds): boolean =>
  from === undefined || now >= from;

/** Is this party an active participant now? */
export function checkAdherence(party: Party, now: EpochSeconds): Result<Party> {
  const { adherence } = party;
  if (adherence.length === 0) return refuse("party_not_active");
  if (adherence.some((period) => isCurrent(period, now))) return ok(party);
  return refuse(
    adherence.every(({ from }) => hasBegun(from, now))
      ? "party_no_longer_adherent"
      : "party_not_yet_adherent",
  );
}

/** And is the leaf one of its certificates? */
export function checkParty(party: Party, leaf: Certificate, now: EpochSeconds): Result<Party> {
  const adherent = checkAdherence(party, now);
  if (!adherent.ok) return adherent;
  const listed = party.certificates.filter(
    ({ thumbprint, ders }) =>
      thumbprint === leaf.fingerprint || (ders.length > 0 && ders.includes(encodeBase64(leaf.der))),
  );
  // Listed both ways: revoking is for good.
  if (listed.some(({ revoked }) => revoked)) return refuse("party_certificate_unknown", { cause: "revoked" });
  return listed.some((it) => isCurrent(it, now)) ? ok(party) : refuse("party_certificate_unknown");
}
