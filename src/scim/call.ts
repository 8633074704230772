/** One operation, alone or in a bulk: what it asks, for whom, and on what terms (RFC 7644 §3.14, RFC 9110 §13.1). */
import type { Deps } from "../deps.ts";
import type { Author } from "../directory/provisioning.ts";
import type { ScimToken } from "../directory/scim-token.ts";
import type { Parameters } from "../protocol/form.ts";
import type { JsonObject } from "../protocol/json.ts";
import { ok, type Result, refuse } from "../protocol/result.ts";
import type { Base, Resource } from "./resource.ts";
import type { Answer } from "./respond.ts";

export type ScimDeps = Pick<
  Deps,
  | "audit"
  | "config"
  | "directory"
  | "sessions"
  | "grants"
  | "handles"
  | "partyShield"
  | "now"
  | "log"
  | "correlationId"
>;

export interface Context {
  readonly token: ScimToken;
  readonly base: Base;
  readonly deps: ScimDeps;
}

export interface Call {
  readonly method: string;
  /** `["Users", id]` */
  readonly path: readonly string[];
  readonly query: Parameters;
  /** where the method has one */
  readonly body: JsonObject;
  readonly ifMatch: string | null;
  readonly ifNoneMatch: string | null;
}

export type Perform = (call: Call, context: Context) => Promise<Result<Answer>>;

/** For the audit log. */
export const authorOf = ({ token, deps }: Context): Author => ({
  actor: `token:${token.id}`,
  correlationId: deps.correlationId,
});

/** Lost updates: who names a version changes that one. */
export function checkVersion({ ifMatch }: Call, { version }: Resource): Result<void> {
  return ifMatch === null || names(ifMatch, version) ? ok(undefined) : refuse("scim_outdated");
}

export const isKnown = ({ ifNoneMatch }: Call, { version }: Resource): boolean =>
  ifNoneMatch !== null && names(ifNoneMatch, version);

const names = (header: string, version: string): boolean =>
  header
    .split(",")
    .map((tag) => tag.trim().replace(/^W\//, ""))
    .some((tag) => tag === "*" || tag === version.replace(/^W\//, ""));
