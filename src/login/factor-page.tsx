/**
 * The page that asks for one more factor. Owns which of several is shown first and what else is offered; the forms are
 * read in one file per factor.
 */
import type { Deps } from "../deps.ts";
import { listPasskeys } from "../directory/passkey.ts";
import type { Situation } from "../directory/situation.ts";
import { authenticationOptions } from "../factors/passkey-options.ts";
import { respondPage } from "../http/respond.tsx";
import { PasskeyPage, RecoveryPage, TotpPage } from "../pages/factor.tsx";
import { type Alert, PasswordPage, type Way } from "../pages/login.tsx";
import { setCookies } from "./browser.ts";
import { callbackUrl } from "./return-url.ts";
import { isOwn, type SignIn } from "./sign-in.ts";

export type Ways = readonly ("pwd" | "otp" | "passkey")[];
const WAY_NAMES = { pwd: "password", otp: "totp", passkey: "passkey" } as const satisfies Record<
  Ways[number],
  Way
>;

/** The first that leads on, the others as links. A passkey comes last: it may be on another device. */
export function factorPage(
  signIn: SignIn,
  ways: Ways,
  situation: Situation,
  deps: Pick<Deps, "config" | "directory">,
  wanted: Way = WAY_NAMES[ways[0] ?? "pwd"],
  alert?: Alert,
): Promise<Response> {
  const others = ways.map((way) => WAY_NAMES[way]).filter((way) => way !== wanted);
  return wayPage(signIn, wanted, others, situation, deps, alert);
}

async function wayPage(
  signIn: SignIn,
  way: Way,
  others: readonly Way[],
  situation: Situation,
  { config, directory }: Pick<Deps, "config" | "directory">,
  alert?: Alert,
): Promise<Response> {
  const { pending, grant, language, here, cookies } = signIn;
  const common = {
    returnUrl: callbackUrl(pending.authzId),
    others: [...others],
    ...(isOwn(grant, config) ? {} : { sp: grant.party }),
    ...(alert === undefined ? {} : { alert }),
  };
  // The page's own address, so that its language links lead back to it and not to the form's.
  const page = { language, here, status: alert === undefined ? 200 : STATUS[alert.kind] };
  const render = async () => {
    switch (way) {
      case "totp":
        return respondPage((frame) => <TotpPage frame={frame} {...common} />, { config }, page);
      case "recovery":
        return respondPage((frame) => <RecoveryPage frame={frame} {...common} />, { config }, page);
      case "passkey": {
        const known = await listPasskeys(directory, situation.humanId);
        const options = authenticationOptions({
          rpId: config.relyingParty.rpId,
          challenge: grant.challenge ?? "",
          allow: known,
        });
        return respondPage(
          (frame) => <PasskeyPage frame={frame} {...common} options={JSON.stringify(options)} />,
          { config },
          page,
        );
      }
      case "password":
        return respondPage(
          (frame) => <PasswordPage frame={frame} {...common} username={situation.username} />,
          { config },
          page,
        );
    }
  };
  return setCookies(await render(), cookies);
}

/** RFC 9110 §15.5.4; RFC 6585 §4 */
export const STATUS: Record<Alert["kind"], number> = { wrong: 403, passkey: 403, locked: 429, busy: 503 };
