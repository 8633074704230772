/**
 * Worker entry of the sandbox's Participant Registry: paths and statuses. Answers as a real one does in framework version
 * 2.1.
 */
import { parseJsonObject } from "../../src/protocol/json.ts";
import { createParticipantApi, now, refuseAloud, respond } from "../participant-api.ts";
import { findParty, searchParties } from "./data.ts";
import { buildEpCreation, buildParties, buildParty, buildTrustedList } from "./dialect-2.1.ts";
import { onboard } from "./onboarding.ts";
import { createRegistry, type Env, type Registry } from "./registry.ts";

const app = createParticipantApi<Env, Registry>(
  "The sandbox's iSHARE Participant Registry: /connect/token, /trusted_list, /parties, /ep_creation.",
  createRegistry,
);

app.get("/trusted_list", (c) => respond(c, buildTrustedList(c.get("own").data.authorities)));

app.get("/parties", (c) => {
  const { data, partyId } = c.get("own");
  const { id, eori, page } = c.req.query();
  return respond(c, buildParties(searchParties(data, { id, eori }), Math.max(1, Number(page) || 1), partyId));
});

app.get("/parties/:id", async (c) => {
  const { data, partyId } = c.get("own");
  const party = findParty(data, c.req.param("id"));
  if (party === undefined) return c.json({ status: false, message: "Party not found" }, 404);
  return respond(c, buildParty(party, partyId));
});

app.post("/ep_creation", async (c) => {
  const registry = c.get("own");
  const token = parseJsonObject(await c.req.text())?.ep_creation_token;
  if (typeof token !== "string") return refuseAloud(c, { reason: "body_malformed" });
  const party = await onboard(token, c.get("caller"), registry, now());
  if (!party.ok) return refuseAloud(c, party.failure);
  return respond(c, buildEpCreation(party.value, registry.partyId, now()));
});

export default app;
