/**
 * Worker entry of the sandbox's Participant Registry: paths, statuses and headers. Answers as a real one does in
 * framework version 2.1; unlike a real one it says why it refuses.
 */
import { type Context, Hono } from "hono";
import { wireOf } from "../../src/protocol/failure.ts";
import { parseParameters } from "../../src/protocol/form.ts";
import { type Result, refuse } from "../../src/protocol/result.ts";
import { parseTokenRequest } from "../../src/protocol/token-request.ts";
import { ACCESS_TOKEN_SECONDS, issueAccessToken, readAccessToken } from "./access-token.ts";
import { findParty, searchParties } from "./data.ts";
import { type Answer, buildParties, buildParty, buildTrustedList } from "./dialect-2.1.ts";
import { createRegistry, type Env, type Registry } from "./registry.ts";

type Endpoint = { Bindings: Env; Variables: { registry: Registry; caller: string } };

/** Kept when made, not while being made: one request can't wait for another's work. */
let shared: Registry | undefined;
const now = (): number => Math.floor(Date.now() / 1000);

const app = new Hono<Endpoint>();

app.use(async (c, next) => {
  const made = shared ?? (await createRegistry(c.env));
  shared ??= made;
  c.set("registry", shared);
  await next();
  c.header("cache-control", "no-store");
  c.header("pragma", "no-cache");
});

app.get("/", (c) =>
  c.text("The sandbox's iSHARE Participant Registry: /connect/token, /trusted_list, /parties.\n"),
);

app.post("/connect/token", async (c) => {
  const registry = c.get("registry");
  const clientId = await authenticate(await c.req.text(), registry);
  if (!clientId.ok) {
    // A developer whose first assertion is refused reads the exact reason here.
    return c.json({ error: wireOf(clientId.failure).oauth, error_description: clientId.failure.reason }, 400);
  }
  return c.json({
    access_token: await issueAccessToken(clientId.value, registry.tokenKey, now()),
    token_type: "Bearer",
    expires_in: ACCESS_TOKEN_SECONDS,
  });
});

async function authenticate(body: string, registry: Registry): Promise<Result<string>> {
  const parameters = parseParameters(body);
  if (!parameters.ok) return parameters;
  const request = parseTokenRequest(parameters.value, { lowercaseIshare: false });
  if (!request.ok) return request;
  if (request.value.grantType !== "client_credentials") return refuse("grant_type_unsupported");
  return registry.authenticate(request.value.client, now());
}

/** Everything below is for participants (RFC 6750 §2.1, §3). */
app.use(async (c, next) => {
  const token = /^Bearer ([A-Za-z0-9._~+/-]+=*)$/i.exec(c.req.header("authorization") ?? "")?.[1];
  const caller = token && (await readAccessToken(token, c.get("registry").tokenKey, now()));
  if (!caller) {
    return c.json({ status: false, message: "Unauthorized" }, 401, {
      "www-authenticate": token ? 'Bearer error="invalid_token"' : "Bearer",
    });
  }
  c.set("caller", caller);
  return next();
});

app.get("/trusted_list", (c) => respond(c, buildTrustedList(c.get("registry").data.authorities)));

app.get("/parties", (c) => {
  const { data, partyId } = c.get("registry");
  const { id, eori, page } = c.req.query();
  return respond(c, buildParties(searchParties(data, { id, eori }), Math.max(1, Number(page) || 1), partyId));
});

app.get("/parties/:id", async (c) => {
  const { data, partyId } = c.get("registry");
  const party = findParty(data, c.req.param("id"));
  if (party === undefined) return c.json({ status: false, message: "Party not found" }, 404);
  return respond(c, buildParty(party, partyId));
});

async function respond(c: Context<Endpoint>, answer: Answer): Promise<Response> {
  return c.json({ [answer.member]: await c.get("registry").sign(answer, c.get("caller"), now()) });
}

export default app;
