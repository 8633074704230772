/**
 * Humans whose authorisations are kept in their organisation's Authorisation Registry, for tests in the Worker: marked
 * so, signed in, and what they get.
 */
import { expect } from "vitest";
import { setExternalSubject } from "../../src/directory/authorisation.ts";
import { type Evidence, maskFor } from "./delegation.ts";
import { decodePayload } from "./jwt.ts";
import { Visitor } from "./visitor.ts";
import { AUTHORISATION_REGISTRY, directory, type Instance, newUser } from "./worker.ts";
import { ORGANISATION } from "./world.ts";

/** how the registry knows the human */
export const SUBJECT = "employee-4711";

/** The registry as it was, named by the organisation. */
export function resetRegistry({ world }: Instance): void {
  const ar = world.authorisationRegistry;
  ar.calls.length = 0;
  ar.asked.length = 0;
  ar.permits = () => true;
  ar.evidence = (evidence) => evidence;
  ar.claims = {};
  ar.fault = undefined;
  nameRegistries({ world }, [{ id: ar.id, url: `${AUTHORISATION_REGISTRY}/` }]);
}

/** What the registry's record of the organisation names. */
export function nameRegistries(
  { world }: Pick<Instance, "world">,
  registries: { id: string; url: string; dataspace_id?: string }[],
): void {
  const party = world.registry.parties.find(({ id }) => id === ORGANISATION.id);
  if (party === undefined) throw new Error("no such organisation");
  party.authRegistries = registries.map((it) => ({ name: "AR", ...it }));
}

export async function signInExternal(at: Instance, dataspace?: string, scope = "openid iSHARE") {
  const { sp } = at.world;
  const user = await newUser();
  await setExternalSubject(directory(), user.id, ORGANISATION.id, { subject: SUBJECT, dataspace });
  const visitor = new Visitor(at, user);
  const { accessToken, claims } = await visitor.redeem(sp, await visitor.visit(sp, { scope }));
  const ask = (body: unknown = maskFor(claims.sub)) => visitor.userinfo(accessToken, body);
  const evidence = async (body?: unknown): Promise<Evidence> => {
    const response = await ask(body);
    if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
    return decodePayload(await response.text()).delegationEvidence as Evidence;
  };
  return { user, sub: claims.sub, ask, evidence };
}

/** Refused as an outage; the log says why. */
export async function refusalOf(
  ask: () => Promise<Response>,
  at: Instance,
): Promise<Record<string, unknown>> {
  at.log();
  const response = await ask();
  expect(response.status).toBe(503);
  expect(response.headers.get("retry-after")).toBe("30");
  expect(await response.json()).toMatchObject({ error: "temporarily_unavailable" });
  const line = at.log().find(({ event }) => event === "refused");
  expect(line?.reason).toBe("authorisation_registry_unavailable");
  return line ?? {};
}
