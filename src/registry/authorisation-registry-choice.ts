/**
 * Which of an organisation's Authorisation Registries is asked (OpenAPI 3.0 `claimAuthRegistry`). Pure. To guess among
 * several, or to pass over one that does not fit, would be to choose what a human may do.
 */
import { ok, type Result, refuse } from "../protocol/result.ts";
import type { EpochSeconds } from "../protocol/time.ts";
import { type AuthorisationRegistryRecord, isCurrent, type Party } from "./party.ts";

export interface Asking {
  /** undefined: none in particular */
  readonly dataspace: string | undefined;
  /** every identifier of the Service Provider that asks */
  readonly serviceProvider: ReadonlySet<string>;
  readonly now: EpochSeconds;
}

/**
 * The one for this data space before the one for all, the one for this Service Provider before the one for all.
 * @returns undefined when the organisation names none; refused with `authorisation_registry_choice`
 */
export function chooseAuthorisationRegistry(
  organisation: Pick<Party, "authorisationRegistries">,
  { dataspace, serviceProvider, now }: Asking,
): Result<AuthorisationRegistryRecord | undefined> {
  const current = organisation.authorisationRegistries.filter((it) => isCurrent(it, now));
  if (current.length === 0) return ok(undefined);
  const forThisOne = current.filter(
    (it) => it.serviceProvider === undefined || serviceProvider.has(it.serviceProvider),
  );
  const general = forThisOne.filter((it) => it.dataspace === undefined);
  const exact = forThisOne.filter((it) => dataspace !== undefined && it.dataspace === dataspace);
  const fitting = dataspace === undefined && general.length === 0 ? forThisOne : [...exact, ...general];
  const chosen = fitting.find((it) =>
    fitting.every((other) => isSame(it, other) || isMoreParticular(it, other)),
  );
  return chosen === undefined ? refuse("authorisation_registry_choice") : ok(chosen);
}

const isSame = (one: AuthorisationRegistryRecord, other: AuthorisationRegistryRecord): boolean =>
  one.id === other.id && one.url === other.url;

/**
 * In one respect, and no less so in the other. One for a single service may be meant or not: nothing goes before it, nor
 * does it go before others.
 */
function isMoreParticular(one: AuthorisationRegistryRecord, other: AuthorisationRegistryRecord): boolean {
  if (one.forOneService || other.forOneService) return false;
  const inSpace = other.dataspace === undefined || other.dataspace === one.dataspace;
  const forProvider = other.serviceProvider === undefined || one.serviceProvider !== undefined;
  const differs =
    one.dataspace !== other.dataspace ||
    (one.serviceProvider === undefined) !== (other.serviceProvider === undefined);
  return inSpace && forProvider && differs;
}
