/** The OpenAPI 3.1 document of this Identity Provider, and its endpoint. Says what holds under its settings as they are. */
import type { Deps } from "../deps.ts";
import { cacheable } from "../http/headers.ts";
import { respondJson } from "../http/respond.tsx";
import { humanPaths } from "./human-paths.ts";
import { machinePaths } from "./machine-paths.ts";
import { HEADERS, type Json, RESPONSES } from "./parts.ts";
import { schemasOf } from "./schemas.ts";

export function buildOpenapi({
  issuerUrl,
  partyId,
  frameworkVersion,
}: Pick<Deps["config"], "issuerUrl" | "partyId" | "frameworkVersion">): Json {
  return {
    openapi: "3.1.1",
    info: {
      title: "iSHARE Identity Provider",
      version: frameworkVersion,
      summary: `OpenID Connect in the profile of iSHARE framework ${frameworkVersion}; issuer ${partyId}.`,
      description:
        "Service Providers need no registration: they prove themselves with an iSHARE JWT that carries their certificate chain. A path prefix such as /v2.1 reaches the same endpoints. HEAD is answered as GET is.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: issuerUrl }],
    security: [],
    paths: { ...machinePaths(frameworkVersion), ...humanPaths(frameworkVersion) },
    components: {
      schemas: schemasOf(frameworkVersion),
      responses: RESPONSES,
      headers: HEADERS,
      securitySchemes: {
        accessToken: { type: "http", scheme: "bearer", description: "From /connect/token (RFC 6750)." },
      },
    },
  };
}

export const openapi = (_request: Request, { config }: Pick<Deps, "config">): Response =>
  respondJson(buildOpenapi(config), 200, cacheable(3600));
