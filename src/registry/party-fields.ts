/**
 * What every dialect writes alike about a party, and as sloppily (wire document §3, §4): which record of an answer is
 * meant, identifiers, dates, certificates. Pure.
 */
import { decodeBase64, decodeUtf8, normaliseFingerprint } from "../protocol/encoding.ts";
import { isJsonObject, type JsonObject } from "../protocol/json.ts";
import { type PartyId, parsePartyId } from "../protocol/party-id.ts";
import { ok, type Result, refuse } from "../protocol/result.ts";
import { type EpochSeconds, parseTimestamp } from "../protocol/time.ts";
import type { Party, PartyCertificate } from "./party.ts";

/** Where an answer has its record, or its list of records under `data`. */
export const CONTAINERS = {
  record: ["party_info", "parties_info"],
  claims: ["partyInfo", "partiesInfo"],
} as const;

interface Found extends Pick<Party, "id" | "ids"> {
  readonly record: JsonObject;
}

/** @param id the identifier asked for: an answer about anybody else does not count, and of a list only that entry */
export function findRecord(
  payload: JsonObject,
  [one, many]: readonly [string, string],
  id: string,
): Result<Found> {
  const list = payload[many];
  const entries = isJsonObject(list) && Array.isArray(list.data) ? list.data : [];
  const matching = [payload[one], ...entries].filter(isJsonObject).filter((it) => allIds(it).includes(id));
  // A party that goes by another's identifier as well must not stand before that other.
  const record = matching.find((it) => ownIds(it).includes(id)) ?? matching[0];
  if (record === undefined) {
    // In the words of another framework version it is no answer: neither yes nor no.
    const isForeign = Object.values(CONTAINERS)
      .flat()
      .some((name) => name in payload);
    const isOurs = one in payload || many in payload;
    return isForeign && !isOurs
      ? refuse("registry_answer_malformed", { member: one })
      : refuse("registry_answer_other_party");
  }
  const canonical: PartyId | undefined = parsePartyId(ownIds(record)[0] ?? id);
  if (canonical === undefined) return refuse("registry_answer_malformed", { member: "id" });
  return ok({ record, id: canonical, ids: new Set([canonical, ...allIds(record)]) });
}

/** `id` from 2.1 on; `party_id`, a string or an array, before. */
const ownIds = (record: JsonObject): readonly string[] => [
  ...strings(record.id),
  ...strings(record.party_id),
];

/** `alsoKnownAs` carries other forms, some behind a prefix: `eori:EU.EORI.NL000000001`. */
const allIds = (record: JsonObject): readonly string[] => [
  ...ownIds(record),
  ...strings(record.alsoKnownAs).flatMap((it) => [it, it.replace(/^eori:/i, "")]),
];

/** One text or many; an empty one says nothing. */
export const strings = (value: unknown): readonly string[] =>
  (Array.isArray(value) ? value : [value]).filter((it): it is string => typeof it === "string" && it !== "");

export const objects = (value: unknown): readonly JsonObject[] =>
  Array.isArray(value) ? value.filter(isJsonObject) : [];

/** In any case. */
export const isWord = (value: unknown, word: string): boolean =>
  typeof value === "string" && value.trim().toLowerCase() === word;

export function readDate(value: unknown): EpochSeconds | undefined {
  if (value === undefined || value === null || value === "") return undefined;
  return parseTimestamp(value) ?? Number.NaN;
}

/** `x5c` and `x5t#s256` */
export const readCertificate = (record: JsonObject): Pick<PartyCertificate, "thumbprint" | "ders"> => ({
  thumbprint: typeof record["x5t#s256"] === "string" ? normaliseFingerprint(record["x5t#s256"]) : undefined,
  ders: [record.x5c ?? []]
    .flat()
    .map(readDer)
    .filter((it) => it !== undefined),
});

/** DER in base64, a PEM, or a PEM in base64: all are seen. */
function readDer(value: unknown): string | undefined {
  if (typeof value !== "string") return undefined;
  const bare = value.replace(/-----[A-Z ]+-----/g, "").replace(/\s/g, "");
  const bytes = decodeBase64(bare);
  if (bytes === undefined || bytes.length === 0) return undefined;
  const text = bytes[0] === 0x2d ? decodeUtf8(bytes) : undefined; // "-", not a DER SEQUENCE
  return text === undefined ? bare : text.replace(/-----[A-Z ]+-----/g, "").replace(/\s/g, "");
}
