/**
 * The bricks of the description: answers that many endpoints share, and how a form and a JWT are written down. Knows no
 * endpoint.
 */

export type Json = Readonly<Record<string, unknown>>;

export const ref = (name: string): Json => ({ $ref: `#/components/schemas/${name}` });
const answerRef = (name: string): Json => ({ $ref: `#/components/responses/${name}` });

const CORRELATION = { "x-correlation-id": { $ref: "#/components/headers/CorrelationId" } };
const WAIT = { "retry-after": { $ref: "#/components/headers/RetryAfter" } };

export const json = (description: string, schema: Json, headers: Json = {}): Json => ({
  description,
  headers: { ...CORRELATION, ...headers },
  content: { "application/json": { schema } },
});
export const html = (description: string, headers: Json = {}): Json => ({
  description,
  headers: { ...CORRELATION, ...headers },
  content: { "text/html": { schema: { type: "string" } } },
});
/** @param to what is behind `Location` */
export const redirect = (description: string, to: string): Json => ({
  description,
  headers: {
    ...CORRELATION,
    location: { description: to, required: true, schema: { type: "string", format: "uri-reference" } },
  },
});
export const error = (description: string, headers: Json = {}): Json =>
  json(description, ref("OAuthError"), headers);

/** A form, read as RFC 6749 appendix B has it; unknown parameters are ignored, repeated ones refused. */
export const form = (required: readonly string[], properties: Json): Json => ({
  required: true,
  content: {
    "application/x-www-form-urlencoded": { schema: { type: "object", required, properties } },
  },
});

export const query = (name: string, schema: Json, description: string, required = false): Json => ({
  ...{ name, in: "query", required, schema, description },
});

/**
 * A compact JWT with what its parts must be (JSON Schema 2020-12, Validation §8.5).
 * @param claims beside `iss`, `sub`, `aud`, `jti`, `iat`, `exp`
 */
export const ishareJwt = (claims: Json, required: readonly string[] = [], isAddressed = true): Json => ({
  type: "string",
  contentMediaType: "application/jwt",
  contentSchema: {
    type: "array",
    prefixItems: [
      ref("JwtHeader"),
      {
        type: "object",
        required: ["iss", "sub", "jti", "iat", "exp", ...(isAddressed ? ["aud"] : []), ...required],
        properties: {
          ...{ iss: ref("PartyId"), sub: { type: "string" }, aud: ref("PartyId"), jti: { type: "string" } },
          ...{ iat: ref("EpochSeconds"), exp: ref("EpochSeconds"), ...claims },
        },
      },
    ],
  },
});

/** What any path may answer, whoever asks. */
export const anywhere = (pages: "json" | "html"): Json => ({
  405: answerRef(pages === "html" ? "MethodPage" : "Method"),
  421: answerRef("OtherHost"),
  500: answerRef(pages === "html" ? "BugPage" : "Bug"),
  503: answerRef("Unavailable"),
});

export const RESPONSES: Json = {
  Method: error("Another method.", { allow: { schema: { type: "string" }, required: true } }),
  MethodPage: html("Another method.", { allow: { schema: { type: "string" }, required: true } }),
  OtherHost: error("Asked under a host name that is not `issuer`'s."),
  Bug: error("A bug of ours."),
  BugPage: html("A bug of ours."),
  Unavailable: {
    description:
      "Settings are not in order, or the Participant Registry is out of reach for too long. Nothing was spent; try again with a new JWT.",
    headers: { ...CORRELATION, ...WAIT },
    content: {
      "application/json": { schema: ref("OAuthError") },
      "text/html": { schema: { type: "string" } },
    },
  },
};

export const HEADERS: Json = {
  CorrelationId: {
    description:
      "Leads to the log line that says the exact reason. Not there while settings are not in order.",
    schema: { type: "string", format: "uuid" },
  },
  RetryAfter: { description: "Seconds.", schema: { type: "string", pattern: "^[0-9]+$" } },
};
