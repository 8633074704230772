/**
 * The browser's sign-on session: reading its cookie, making one, ending one. Owns the rotation (a sign-in or step-up
 * always gets a new session, and the one before is over) and the index by which a human's sessions are found.
 */
import type { Deps } from "../deps.ts";
import { addSession, recordSignIn, removeSession } from "../directory/session-index.ts";
import { buildCookie, readCookie } from "../http/cookies.ts";
import { describeAgent } from "../pages/agent.ts";
import type { Level } from "../protocol/assurance.ts";
import type { SessionRecord } from "../protocol/session.ts";
import { openGrantHandle, sealGrantHandle } from "../store/handle.ts";
import type { GrantId, SessionId } from "../store/ports.ts";
import { newSecret } from "./browser.ts";
import type { Candidate } from "./flow.ts";

export interface CurrentSession {
  readonly id: SessionId;
  readonly record: SessionRecord;
}

export type SessionDeps = Pick<
  Deps,
  "config" | "sessions" | "handles" | "directory" | "now" | "grants" | "audit"
>;

/** The session that the browser's cookie names and that stands now. */
export async function currentSession(
  request: Request,
  deps: SessionDeps,
): Promise<CurrentSession | undefined> {
  const cookie = readCookie(request.headers.get("cookie"), "session", deps.config);
  const handle = cookie === undefined ? undefined : await openGrantHandle(deps.handles, "session", cookie);
  if (handle === undefined) return undefined;
  const session = await deps.sessions.use(handle.id, handle.secretHash, deps.now());
  return session.ok ? { id: handle.id, record: session.value } : undefined;
}

/** Makes the session that a candidate has earned, in place of `before`. */
export async function establishSession(
  request: Request,
  candidate: Candidate,
  reached: { readonly level: Level; readonly amr: readonly string[]; readonly identityAssurance: Level },
  party: { readonly id: string; readonly name: string },
  before: CurrentSession | undefined,
  grantId: GrantId,
  deps: SessionDeps,
): Promise<{ readonly id: SessionId; readonly cookie: string }> {
  const { config, sessions, directory, now } = deps;
  const id = sessions.newId();
  const { handle, secretHash } = await sealGrantHandle(deps.handles, "session", id);
  // The same human goes on: what logout has to know goes along.
  const kept = before?.record.humanId === candidate.humanId ? before.record : undefined;
  const record: SessionRecord = {
    secretHash,
    humanId: candidate.humanId,
    factors: candidate.factors,
    identityAssurance: reached.identityAssurance,
    authTime: candidate.authTime,
    lastSeenAt: now(),
    idleSeconds: config.sessionIdleSeconds,
    endsAt: now() + config.sessionSeconds,
    challenge: newSecret(),
    grantIds: [...(kept?.grantIds ?? []).filter((it) => it !== grantId), grantId],
  };
  const idTokens = before === undefined || kept === undefined ? [] : await sessions.idTokens(before.id);
  await sessions.open(id, record, idTokens);
  const indexed = await addSession(directory, {
    objectId: id,
    humanId: candidate.humanId,
    createdAt: now(),
    expiresAt: record.endsAt,
    agent: describeAgent(request.headers.get("user-agent") ?? "") ?? "",
  });
  // One that nobody could find would be there again when the human is active again.
  if (!indexed) await sessions.end(id);
  const { level, amr } = reached;
  const { humanId } = candidate;
  const reason = [level, ...amr].join(" ");
  const told = { actor: `human:${humanId}`, action: "sign-in", subject: id, party: party.id, reason };
  const audit = [deps.audit.always(told)];
  const signIn = { humanId, partyId: party.id, partyName: party.name, at: now(), level, amr };
  // A record of who signed in must not keep anybody from it.
  await deps.audit.persist(() => recordSignIn(directory, signIn, audit), told);
  // Somebody else's sign-ins end with their session; this one is ours now.
  if (before !== undefined) await endSession(before.id, deps, { keep: kept?.grantIds ?? [grantId] });
  return { id, cookie: buildCookie("session", handle, config) };
}

/**
 * Ends a session for everybody at once, and the sign-ins begun in it. Access tokens live on to their end.
 * @param ended who ended it and why; unset: another took its place, which is told by that sign-in
 */
export async function endSession(
  id: SessionId,
  { sessions, grants, directory, audit }: Pick<Deps, "sessions" | "grants" | "directory" | "audit">,
  {
    keep = [],
    ended,
  }: {
    readonly keep?: readonly GrantId[];
    readonly ended?: { readonly humanId: string; readonly reason: string; readonly party?: string };
  } = {},
): Promise<SessionRecord | undefined> {
  const record = await sessions.end(id);
  const { humanId, ...why } = ended ?? { humanId: "" };
  const told = { actor: `human:${humanId}`, action: "session.end", subject: id, ...why };
  await removeSession(directory, id, ended === undefined ? [] : [audit.ifChanged(told)]);
  const pending = (record?.grantIds ?? []).filter((grantId) => !keep.includes(grantId));
  await Promise.all(pending.map((grantId) => grants.abandon(grantId)));
  return record;
}

export const forgetCookie = ({ config }: Pick<Deps, "config">): string =>
  buildCookie("session", "", config, 0);
