/**
 * A party as the registry knows it (wire document §3, §4): reading the sloppy record, and judging the party behind a
 * verified leaf. Pure.
 */
import { decodeBase64, decodeUtf8, encodeBase64, normaliseFingerprint } from "../protocol/encoding.ts";
import { isJsonObject, type JsonObject } from "../protocol/json.ts";
import { type PartyId, parsePartyId } from "../protocol/party-id.ts";
import { ok, type Result, refuse } from "../protocol/result.ts";
import { type EpochSeconds, parseTimestamp } from "../protocol/time.ts";
import type { Certificate } from "../trust/certificate.ts";

export interface Party {
  /** canonical: the key for everything stored */
  readonly id: PartyId;
  /** every identifier, the canonical one too */
  readonly ids: ReadonlySet<string>;
  readonly name: string;
  readonly active: boolean;
  /** undefined: not given. NaN: given, but not a time; then no moment is inside */
  readonly from: EpochSeconds | undefined;
  readonly until: EpochSeconds | undefined;
  /** SHA-256 fingerprints from `x5t#s256` */
  readonly thumbprints: ReadonlySet<string>;
  /** base64 DER from `x5c` */
  readonly certificates: ReadonlySet<string>;
  /** as the record spells them; empty when it names none */
  readonly roles: readonly string[];
  readonly authorisationRegistries: readonly AuthorisationRegistryRecord[];
}

/** Where an organisation says that its authorisations are kept. */
export interface AuthorisationRegistryRecord {
  /** as the record has them: not checked, empty when missing */
  readonly id: string;
  readonly url: string;
  /** undefined: for every data space */
  readonly dataspace: string | undefined;
}

/** @param id the identifier asked for: an answer about anybody else does not count */
export function readParty(payload: JsonObject, id: string): Result<Party> {
  const record = findRecord(payload, id);
  if (record === undefined) return refuse("registry_answer_other_party");
  const canonical = parsePartyId(ownIds(record)[0] ?? id);
  if (canonical === undefined) return refuse("registry_answer_malformed", { member: "id" });
  // A record that does not say so is not active: what is missing is refused.
  const { status, start_date, end_date }: JsonObject = isJsonObject(record.adherence) ? record.adherence : {};
  const certificates = Array.isArray(record.certificates) ? record.certificates.filter(isJsonObject) : [];
  return ok({
    id: canonical,
    ids: new Set([canonical, ...allIds(record)]),
    name: typeof record.party_name === "string" && record.party_name !== "" ? record.party_name : canonical,
    active: typeof status === "string" && status.toLowerCase() === "active",
    from: readDate(start_date),
    until: readDate(end_date),
    thumbprints: new Set(
      certificates
        .map((it) => (typeof it["x5t#s256"] === "string" ? normaliseFingerprint(it["x5t#s256"]) : undefined))
        .filter((it) => it !== undefined),
    ),
    certificates: new Set(
      certificates
        .flatMap((it) => it.x5c)
        .map(readCertificate)
        .filter((it) => it !== undefined),
    ),
    roles: (Array.isArray(record.roles) ? record.roles : [])
      .filter(isJsonObject)
      .flatMap(({ role }) => strings(role)),
    authorisationRegistries: readAuthorisationRegistries(record.auth_registries),
  });
}

/** One without id or address stays: that an organisation names a registry is known, even if not which. */
const readAuthorisationRegistries = (value: unknown): readonly AuthorisationRegistryRecord[] =>
  [value ?? []].flat().map((entry) => {
    const { id, url, dataspace_id }: JsonObject = isJsonObject(entry) ? entry : {};
    return { id: strings(id)[0] ?? "", url: strings(url)[0] ?? "", dataspace: strings(dataspace_id)[0] };
  });

/** One record under `party_info`, or the one entry of `parties_info.data` that is about `id`. */
function findRecord(payload: JsonObject, id: string): JsonObject | undefined {
  const list = payload.parties_info;
  const many = isJsonObject(list) && Array.isArray(list.data) ? list.data : [];
  return [payload.party_info, ...many].filter(isJsonObject).find((record) => allIds(record).includes(id));
}

const strings = (value: unknown): readonly string[] =>
  (Array.isArray(value) ? value : [value]).filter((it): it is string => typeof it === "string" && it !== "");

/** `id` in 2.1; `party_id`, a string or an array, before. */
const ownIds = (record: JsonObject): readonly string[] => [
  ...strings(record.id),
  ...strings(record.party_id),
];

/** `alsoKnownAs` carries other forms, some behind a prefix: `eori:EU.EORI.NL000000001`. */
const allIds = (record: JsonObject): readonly string[] => [
  ...ownIds(record),
  ...strings(record.alsoKnownAs).flatMap((it) => [it, it.replace(/^eori:/i, "")]),
];

function readDate(value: unknown): EpochSeconds | undefined {
  if (value === undefined || value === null || value === "") return undefined;
  return parseTimestamp(value) ?? Number.NaN;
}

/** DER in base64, a PEM, or a PEM in base64: all are seen. */
function readCertificate(value: unknown): string | undefined {
  if (typeof value !== "string") return undefined;
  const bare = value.replace(/-----[A-Z ]+-----/g, "").replace(/\s/g, "");
  const bytes = decodeBase64(bare);
  if (bytes === undefined || bytes.length === 0) return undefined;
  const text = bytes[0] === 0x2d ? decodeUtf8(bytes) : undefined; // "-", not a DER SEQUENCE
  return text === undefined ? bare : text.replace(/-----[A-Z ]+-----/g, "").replace(/\s/g, "");
}

/** Is this party an active participant now? */
export function checkAdherence(party: Party, now: EpochSeconds): Result<Party> {
  if (!party.active) return refuse("party_not_active");
  if (party.from !== undefined && !(now >= party.from)) return refuse("party_not_yet_adherent");
  if (party.until !== undefined && !(now < party.until)) return refuse("party_no_longer_adherent");
  return ok(party);
}

/** And is the leaf one of its certificates? */
export function checkParty(party: Party, leaf: Certificate, now: EpochSeconds): Result<Party> {
  const adherent = checkAdherence(party, now);
  if (!adherent.ok) return adherent;
  return party.thumbprints.has(leaf.fingerprint) || party.certificates.has(encodeBase64(leaf.der))
    ? ok(party)
    : refuse("party_certificate_unknown");
}
