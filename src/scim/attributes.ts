/**
 * Which attributes of RFC 7643 are kept, under which names they come, and where a query finds them. The one allow-list:
 * what is not here reaches neither a record nor an SQL statement.
 */

export const USER = "urn:ietf:params:scim:schemas:core:2.0:User";
export const ENTERPRISE_USER = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
export const GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group";

/** Beyond the columns, in `attributes`, by these names. Single strings each. */
export const PLAIN = [
  "displayName",
  "nickName",
  "title",
  "userType",
  "preferredLanguage",
  "timezone",
] as const;
export const NAMES = ["givenName", "familyName", "middleName", "formatted"] as const;
export const ENTERPRISE = [
  ...["employeeNumber", "costCenter", "organization", "division", "department", "manager"],
] as const;

/** Attributes of RFC 7643 that are taken without complaint and not kept: directories send what they have. */
export const NOT_KEPT: ReadonlySet<string> = new Set([
  ...[
    "addresses",
    "ims",
    "photos",
    "roles",
    "entitlements",
    "x509certificates",
    "profileurl",
    "name.honorificprefix",
  ],
  // Never from here: whoever provisions people would know how to sign in as them (decision 0016).
  ...["name.honorificsuffix", "password"],
  // ours to say
  ...["groups", "id", "meta", "schemas"],
]);

const lower = (names: readonly string[], prefix = ""): (readonly [string, string])[] =>
  names.map((name) => [`${prefix}${name}`.toLowerCase(), `${prefix}${name}`]);

/** From the name in lower case (names are compared without case, RFC 7643 §2.1) to the place in a draft. */
export const LEAVES: ReadonlyMap<string, string> = new Map([
  ...lower(["userName", "externalId", "active", "locale", ...PLAIN]),
  ...lower(NAMES, "name."),
  ...lower(ENTERPRISE, `${ENTERPRISE_USER}:`),
]);

export interface Column {
  /** constant SQL on `provisioned_users` */
  readonly sql: string;
  /** `key`: a user name, compared by its one spelling; `exact`: with case */
  readonly kind: "text" | "exact" | "key" | "boolean" | "date";
}

const text = (sql: string): Column => ({ sql, kind: "text" });
const kept = (name: string): Column => text(`json_extract(attributes, '$."${name}"')`);
const keptAll = (names: readonly string[], prefix = ""): (readonly [string, Column])[] =>
  lower(names, prefix).map(([key, name]) => [key, kept(name)]);

/** What may be filtered and sorted by, by name in lower case. */
export const USER_COLUMNS: ReadonlyMap<string, Column> = new Map<string, Column>([
  ["id", { sql: "id", kind: "exact" }],
  ["externalid", { sql: "external_id", kind: "exact" }],
  ["username", { sql: "username_key", kind: "key" }],
  ["active", { sql: "active", kind: "boolean" }],
  ["locale", text("locale")],
  ["name.givenname", text("given_name")],
  ["name.familyname", text("family_name")],
  ...keptAll(["middleName", "formatted"], "name."),
  ...keptAll(PLAIN),
  ...keptAll(ENTERPRISE, `${ENTERPRISE_USER}:`),
  [`${ENTERPRISE_USER}:manager.value`.toLowerCase(), kept(`${ENTERPRISE_USER}:manager`)],
  ...["emails", "emails.value"].map((name) => [name, text("nullif(email, '')")] as const),
  ["emails.type", text("'work'")],
  ["emails.primary", { sql: "1", kind: "boolean" }],
  ...["phonenumbers", "phonenumbers.value"].map((name) => [name, text("phone")] as const),
  ["meta.created", { sql: "created_at", kind: "date" }],
  ["meta.lastmodified", { sql: "updated_at", kind: "date" }],
]);
