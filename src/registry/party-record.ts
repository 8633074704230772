/**
 * A party as registries up to framework 2.2 write it (wire document §4): one record with adherence, certificates, roles.
 * Pure. Claims, which came with 3.0, say nothing here: they are another dialect's word.
 */
import { isJsonObject, type JsonObject } from "../protocol/json.ts";
import { ok, type Result } from "../protocol/result.ts";
import type { AuthorisationRegistryRecord, Party } from "./party.ts";
import {
  CONTAINERS,
  findRecord,
  isWord,
  objects,
  readCertificate,
  readDate,
  strings,
} from "./party-fields.ts";

const ALWAYS = { from: undefined, until: undefined };

/** @param id the identifier asked for */
export function readPartyRecord(payload: JsonObject, id: string): Result<Party> {
  const found = findRecord(payload, CONTAINERS.record, id);
  if (!found.ok) return found;
  const { record, ...identity } = found.value;
  // A record that does not say so is not active: what is missing is refused.
  const { status, start_date, end_date }: JsonObject = isJsonObject(record.adherence) ? record.adherence : {};
  return ok({
    ...identity,
    name: strings(record.party_name)[0] ?? identity.id,
    adherence: isWord(status, "active") ? [{ from: readDate(start_date), until: readDate(end_date) }] : [],
    certificates: objects(record.certificates).map((it) => ({
      ...readCertificate(it),
      ...ALWAYS,
      revoked: false,
    })),
    roles: objects(record.roles).flatMap((it) => strings(it.role).map((role) => ({ role, ...ALWAYS }))),
    authorisationRegistries: readAuthorisationRegistries(record.auth_registries),
  });
}

/** One without id or address stays: that an organisation names a registry is known, even if not which. */
const readAuthorisationRegistries = (value: unknown): readonly AuthorisationRegistryRecord[] =>
  [value ?? []].flat().map((entry) => {
    const { id, url, dataspace_id }: JsonObject = isJsonObject(entry) ? entry : {};
    return {
      id: strings(id)[0] ?? "",
      url: strings(url)[0] ?? "",
      dataspace: strings(dataspace_id)[0],
      serviceProvider: undefined,
      forOneService: false,
      ...ALWAYS,
    };
  });
