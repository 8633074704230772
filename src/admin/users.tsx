/** `/admin/users`, `/admin/user`: who is here, and what is known of one of them. Changes nothing. */
import { findPassword } from "../directory/credentials.ts";
import { listPasskeys } from "../directory/passkey.ts";
import { countRecoveryCodes } from "../directory/recovery.ts";
import { type Enrolled, listHumans, type Standing } from "../directory/roll.ts";
import { listSessions, listSignIns } from "../directory/session-index.ts";
import { findTotp } from "../directory/totp.ts";
import { respondFailurePage } from "../http/respond.tsx";
import type { Typed } from "../pages/admin/records.ts";
import { UserPage } from "../pages/admin/user.tsx";
import { UsersPage } from "../pages/admin/users.tsx";
import { LEVELS, type Level, lower, reaches } from "../protocol/assurance.ts";
import { pageOf } from "./page.ts";
import { type AdminDeps, type AdminVisit, adminPage, asked, respondConsole } from "./visit.ts";

const PER_PAGE = 50;
const SHOWN_SIGN_INS = 20;

export const showUsers = adminPage(async (visit, deps) => {
  const search = asked(visit, "search");
  const organisation = asked(visit, "organisation", 256);
  const found = await listHumans(deps.directory, {
    ...{ search, organisation, after: asked(visit, "after"), limit: PER_PAGE + 1 },
    withoutAuthorisations: true,
  });
  const { rows: users, last } = pageOf(found, PER_PAGE);
  return respondConsole(
    (shared) => <UsersPage {...shared} {...{ users, search, organisation, after: last?.username }} />,
    visit,
    deps,
  );
});

export const showUser = adminPage(async (visit, deps) => {
  const user = await findUser(asked(visit, "id", 100), deps);
  return user === undefined ? noSuch(deps) : respondUser(user, visit, deps);
});

export type ConsoleUser = Enrolled & { readonly standing: Standing };

/** Active or not; nobody who was erased. */
export async function findUser(
  id: string | undefined,
  { directory }: Pick<AdminDeps, "directory">,
): Promise<ConsoleUser | undefined> {
  if (id === undefined) return undefined;
  const only = { id, limit: 1, withoutAuthorisations: true, withStanding: true };
  const [user] = await listHumans(directory, only);
  return user?.standing === undefined ? undefined : { ...user, standing: user.standing };
}

export const noSuch = (deps: AdminDeps): Response =>
  respondFailurePage({ reason: "admin_subject_unknown" }, deps, "admin");

/**
 * What an administrator may not do here to whom: end or change themselves, or hold a code by which they would act as another
 * administrator, or prove more than they did.
 */
export const lockOf = (user: Pick<Enrolled, "id" | "roles">, { human }: AdminVisit) =>
  user.id === human.id ? "own" : user.roles.includes("administrator") ? "administrator" : undefined;

/** Why nothing of the record or the memberships is changed here: in the words of the page. */
export const whyFixed = (
  user: ConsoleUser,
  visit: AdminVisit,
): { readonly problem: string; readonly status: number } | undefined =>
  lockOf(user, visit) === "own"
    ? { problem: "Nobody changes themselves here.", status: 403 }
    : user.standing.isRemoved
      ? { problem: "The user's own organisation removed them: nothing is changed any more.", status: 409 }
      : undefined;

/** No administrator makes anybody prove, or be proven, more than they did themselves. */
export const levelsFor = ({ level: own }: Pick<AdminVisit, "level">): readonly Level[] =>
  LEVELS.filter((level) => reaches(own, level));

export interface Refused {
  readonly problem?: string;
  readonly status?: number;
  /** an organisation that can't be added, as it was typed */
  readonly sent?: Typed;
}

export async function respondUser(
  user: ConsoleUser,
  visit: AdminVisit,
  deps: AdminDeps,
  { status, ...refused }: Refused = {},
): Promise<Response> {
  const { directory, config } = deps;
  const [password, totp, recoveryCodes, passkeys, sessions, signIns] = await Promise.all([
    findPassword(directory, user.id),
    findTotp(directory, user.id),
    countRecoveryCodes(directory, user.id),
    listPasskeys(directory, user.id),
    listSessions(directory, user.id, deps.now()),
    listSignIns(directory, user.id, SHOWN_SIGN_INS),
  ]);
  const factors = {
    password: password?.level,
    totp: totp?.confirmed ? totp.level : undefined,
    recoveryCodes,
    passkeys: passkeys.map(({ name, level, hardware, createdAt, lastUsedAt }) => ({
      ...{ name, hardware, createdAt, lastUsedAt },
      level: lower(level, hardware ? "high" : "substantial"),
    })),
  };
  return respondConsole(
    (shared) => (
      <UserPage
        {...shared}
        user={user}
        factors={factors}
        sessions={sessions.length}
        signIns={signIns.map(({ partyId, partyName, ...signIn }) => ({
          ...signIn,
          // A sign-in to ourselves is one to the account.
          partyName: partyId === config.partyId ? undefined : partyName,
        }))}
        locked={lockOf(user, visit)}
        levels={levelsFor(visit)}
        {...refused}
      />
    ),
    visit,
    deps,
    status,
  );
}
