/**
 * A Participant Registry for tests, dialect 2.1: a function from Request to Response, so that it can stand behind a
 * replaced `fetch` in workerd or behind a server in Node. Counts what it is asked and fails on demand.
 */
import { frame, signJwt } from "./jwt.ts";
import { fingerprintOf, type Identity, x5cOf } from "./pki.ts";

export interface FakeParty {
  id: string;
  name: string;
  alsoKnownAs?: string[];
  status?: string;
  start?: string;
  end?: string;
  leaf?: Identity;
  roles?: string[];
  authRegistries?: { name?: string; id: string; url: string; dataspace_id?: string }[];
}

export type Fault = "down" | "500" | "status-false" | "not-json" | "redirect" | "other-party";

export interface FakeRegistry {
  readonly partyId: string;
  readonly calls: string[];
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
  const signed = (member: string, content: Record<string, unknown>) =>
    signJwt(registry.signer, { ...frame(registry.partyId, registry.partyId, caller), ...content }).then(
      (jwt) => Response.json({ [member]: jwt }),
    );
  if (path === "/trusted_list") {
    return signed("trusted_list_token", {
      trusted_list: registry.trustedList.map(({ fingerprint, validity, status }) => ({
        subject: "CN=CA",
        certificate_fingerprint: fingerprint.toUpperCase(),
        validity,
        status,
      })),
    });
  }
  const id = path.replace("/parties/", "");
  const party =
    registry.fault === "other-party"
      ? registry.parties.find((it) => it.id !== id)
      : registry.parties.find((it) => it.id === id || it.alsoKnownAs?.includes(id));
  return party === undefined
    ? new Response(null, { status: 404 })
    : signed("party_token", { party_info: await infoOf(party) });
}

async function infoOf(party: FakeParty) {
  const certificates =
    party.leaf === undefined
      ? []
      : [
          {
            subject_name: party.leaf.subject,
            certificate_type: "eSEAL",
            enabled_from: "2023-01-31T00:00:00.000Z",
            x5c: x5cOf(party.leaf)[0],
            "x5t#s256": (await fingerprintOf(party.leaf)).toUpperCase(),
          },
        ];
  return {
    id: party.id,
    party_name: party.name,
    alsoKnownAs: party.alsoKnownAs ?? [],
    registrar_id: "did:ishare:EU.NL.NTRNL-10000000",
    adherence: {
      status: party.status ?? "Active",
      start_date: party.start ?? "2023-01-31T00:00:00.000Z",
      end_date: party.end ?? "2099-01-31T00:00:00.000Z",
    },
    agreements: [],
    certificates,
    roles: (party.roles ?? []).map((role) => ({ role })),
    auth_registries: party.authRegistries ?? [],
  };
}
