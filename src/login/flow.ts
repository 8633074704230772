/**
 * The dispatcher of the human part: given what is known of a sign-in, what comes next? Pure. Steps never call each
 * other; each returns here through the callback.
 */
import type { GrantRecord, Organisation } from "../protocol/grant.ts";

export type Next =
  | { readonly show: "login" }
  | { readonly show: "organisation" }
  /** nothing to choose: this is the organisation, as the directory spells it */
  | { readonly take: Organisation }
  | { readonly refuse: "no_organisation" }
  | { readonly show: "consent"; readonly organisation: Organisation }
  /** the party is exempt (CONSENT_EXEMPT_PARTIES, for the conformance test) */
  | { readonly skip: "consent"; readonly organisation: Organisation }
  | { readonly done: true };

/** @param organisations that the human may represent @param exempt the SP's humans are asked nothing */
export function nextStep(grant: GrantRecord, organisations: readonly Organisation[], exempt: boolean): Next {
  if (grant.authentication === undefined) return { show: "login" };
  if (grant.organisation === undefined) {
    const [first, ...others] = organisations;
    if (first === undefined) return { refuse: "no_organisation" };
    return others.length === 0 || exempt ? { take: first } : { show: "organisation" };
  }
  if (!grant.consented) {
    const { organisation } = grant;
    return exempt ? { skip: "consent", organisation } : { show: "consent", organisation };
  }
  return { done: true };
}
