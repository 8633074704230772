/**
 * Users and groups as JSON (RFC 7643), their versions, and which attributes of them were asked for. A guest looks like a
 * home human: nothing here knows the difference.
 */

import type { ProvisionedUser } from "../directory/provisioned-user.ts";
import { sha256 } from "../protocol/digest.ts";
import { encodeBase64url } from "../protocol/encoding.ts";
import type { Organisation } from "../protocol/grant.ts";
import { isJsonObject, type JsonObject } from "../protocol/json.ts";
import type { EpochSeconds } from "../protocol/time.ts";
import { ENTERPRISE, ENTERPRISE_USER, GROUP, PLAIN, USER } from "./attributes.ts";
import { draftOf } from "./draft.ts";

export interface Resource {
  readonly json: JsonObject;
  /** weak ETag of what is said of it */
  readonly version: string;
  readonly location: string;
}

/** Where resources are: the address of `/scim/v2`, without a slash at its end. */
export type Base = string;

export async function userResource(
  user: ProvisionedUser,
  organisation: Organisation,
  base: Base,
): Promise<Resource> {
  const draft = draftOf(user);
  const optional = (name: string, leaf = name) => (draft.has(leaf) ? { [name]: draft.get(leaf) } : {});
  const extension = Object.assign(
    {},
    ...ENTERPRISE.map((name) => optional(name, `${ENTERPRISE_USER}:${name}`)),
  );
  const { manager, ...plain } = extension as Record<string, unknown>;
  const isExtended = Object.keys(extension).length > 0;
  const phones = ["work", "mobile"].flatMap((type) => {
    const value = draft.get(`phoneNumbers.${type}`);
    return value === undefined ? [] : [{ value, type }];
  });
  const group = await groupIdOf(organisation);
  const json = {
    schemas: isExtended ? [USER, ENTERPRISE_USER] : [USER],
    id: user.id,
    ...optional("externalId"),
    userName: user.username,
    name: {
      formatted: draft.get("name.formatted") ?? `${user.givenName} ${user.familyName}`,
      familyName: user.familyName,
      givenName: user.givenName,
      ...optional("middleName", "name.middleName"),
    },
    ...Object.assign({}, ...PLAIN.map((name) => optional(name))),
    ...optional("locale"),
    active: user.active,
    emails: user.email === "" ? [] : [{ value: user.email, type: "work", primary: true }],
    ...(phones.length === 0 ? {} : { phoneNumbers: phones }),
    groups: user.member
      ? [{ value: group, $ref: `${base}/Groups/${group}`, display: organisation.name, type: "direct" }]
      : [],
    ...(isExtended
      ? { [ENTERPRISE_USER]: { ...plain, ...(manager === undefined ? {} : { manager: { value: manager } }) } }
      : {}),
  };
  const times = { created: isoOf(user.createdAt), lastModified: isoOf(user.updatedAt) };
  return withMeta(json, "User", `${base}/Users/${user.id}`, times);
}

/** The one group of an organisation: who may represent it. */
export async function groupResource(
  organisation: Organisation,
  members: readonly string[],
  base: Base,
): Promise<Resource> {
  const id = await groupIdOf(organisation);
  const json = {
    schemas: [GROUP],
    id,
    displayName: organisation.name,
    members: members.map((value) => ({ value, $ref: `${base}/Users/${value}`, type: "User" })),
  };
  return withMeta(json, "Group", `${base}/Groups/${id}`, {});
}

/** Organisations' identifiers have letters that a path can't hold: a group goes by a hash of its own. */
export const groupIdOf = async ({ id }: Pick<Organisation, "id">): Promise<string> =>
  (await hashOf(`group ${id}`)).slice(0, 32);

async function withMeta(
  json: JsonObject,
  resourceType: string,
  location: string,
  times: JsonObject,
): Promise<Resource> {
  const version = `W/"${(await hashOf(JSON.stringify(json))).slice(0, 22)}"`;
  return { json: { ...json, meta: { resourceType, ...times, location, version } }, version, location };
}

const hashOf = async (text: string): Promise<string> => encodeBase64url(await sha256(text));

const isoOf = (at: EpochSeconds): string => new Date(at * 1000).toISOString();

/** What `attributes` and `excludedAttributes` leave (RFC 7644 §3.9). `schemas`, `id` and `meta` are always there. */
export interface Projection {
  readonly only?: readonly string[];
  readonly without?: readonly string[];
}

const ALWAYS: ReadonlySet<string> = new Set(["schemas", "id", "meta"]);

export function project(json: JsonObject, { only, without }: Projection): JsonObject {
  if (only === undefined && without === undefined) return json;
  const kept = Object.entries(json).flatMap(([name, value]) => {
    if (ALWAYS.has(name)) return [[name, value] as const];
    const parts = projectPart(name, value, only, without);
    return parts === undefined ? [] : [[name, parts] as const];
  });
  return Object.fromEntries(kept);
}

function projectPart(
  name: string,
  value: unknown,
  only: readonly string[] | undefined,
  without: readonly string[] | undefined,
): unknown {
  const [whole, separator] = [name.toLowerCase(), name.startsWith("urn:") ? ":" : "."];
  const names = (only ?? without ?? []).map((it) => it.toLowerCase().replace(`${USER}:`.toLowerCase(), ""));
  if (names.includes(whole)) return only === undefined ? undefined : value;
  const parts = names.flatMap((it) => (it.startsWith(whole + separator) ? [it.slice(whole.length + 1)] : []));
  if (parts.length === 0) return only === undefined ? value : undefined;
  const keep = (part: unknown): unknown =>
    isJsonObject(part)
      ? Object.fromEntries(
          Object.entries(part).filter(([key]) => parts.includes(key.toLowerCase()) === (only !== undefined)),
        )
      : part;
  return Array.isArray(value) ? value.map(keep) : keep(value);
}
