/**
 * A Participant Registry for tests, in any dialect: a function from Request to Response, so that it can stand behind a
 * replaced `fetch` in workerd or behind a server in Node. Counts what it is asked and fails on demand.
 */
import { frame, signJwt } from "./jwt.ts";
import { fingerprintOf, type Identity } from "./pki.ts";
import {
  type FakeParty,
  type FrameworkVersion,
  idIn,
  listContent,
  listPath,
  partyContent,
} from "./registry-dialects.ts";

export type { FakeParty } from "./registry-dialects.ts";

export type Fault = "down" | "500" | "status-false" | "not-json" | "redirect" | "other-party";

export interface FakeRegistry {
  readonly partyId: string;
  readonly calls: string[];
  /** the dialect that it speaks */
  version: FrameworkVersion;
  parties: FakeParty[];
  trustedList: { fingerprint: string; validity: string; status: string }[];
  fault: Fault | undefined;
  /** signs instead of the registry itself */
  signer: Identity;
  handle(request: Request): Promise<Response>;
}

export async function createFakeRegistry(
  partyId: string,
  leaf: Identity,
  anchors: readonly Identity[],
): Promise<FakeRegistry> {
  const fingerprints = await Promise.all(anchors.map(fingerprintOf));
  const registry: FakeRegistry = {
    partyId,
    calls: [],
    version: "2.1",
    parties: [],
    trustedList: fingerprints.map((fingerprint) => ({ fingerprint, validity: "valid", status: "granted" })),
    fault: undefined,
    signer: leaf,
    handle: async (request) => {
      const { pathname } = new URL(request.url);
      registry.calls.push(`${request.method} ${decodeURIComponent(pathname)}`);
      return FAULTS[registry.fault ?? "none"]?.() ?? answer(registry, request, decodeURIComponent(pathname));
    },
  };
  return registry;
}

const FAULTS: Record<string, (() => Response) | undefined> = {
  down: () => {
    throw new TypeError("connection refused");
  },
  "500": () => new Response("oops", { status: 500 }),
  "status-false": () => Response.json({ status: false, message: "Something" }),
  "not-json": () => new Response("<html>", { status: 200 }),
  redirect: () => new Response(null, { status: 302, headers: { location: "https://elsewhere.example/" } }),
};

async function answer(registry: FakeRegistry, request: Request, path: string): Promise<Response> {
  if (path === "/connect/token") {
    const form = new URLSearchParams(await request.text());
    return form.get("grant_type") === "client_credentials" && form.has("client_assertion")
      ? Response.json({
          access_token: `for:${form.get("client_id")}`,
          token_type: "Bearer",
          expires_in: 3600,
        })
      : Response.json({ error: "invalid_request" }, { status: 400 });
  }
  const caller = /^Bearer for:(.+)$/.exec(request.headers.get("authorization") ?? "")?.[1];
  if (caller === undefined) return new Response(null, { status: 401 });
  const signed = (member: string, content: Readonly<Record<string, unknown>>) =>
    signJwt(registry.signer, { ...frame(registry.partyId, registry.partyId, caller), ...content }).then(
      (jwt) => Response.json({ [member]: jwt }),
    );
  const { version } = registry;
  if (path === listPath(version)) {
    const { member, content } = listContent(version, registry.trustedList);
    return signed(member, content);
  }
  const id = idIn(version, new URL(request.url));
  const party =
    registry.fault === "other-party"
      ? registry.parties.find((it) => it.id !== id)
      : registry.parties.find((it) => id !== undefined && [it.id, ...(it.alsoKnownAs ?? [])].includes(id));
  const answer = id === undefined ? undefined : await partyContent(version, party);
  return answer === undefined ? new Response(null, { status: 404 }) : signed(answer.member, answer.content);
}
