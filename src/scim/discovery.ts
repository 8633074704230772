/** What a directory may ask about us (RFC 7643 §5–§7; RFC 7644 §4): configuration, resource types and schemas. */
import { MAX_BODY_BYTES } from "../http/request.ts";
import type { JsonObject } from "../protocol/json.ts";
import { ok, type Result, refuse } from "../protocol/result.ts";
import { ENTERPRISE, ENTERPRISE_USER, GROUP, NAMES, PLAIN, USER } from "./attributes.ts";
import type { Perform } from "./call.ts";
import { MAX_RESULTS } from "./query.ts";
import { type Answer, listOf } from "./respond.ts";

/** Each takes a few queries; all of them have one request's time. */
export const MAX_BULK_OPERATIONS = 50;

const core = (name: string): string => `urn:ietf:params:scim:schemas:core:2.0:${name}`;

export const performOnDiscovery: Perform = async ({ method, path, query }, { base }) => {
  if (method !== "GET") return refuse("method_not_allowed");
  if (query.has("filter")) return refuse("scim_groups"); // RFC 7644 §4: 403
  const [kind, id, ...more] = path;
  if (more.length > 0) return refuse("scim_missing");
  switch (kind) {
    case "ServiceProviderConfig":
      return id === undefined ? ok({ status: 200, body: configuration(base) }) : refuse("scim_missing");
    case "ResourceTypes":
      return oneOrAll(RESOURCE_TYPES(base), id);
    default:
      return oneOrAll(SCHEMAS(base), id);
  }
};

function oneOrAll(resources: readonly JsonObject[], id: string | undefined): Result<Answer> {
  if (id === undefined) return ok({ status: 200, body: listOf(resources) });
  const found = resources.find((resource) => resource.id === id);
  return found === undefined ? refuse("scim_missing") : ok({ status: 200, body: found });
}

const configuration = (base: string): JsonObject => ({
  schemas: [core("ServiceProviderConfig")],
  patch: { supported: true },
  bulk: { supported: true, maxOperations: MAX_BULK_OPERATIONS, maxPayloadSize: MAX_BODY_BYTES },
  filter: { supported: true, maxResults: MAX_RESULTS },
  changePassword: { supported: false },
  sort: { supported: true },
  etag: { supported: true },
  authenticationSchemes: [
    {
      type: "oauthbearertoken",
      name: "Bearer token",
      description: "A token of one organisation, from the operator (RFC 6750).",
      specUri: "https://www.rfc-editor.org/info/rfc6750",
      primary: true,
    },
  ],
  meta: { resourceType: "ServiceProviderConfig", location: `${base}/ServiceProviderConfig` },
});

const RESOURCE_TYPES = (base: string): JsonObject[] =>
  (
    [
      ["User", "/Users", USER, [{ schema: ENTERPRISE_USER, required: false }]],
      ["Group", "/Groups", GROUP, []],
    ] as const
  ).map(([id, endpoint, schema, schemaExtensions]) => ({
    schemas: [core("ResourceType")],
    ...{ id, name: id, endpoint, schema, schemaExtensions },
    meta: { resourceType: "ResourceType", location: `${base}/ResourceTypes/${id}` },
  }));

const attribute = (name: string, change: JsonObject = {}): JsonObject => ({
  ...{ name, type: "string", multiValued: false, required: false, caseExact: false },
  ...{ mutability: "readWrite", returned: "default", uniqueness: "none", ...change },
});
const complex = (
  name: string,
  subAttributes: readonly JsonObject[],
  change: JsonObject = {},
): JsonObject => ({
  ...attribute(name, { type: "complex", ...change }),
  subAttributes,
});
const readOnly = { mutability: "readOnly" };
const valueTypePrimary = (types: readonly string[]): JsonObject[] => [
  attribute("value"),
  attribute("type", { canonicalValues: types }),
  attribute("primary", { type: "boolean" }),
];
const reference = (types: readonly string[]): JsonObject =>
  attribute("$ref", { type: "reference", referenceTypes: types, caseExact: true, ...readOnly });

const SCHEMAS = (base: string): JsonObject[] =>
  (
    [
      [USER, "User", "A human who signs in here", userAttributes()],
      [ENTERPRISE_USER, "EnterpriseUser", "Enterprise extension of a user", enterpriseAttributes()],
      [GROUP, "Group", "An organisation: who may represent it", groupAttributes()],
    ] as const
  ).map(([id, name, description, attributes]) => ({
    schemas: [core("Schema")],
    ...{ id, name, description, attributes },
    meta: { resourceType: "Schema", location: `${base}/Schemas/${id}` },
  }));

const userAttributes = (): JsonObject[] => [
  attribute("userName", { required: true, uniqueness: "server" }),
  attribute("externalId", { caseExact: true }),
  complex(
    "name",
    NAMES.map((name) => attribute(name, { required: name === "givenName" || name === "familyName" })),
    { required: true },
  ),
  ...PLAIN.map((name) => attribute(name)),
  attribute("locale"),
  attribute("active", { type: "boolean" }),
  complex("emails", valueTypePrimary(["work"]), { multiValued: true }),
  complex("phoneNumbers", valueTypePrimary(["work", "mobile"]), { multiValued: true }),
  complex(
    "groups",
    [
      attribute("value", readOnly),
      reference(["Group"]),
      attribute("display", readOnly),
      attribute("type", readOnly),
    ],
    { multiValued: true, ...readOnly },
  ),
];

const enterpriseAttributes = (): JsonObject[] =>
  ENTERPRISE.map((name) => (name === "manager" ? complex(name, [attribute("value")]) : attribute(name)));

const groupAttributes = (): JsonObject[] => [
  attribute("displayName", { required: true, ...readOnly }),
  complex("members", [attribute("value"), reference(["User"]), attribute("type", readOnly)], {
    multiValued: true,
  }),
];
