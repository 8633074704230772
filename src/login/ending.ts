/**
 * Ending a human, or what a human may do for one organisation: sessions, pending sign-ins, codes and tokens, at once. To be
 * called after the directory says so (inactive, no member), which nothing new gets past. Done twice, it is done once: who
 * calls again after a fault ends what was left.
 */
import type { Deps } from "../deps.ts";
import { forgetGrants, listGrants, listHumansWithStrayGrants } from "../directory/grant-index.ts";
import { listSessions } from "../directory/session-index.ts";
import { endSession } from "./session.ts";

export type EndingDeps = Pick<Deps, "audit" | "directory" | "sessions" | "grants" | "now">;

export async function endHuman(humanId: string, deps: EndingDeps): Promise<void> {
  const sessions = await listSessions(deps.directory, humanId, deps.now());
  await Promise.all(sessions.map(({ objectId }) => endSession(objectId, deps)));
  await revokeGrants(humanId, undefined, deps);
}

/** The human goes on, for others. @param organisationId as the membership spelt it */
export const endRepresentation = (humanId: string, organisationId: string, deps: EndingDeps): Promise<void> =>
  revokeGrants(humanId, organisationId, deps);

/** Of everybody whose membership of the organisation is gone, whenever that was: also what a fault left over. */
export async function endRepresentationsWithoutMembership(
  organisationId: string,
  deps: EndingDeps,
): Promise<void> {
  const humans = await listHumansWithStrayGrants(deps.directory, organisationId);
  await Promise.all(humans.map((humanId) => endRepresentation(humanId, organisationId, deps)));
}

async function revokeGrants(
  humanId: string,
  organisationId: string | undefined,
  { directory, grants }: EndingDeps,
): Promise<void> {
  const ids = await listGrants(directory, humanId, organisationId);
  await Promise.all(ids.map((id) => grants.revoke(id)));
  await forgetGrants(directory, humanId, ids);
}
