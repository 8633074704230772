/**
 * A user while a request changes it: leaf values by attribute. Owns what a value must be and which of several addresses
 * and numbers is kept. POST, PUT and every form of PATCH end here, so that one value has one meaning.
 */
import { usernameKey } from "../directory/human.ts";
import type { UserState } from "../directory/provisioned-user.ts";
import { isJsonObject } from "../protocol/json.ts";
import { ok, type Result, refuse } from "../protocol/result.ts";
import { ENTERPRISE_USER, LEAVES, NOT_KEPT } from "./attributes.ts";
import { type Path, parsePath } from "./path.ts";

/** `userName`, `name.givenName`, `emails`, `phoneNumbers.work`, `urn:…:User:department`, … → value */
export type Draft = Map<string, string | boolean>;

const MAX_LENGTH: Readonly<Record<string, number>> = { userName: 200, emails: 320, "phoneNumbers.work": 40 };
const REQUIRED = ["userName", "name.givenName", "name.familyName", "emails", "active"] as const;
const DONE = ok(undefined);

export const invalid = (attribute: string) => refuse("scim_value", { attribute });

/** Sets every attribute that an object names; `null` takes one away. What nobody knows is passed over. */
export function assignAll(draft: Draft, value: unknown, adds = false): Result<void> {
  if (!isJsonObject(value)) return refuse("scim_value");
  for (const [name, member] of Object.entries(value)) {
    const path = parsePath(name);
    const done = path.ok ? assign(draft, path.value, member, { adds, named: false }) : DONE;
    if (!done.ok) return done;
  }
  return DONE;
}

interface Manner {
  /** beside what is there (RFC 7644 §3.5.2.1), where there can be several */
  readonly adds: boolean;
  /** a path named it: what nobody knows is refused */
  readonly named: boolean;
}

export function assign(draft: Draft, path: Path, value: unknown, manner: Manner): Result<void> {
  const { schema, attribute, sub } = path;
  if (schema === "other") return manner.named ? refuse("scim_path") : DONE;
  if (schema === "enterprise") return assignExtension(draft, path, value, manner);
  if (attribute === "emails" || attribute === "phonenumbers")
    return assignSeveral(draft, path, value, manner);
  const isWhole = sub === undefined && attribute === "name";
  if (isWhole) return assignParts(draft, (part) => `name.${part}`, value, manner);
  const name = sub === undefined ? attribute : `${attribute}.${sub}`;
  const leaf = LEAVES.get(name);
  if (leaf !== undefined && path.element === undefined) return setLeaf(draft, leaf, value);
  return NOT_KEPT.has(name) || NOT_KEPT.has(attribute) || !manner.named ? DONE : refuse("scim_path");
}

function assignExtension(
  draft: Draft,
  { attribute, sub }: Path,
  value: unknown,
  manner: Manner,
): Result<void> {
  const prefix = `${ENTERPRISE_USER}:`.toLowerCase();
  if (attribute === "") return assignParts(draft, (part) => prefix + part, value, manner);
  const leaf = LEAVES.get(prefix + attribute);
  if (leaf === undefined) return manner.named ? refuse("scim_path") : DONE;
  if (attribute !== "manager") return sub === undefined ? setLeaf(draft, leaf, value) : refuse("scim_path");
  if (sub !== undefined) return sub === "value" ? setLeaf(draft, leaf, value) : DONE; // its name is not ours to keep
  const manager = Array.isArray(value) ? value[0] : value;
  return setLeaf(draft, leaf, isJsonObject(manager) ? (memberOf(manager, "value") ?? null) : manager);
}

function assignParts(
  draft: Draft,
  leafName: (part: string) => string,
  value: unknown,
  manner: Manner,
): Result<void> {
  const prefix = leafName("");
  if (value === null || value === undefined) {
    for (const key of [...draft.keys()]) if (key.toLowerCase().startsWith(prefix)) draft.delete(key);
    return DONE;
  }
  if (!isJsonObject(value)) return refuse("scim_value");
  // Those that are not named stay as they are.
  for (const [part, member] of Object.entries(value)) {
    const path = parsePath(prefix.startsWith("urn:") ? prefix + part : leafName(part));
    const done = path.ok ? assign(draft, path.value, member, { ...manner, named: false }) : DONE;
    if (!done.ok) return done;
  }
  return DONE;
}

/** One address is kept, and two numbers: at work, and a mobile one. */
function assignSeveral(draft: Draft, path: Path, value: unknown, { adds }: Manner): Result<void> {
  const isEmail = path.attribute === "emails";
  const type = path.element?.get("type") ?? (isEmail ? undefined : path.element && "work");
  if (path.sub !== undefined && path.sub !== "value") return DONE; // type and primary go with the place
  if (path.element !== undefined || path.sub === "value") {
    const leaf = leafFor(isEmail, typeof type === "string" ? type : undefined);
    const one = Array.isArray(value) ? value[0] : value;
    return leaf === undefined ? DONE : setLeaf(draft, leaf, isJsonObject(one) ? memberOf(one, "value") : one);
  }
  const leaves = isEmail ? ["emails"] : ["phoneNumbers.work", "phoneNumbers.mobile"];
  const items = (Array.isArray(value) ? value : value === null || value === undefined ? [] : [value]).map(
    itemOf,
  );
  if (!adds) for (const leaf of leaves) draft.delete(leaf);
  const sorted = [...items].sort((one, other) => rankOf(other, isEmail) - rankOf(one, isEmail));
  const taken = new Set<string>();
  for (const item of sorted) {
    const leaf = isEmail ? "emails" : leafFor(false, item.type);
    const isExtra = isEmail && adds && draft.has("emails") && rankOf(item, true) === 0;
    if (leaf === undefined || taken.has(leaf) || isExtra) continue;
    taken.add(leaf);
    const done = setLeaf(draft, leaf, item.value);
    if (!done.ok) return done;
  }
  return DONE;
}

