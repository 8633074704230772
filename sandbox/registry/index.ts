/**
 * Worker entry of the sandbox's Participant Registry: paths and statuses. Answers as a real one does in the framework
 * version that it is started with; what that version lacks is not found.
 */
import { Hono } from "hono";
import { parseJsonObject } from "../../src/protocol/json.ts";
import { AUTHORITY_PATH } from "../authorities.ts";
import { createParticipantApi, now, refuseAloud, respond } from "../participant-api.ts";
import { authorityApi } from "./authority.ts";
import { findParty, searchParties } from "./data.ts";
import { onboard } from "./onboarding.ts";
import { createRegistry, type Env, type Registry } from "./registry.ts";

const app = createParticipantApi<Env, Registry>(
  "The sandbox's iSHARE Participant Registry: /connect/token, the trusted list, /parties.",
  createRegistry,
);

for (const path of ["/trusted_list", "/trustedList"]) {
  app.get(path, (c) => {
    const { data, dialect } = c.get("own");
    return path === dialect.trustedListPath
      ? respond(c, dialect.buildTrustedList(data.authorities))
      : c.notFound();
  });
}

app.get("/parties", (c) => {
  const { data, dialect, partyId } = c.get("own");
  const { id, eori, alsoKnownAs, page } = c.req.query();
  const found = searchParties(data, [id, eori, alsoKnownAs]);
  return respond(c, dialect.buildParties(found, Math.max(1, Number(page) || 1), partyId));
});

app.get("/parties/:id", async (c) => {
  const { data, dialect, partyId } = c.get("own");
  if (dialect.buildParty === undefined) return c.notFound();
  const party = findParty(data, c.req.param("id"));
  if (party === undefined) return c.json({ status: false, message: "Party not found" }, 404);
  return respond(c, dialect.buildParty(party, partyId));
});

app.post("/ep_creation", async (c) => {
  const registry = c.get("own");
  const { buildEpCreation } = registry.dialect;
  if (buildEpCreation === undefined) return c.notFound();
  const token = parseJsonObject(await c.req.text())?.ep_creation_token;
  if (typeof token !== "string") return refuseAloud(c, { reason: "body_malformed" });
  const party = await onboard(token, c.get("caller"), registry, now());
  if (!party.ok) return refuseAloud(c, party.failure);
  return respond(c, buildEpCreation(party.value, registry.partyId, now()));
});

// In front of what is for participants: whoever has a certificate before them may ask whether it is revoked.
const worker = new Hono<{ Bindings: Env }>();
worker.route(AUTHORITY_PATH, authorityApi);
worker.route("/", app);

export default worker;
