/**
 * An Authorisation Registry for tests: a function from Request to Response like the fake Participant Registry. Permits
 * what it is told to, counts what it is asked, and errs on demand. Knows the wire and nothing of `src`.
 */
import { frame, signJwt } from "./jwt.ts";
import type { Identity } from "./pki.ts";

interface Policy {
  readonly target: { readonly environment?: unknown };
}
export interface DelegationRequest {
  readonly policyIssuer: string;
  readonly target: { readonly accessSubject: string };
  readonly policySets: readonly { readonly policies: readonly Policy[] }[];
}

export interface FakeAuthorisationRegistry {
  readonly id: string;
  readonly calls: string[];
  /** masks that came */
  readonly asked: DelegationRequest[];
  /** whether what is asked is permitted */
  permits: (request: DelegationRequest, policy: Policy) => boolean;
  /** instead of the evidence, or over parts of it */
  evidence: (evidence: Record<string, unknown>) => unknown;
  /** over the claims of the JWT */
  claims: Readonly<Record<string, unknown>>;
  signer: Identity;
  /** instead of any answer */
  fault: ((request: Request) => Response | Promise<Response>) | undefined;
  handle(request: Request): Promise<Response>;
}

export function createFakeAuthorisationRegistry(id: string, leaf: Identity): FakeAuthorisationRegistry {
  const registry: FakeAuthorisationRegistry = {
    id,
    calls: [],
    asked: [],
    permits: () => true,
    evidence: (evidence) => evidence,
    claims: {},
    signer: leaf,
    fault: undefined,
    handle: async (request) => {
      const { pathname } = new URL(request.url);
      registry.calls.push(`${request.method} ${pathname}`);
      if (registry.fault !== undefined) return registry.fault(request);
      if (pathname === "/connect/token") return issueToken(request);
      return pathname === "/delegation" && request.method === "POST"
        ? answer(registry, request)
        : new Response(null, { status: 404 });
    },
  };
  return registry;
}

async function issueToken(request: Request): Promise<Response> {
  const form = new URLSearchParams(await request.text());
  return form.has("client_assertion")
    ? Response.json({
        access_token: `for:${form.get("client_id")}`,
        token_type: "Bearer",
        expires_in: 3600,
      })
    : Response.json({ error: "invalid_request" }, { status: 400 });
}

async function answer(registry: FakeAuthorisationRegistry, request: Request): Promise<Response> {
  const caller = /^Bearer for:(.+)$/.exec(request.headers.get("authorization") ?? "")?.[1];
  if (caller === undefined) return new Response(null, { status: 401 });
  const { delegationRequest }: { delegationRequest: DelegationRequest } = await request.json();
  registry.asked.push(delegationRequest);
  const now = Math.floor(Date.now() / 1000);
  const evidence = {
    notBefore: now,
    notOnOrAfter: now + 3600,
    policyIssuer: delegationRequest.policyIssuer,
    target: delegationRequest.target,
    policySets: delegationRequest.policySets.map((set) => ({
      ...set,
      maxDelegationDepth: 0,
      policies: set.policies.map((policy) => ({
        target: policy.target,
        rules: [{ effect: registry.permits(delegationRequest, policy) ? "Permit" : "Deny" }],
      })),
    })),
  };
  const claims = {
    ...frame(registry.id, registry.id, caller),
    delegationEvidence: registry.evidence(evidence),
    ...registry.claims,
  };
  return Response.json({ delegation_token: await signJwt(registry.signer, claims) });
}