const leafFor = (isEmail: boolean, type: string | undefined): string | undefined => {
  const known = type?.toLowerCase() ?? "work";
  if (isEmail) return known === "work" ? "emails" : undefined;
  return known === "work" || known === "mobile" ? `phoneNumbers.${known}` : undefined;
};

interface Item {
  readonly value: unknown;
  readonly type: string | undefined;
  readonly primary: boolean;
}
const itemOf = (item: unknown): Item => {
  if (!isJsonObject(item)) return { value: item, type: undefined, primary: false };
  const type = memberOf(item, "type");
  return {
    value: memberOf(item, "value") ?? null,
    type: typeof type === "string" ? type.toLowerCase() : undefined,
    primary: truth(memberOf(item, "primary")) === true,
  };
};
/** The one at work is the one for work; else the one that is called primary. */
const rankOf = ({ type, primary }: Item, isEmail: boolean): number =>
  (isEmail && type === "work" ? 2 : 0) + (primary ? 1 : 0);

export const memberOf = (object: Readonly<Record<string, unknown>>, name: string): unknown =>
  Object.entries(object).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];

/** Entra ID sends "True" and "False" as text. */
export function truth(value: unknown): boolean | undefined {
  if (typeof value === "boolean") return value;
  const word = typeof value === "string" ? value.toLowerCase() : "";
  return word === "true" ? true : word === "false" ? false : undefined;
}

function setLeaf(draft: Draft, leaf: string, value: unknown): Result<void> {
  if (leaf === "active") {
    const active = truth(value);
    if (active === undefined) return invalid(leaf);
    draft.set(leaf, active);
    return DONE;
  }
  // RFC 7643 §2.5: null, and nothing, are no value.
  if (value === null || value === undefined || value === "" || (Array.isArray(value) && value.length === 0)) {
    draft.delete(leaf);
    return DONE;
  }
  if (typeof value !== "string" || value.length > (MAX_LENGTH[leaf] ?? 256)) return invalid(leaf);
  if (/\p{Cc}/u.test(value) || !value.isWellFormed()) return invalid(leaf);
  if (leaf === "userName" && usernameKey(value) === "") return invalid(leaf);
  if (leaf === "emails" && !/^[^\s@]+@[^\s@]+$/.test(value)) return invalid(leaf);
  draft.set(leaf, value);
  return DONE;
}

const COLUMNS: ReadonlySet<string> = new Set([...REQUIRED, "externalId"]);

/** What the directory keeps of a draft. Refused while something that a human needs is missing. */
export function stateOf(draft: Draft, member: boolean): Result<UserState> {
  const text = (leaf: string): string | undefined => {
    const value = draft.get(leaf);
    return typeof value === "string" ? value : undefined;
  };
  const username = text("userName");
  // Many directories have one of the two.
  if (!draft.has("emails") && username !== undefined) setLeaf(draft, "emails", username);
  for (const leaf of REQUIRED) if (!draft.has(leaf)) return invalid(leaf);
  const attributes = Object.fromEntries(
    [...draft].filter((it): it is [string, string] => !COLUMNS.has(it[0]) && typeof it[1] === "string"),
  );
  return ok({
    ...{ username: username ?? "", givenName: text("name.givenName") ?? "" },
    ...{ familyName: text("name.familyName") ?? "", email: text("emails") ?? "" },
    phone: phoneOf(attributes),
    locale: localeOf(attributes),
    externalId: text("externalId"),
    attributes,
    active: draft.get("active") === true,
    member,
  });
}

/** What an SP learns of it. */
const phoneOf = (attributes: Readonly<Record<string, string>>): string | undefined =>
  attributes["phoneNumbers.mobile"] ?? attributes["phoneNumbers.work"];
const localeOf = (attributes: Readonly<Record<string, string>>): string | undefined => {
  const tag = attributes.locale?.replaceAll("_", "-");
  return tag !== undefined && /^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/.test(tag) ? tag : undefined;
};

/** A user as it stands. What was changed elsewhere since (by a command) is truer than what the directory sent once. */
export function draftOf(user: UserState): Draft {
  const { attributes, phone, locale } = user;
  const draft: Draft = new Map(Object.entries(attributes));
  if (phone !== phoneOf(attributes)) {
    draft.delete("phoneNumbers.mobile");
    draft.delete("phoneNumbers.work");
    if (phone !== undefined) draft.set("phoneNumbers.work", phone);
  }
  if (locale !== localeOf(attributes)) {
    draft.delete("locale");
    if (locale !== undefined) draft.set("locale", locale);
  }
  draft.set("userName", user.username);
  draft.set("name.givenName", user.givenName);
  draft.set("name.familyName", user.familyName);
  if (user.email !== "") draft.set("emails", user.email);
  if (user.externalId !== undefined) draft.set("externalId", user.externalId);
  return draft.set("active", user.active);
}
