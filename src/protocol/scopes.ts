/**
 * Scopes (wire document §5, §8): parsing, what is demanded, what each opens. Unknown scopes are ignored and not
 * consented. Owns nothing about consent pages: the words are in `login/text`.
 */
import { ok, type Result, refuse } from "./result.ts";

export const KNOWN_SCOPES = [
  "openid",
  "iSHARE",
  "authorisations",
  "name",
  "profile",
  "email",
  "phone",
  "contact_details",
  "company",
] as const;
export type Scope = (typeof KNOWN_SCOPES)[number];

/** iSHARE scopes are case-sensitive; some senders write `ishare` (COMPAT=lowercase-scope). */
export interface ScopeRules {
  readonly lowercaseIshare: boolean;
}

/** `openid iSHARE name` → known scopes, in our order. Single spaces only (RFC 6749 §3.3). */
export function parseScopes(text: string, rules: ScopeRules): Result<readonly Scope[]> {
  if (text.length > 1000 || !/^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$/.test(text)) {
    return refuse("scope_malformed");
  }
  const asked = new Set(text.split(" "));
  if (rules.lowercaseIshare && asked.has("ishare")) asked.add("iSHARE");
  return ok(KNOWN_SCOPES.filter((scope) => asked.has(scope)));
}

/** Refuses unless each of `demanded` was asked for. */
export function checkScopes(scopes: readonly Scope[], demanded: readonly Scope[]): Result<readonly Scope[]> {
  const missing = demanded.find((scope) => !scopes.includes(scope));
  return missing === undefined ? ok(scopes) : refuse("scope_missing", { scope: missing });
}
