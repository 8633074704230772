/**
 * How the Participant Registry is asked and read, by framework version (wire document §4). An answer is read in its own
 * dialect alone: what another one would say by the same words gives nobody a right.
 */
import type { FrameworkVersion } from "../protocol/framework.ts";
import type { JsonObject } from "../protocol/json.ts";
import type { Result } from "../protocol/result.ts";
import type { Anchors } from "../trust/chain.ts";
import type { Party } from "./party.ts";
import { readPartyClaims } from "./party-claims.ts";
import { readPartyRecord } from "./party-record.ts";
import { readTrustedList } from "./trusted-list.ts";

export interface Dialect {
  readonly trustedListPath: string;
  partyPath(id: string): string;
  readTrustedList(payload: JsonObject): Result<Anchors>;
  /** @param id the identifier asked for */
  readParty(payload: JsonObject, id: string): Result<Party>;
}

/** `:` is legal in a path and common in ids; some registries do not decode it. */
const encode = (id: string): string => encodeURIComponent(id).replaceAll("%3A", ":");

const SINGLE: Dialect = {
  trustedListPath: "/trusted_list",
  partyPath: (id) => `/parties/${encode(id)}`,
  readTrustedList: (payload) =>
    readTrustedList(payload, { list: "trusted_list", fingerprint: "certificate_fingerprint" }),
  readParty: readPartyRecord,
};

/** Parties are searched for, an EORI by a parameter of its own. */
const SEARCHED: Dialect = {
  ...SINGLE,
  partyPath: (id) => `/parties?${/^EU\.EORI\./i.test(id) ? "eori" : "id"}=${encode(id)}`,
};

const CLAIMS: Dialect = {
  trustedListPath: "/trustedList",
  partyPath: SINGLE.partyPath,
  readTrustedList: (payload) =>
    readTrustedList(payload, { list: "trustedList", fingerprint: "certificateFingerprint" }),
  readParty: readPartyClaims,
};

const DIALECTS: Readonly<Record<FrameworkVersion, Dialect>> = {
  "2.0": SEARCHED,
  "2.1": SINGLE,
  "2.2": SINGLE,
  "3.0": CLAIMS,
};

export const dialectOf = (version: FrameworkVersion): Dialect => DIALECTS[version];
