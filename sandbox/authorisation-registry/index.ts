/** Worker entry of the sandbox's Authorisation Registry: `POST /delegation`, as a real one answers in each framework version. */
import { answerMask } from "../../src/delegation/evidence.ts";
import { parseMask } from "../../src/delegation/mask.ts";
import { memberName, tellsConditions, tellsLicenceGroups } from "../../src/protocol/framework.ts";
import { parseJsonObject } from "../../src/protocol/json.ts";
import { createParticipantApi, now, refuseAloud, respond } from "../participant-api.ts";
import {
  type AuthorisationRegistry,
  createAuthorisationRegistry,
  type Env,
} from "./authorisation-registry.ts";

const EVIDENCE_SECONDS = 300;

const app = createParticipantApi<Env, AuthorisationRegistry>(
  "The sandbox's iSHARE Authorisation Registry: /connect/token, /delegation.",
  createAuthorisationRegistry,
);

app.post("/delegation", async (c) => {
  const body = parseJsonObject(await c.req.text());
  const mask = parseMask(body?.delegationRequest);
  if (!mask.ok) return refuseAloud(c, mask.failure);
  const { policyIssuer, target, policySets } = mask.value;
  // Whom it is for: the Service Providers that the mask names, or whoever asks.
  const named = policySets.flatMap(({ policies }) =>
    policies.flatMap((policy) => policy.target.environment?.serviceProviders ?? []),
  );
  const { frameworkVersion, find } = c.get("own");
  const evidence = answerMask(mask.value, find(policyIssuer, target.accessSubject), {
    now: now(),
    seconds: EVIDENCE_SECONDS,
    serviceProvider: new Set(named.length > 0 ? named : [c.get("caller")]),
    tellsConditions: tellsConditions(frameworkVersion),
    tellsLicenceGroups: tellsLicenceGroups(frameworkVersion),
  });
  const member = memberName(frameworkVersion, "delegation_token");
  return respond(c, { member, claims: { delegationEvidence: evidence } });
});

export default app;
