/**
 * A party as registries of framework 3.0 write it (wire document §4; OpenAPI 3.0 `party`, `claim`): a list of claims, each
 * with a status and a period of its own. Pure. Members of the record of before (`adherence`, `certificates`, …) say
 * nothing here: they are another dialect's word.
 */
import type { JsonObject } from "../protocol/json.ts";
import { ok, type Result } from "../protocol/result.ts";
import type { AuthorisationRegistryRecord, Party, Period } from "./party.ts";
import {
  CONTAINERS,
  findRecord,
  isWord,
  objects,
  readCertificate,
  readDate,
  strings,
} from "./party-fields.ts";

/** @param id the identifier asked for */
export function readPartyClaims(payload: JsonObject, id: string): Result<Party> {
  const found = findRecord(payload, CONTAINERS.claims, id);
  if (!found.ok) return found;
  const { record, ...identity } = found.value;
  const claims = objects(record.claims).filter(isAboutIshare);
  const of = (type: string) => claims.filter((claim) => claim.type === type);
  return ok({
    ...identity,
    name: strings(record.name)[0] ?? identity.id,
    adherence: of("frameworkCompliance").filter(isActive).map(periodOf),
    certificates: of("x509Certificate")
      .filter((claim) => isActive(claim) || isRevoked(claim))
      .map((claim) => ({ ...readCertificate(claim), ...periodOf(claim), revoked: isRevoked(claim) })),
    // One that is not active stays, without a moment: a party that lost its role must not pass for one that names none.
    roles: of("frameworkRole").flatMap((claim) =>
      strings(claim.roleId ?? claim.role).map((role) => ({
        role,
        ...(isActive(claim) ? periodOf(claim) : NEVER),
      })),
    ),
    authorisationRegistries: of("authRegistry").filter(isActive).map(readAuthorisationRegistry),
  });
}

const NEVER: Period = { from: Number.NaN, until: Number.NaN };

/** Compliance with, or a role in, another framework is not for us. */
const isAboutIshare = ({ frameworkId }: JsonObject): boolean =>
  frameworkId === undefined || (typeof frameworkId === "string" && /^ishare\b/i.test(frameworkId));

const isActive = ({ status }: JsonObject): boolean => isWord(status, "active");
const isRevoked = ({ status }: JsonObject): boolean => isWord(status, "revoked");
const periodOf = ({ startDate, endDate }: JsonObject): Period => ({
  from: readDate(startDate),
  until: readDate(endDate),
});

/** `id` is the claim's own here; only a claim in the older spelling has the registry's there. */
function readAuthorisationRegistry(claim: JsonObject): AuthorisationRegistryRecord {
  const isOlder = claim.authRegistryId === undefined && claim.authUrl === undefined;
  const [id, url] = isOlder ? [claim.id, claim.url] : [claim.authRegistryId, claim.authUrl];
  return {
    id: strings(id)[0] ?? "",
    url: strings(url)[0] ?? "",
    dataspace: strings(claim.dataspaceId)[0],
    serviceProvider: strings(claim.serviceProviderPartyId)[0],
    forOneService: strings(claim.serviceIdentifier).length > 0,
    ...periodOf(claim),
  };
}
