/** `/admin/users`, `/admin/user`, `/admin/organisations`: who is here, and what is known of one of them. Changes nothing. */
import { findPassword } from "../directory/credentials.ts";
import { listAllOrganisations } from "../directory/membership.ts";
import { listPasskeys } from "../directory/passkey.ts";
import { countRecoveryCodes } from "../directory/recovery.ts";
import { type Enrolled, listHumans } from "../directory/roll.ts";
import { listSessions, listSignIns } from "../directory/session-index.ts";
import { findTotp } from "../directory/totp.ts";
import { respondFailurePage } from "../http/respond.tsx";
import { UserPage } from "../pages/admin/user.tsx";
import { OrganisationsPage, UsersPage } from "../pages/admin/users.tsx";
import { LEVELS, lower, reaches } from "../protocol/assurance.ts";
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
  const users = found.slice(0, PER_PAGE);
  const after = found.length > PER_PAGE ? users.at(-1)?.username : undefined;
  return respondConsole(
    (shared) => <UsersPage {...shared} {...{ users, search, organisation, after }} />,
    visit,
    deps,
  );
});

export const showOrganisations = adminPage(async (visit, deps) => {
  const found = await listAllOrganisations(deps.directory, {
    after: asked(visit, "after", 256) ?? "",
    limit: PER_PAGE + 1,
  });
  const organisations = found.slice(0, PER_PAGE);
  const after = found.length > PER_PAGE ? organisations.at(-1)?.id : undefined;
  return respondConsole(
    (shared) => <OrganisationsPage {...shared} {...{ organisations, after }} />,
    visit,
    deps,
  );
});

export const showUser = adminPage(async (visit, deps) => {
  const user = await findUser(asked(visit, "id", 100), deps);
  return user === undefined ? noSuch(deps) : respondUser(user, visit, deps);
});

/** Active or not; nobody who was erased. */
export async function findUser(
  id: string | undefined,
  { directory }: Pick<AdminDeps, "directory">,
): Promise<Enrolled | undefined> {
  if (id === undefined) return undefined;
  const [user] = await listHumans(directory, { id, limit: 1, withoutAuthorisations: true });
  return user;
}

export const noSuch = (deps: AdminDeps): Response =>
  respondFailurePage({ reason: "admin_subject_unknown" }, deps, "admin");

/**
 * What an administrator may not do here to whom: end themselves, or hold a code by which they would act as another
 * administrator, or prove more than they did.
 */
export const lockOf = (user: Pick<Enrolled, "id" | "roles">, { human }: AdminVisit) =>
  user.id === human.id ? "own" : user.roles.includes("administrator") ? "administrator" : undefined;

export async function respondUser(
  user: Enrolled,
  visit: AdminVisit,
  deps: AdminDeps,
  refused: { readonly problem?: string; readonly status?: number } = {},
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
        levels={LEVELS.filter((level) => reaches(visit.level, level))}
        problem={refused.problem}
      />
    ),
    visit,
    deps,
    refused.status,
  );
}
