/** Codes to hand out: made here, kept as a hash, shown this once. Who may have one for whom is the caller's affair. */
import { ONE_TIME_CODE_SECONDS, type OneTimeCode, type Purpose } from "../directory/one-time-code.ts";
import { createCode, hashCode } from "../factors/recovery.ts";
import { ADMIN, href } from "../pages/admin/paths.ts";
import { ShownOncePage } from "../pages/admin/shown-once.tsx";
import { PATHS } from "../pages/paths.ts";
import type { Level } from "../protocol/assurance.ts";
import type { EpochSeconds } from "../protocol/time.ts";
import { type AdminDeps, type AdminVisit, respondConsole } from "./visit.ts";

export interface NewCode {
  /** for the page alone */
  readonly code: string;
  readonly record: OneTimeCode;
}

export async function newCode(
  humanId: string,
  purpose: Purpose,
  level: Level,
  now: EpochSeconds,
): Promise<NewCode> {
  const code = createCode();
  const expiresAt = now + ONE_TIME_CODE_SECONDS;
  return { code, record: { hash: await hashCode(code), humanId, purpose, level, expiresAt } };
}

export function respondCode(
  { code, record }: NewCode,
  user: { readonly username: string; readonly givenName: string; readonly familyName: string },
  visit: AdminVisit,
  deps: Pick<AdminDeps, "config">,
): Response {
  const { humanId, purpose, level, expiresAt } = record;
  const isReset = purpose === "reset";
  return respondConsole(
    (shared) => (
      <ShownOncePage
        {...shared}
        subject="users"
        title={isReset ? "Reset link" : "Enrolment code"}
        whose={`${user.givenName} ${user.familyName} (${user.username})`}
        secret={isReset ? `${deps.config.issuerUrl}${PATHS.reset}?code=${code}` : code}
        hint={
          isReset
            ? "Whoever has the link sets this user's password. An earlier link is over."
            : `The user types it where a factor is added, which then counts for ${level}. An earlier code is over.`
        }
        until={expiresAt}
        back={href(ADMIN.user, { id: humanId })}
      />
    ),
    visit,
    deps,
  );
}
