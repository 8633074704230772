/**
 * Party identifiers (wire document §1): `EU.EORI.…`, `did:ishare:…`, `did:web:…` and whatever else a registry
 * lists. Owns the shape; which spelling is canonical is the registry's to say.
 */

declare const partyId: unique symbol;
/** A string that may stand for a party: 1–256 printable ASCII characters without spaces, quotes or brackets. */
export type PartyId = string & { readonly [partyId]: true };

export function parsePartyId(value: unknown): PartyId | undefined {
  return typeof value === "string" &&
    /^[A-Za-z0-9][A-Za-z0-9._:%#+/@-]{0,255}$/.test(value) &&
    !value.includes("..")
    ? (value as PartyId)
    : undefined;
}
