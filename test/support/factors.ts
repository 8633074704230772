/** Factors in the hands of a visitor: an authenticator app and passkeys, added through the pages and used on them. */
import { TOTP } from "otpauth";
import { addOneTimeCode, type Purpose } from "../../src/directory/one-time-code.ts";
import { createCode, hashCode } from "../../src/factors/recovery.ts";
import type { Level } from "../../src/protocol/assurance.ts";
import { type Attestation, type Authenticator, base64url, type Ceremony } from "./authenticator.ts";
import { readForm, unescapeHtml } from "./browser.ts";
import { type Stop, Visitor } from "./visitor.ts";
import { directory, type Instance, ISSUER, later, newUser, type User } from "./worker.ts";
import { loa, type Sp } from "./world.ts";

export const wanting = (...levels: string[]) => ({ acr_values: levels.map(loa).join(" ") });

/** What an administrator hands out, good for a day. */
export async function oneTimeCode(
  { id: humanId }: Pick<User, "id">,
  purpose: Purpose,
  level: Level,
): Promise<string> {
  const code = createCode();
  const expiresAt = Math.floor(Date.now() / 1000) + 86_400;
  await addOneTimeCode(directory(), { hash: await hashCode(code), humanId, purpose, level, expiresAt });
  return code;
}

/** The code that an app shows for a seed. @param steps ahead of now */
export const totpCode = (seed: string, steps = 0): string =>
  new TOTP({ secret: seed, algorithm: "SHA1", digits: 6, period: 30 }).generate({
    timestamp: Date.now() + steps * 30_000,
  });

/** Waits for the next code of the app. */
export function nextTotpCode(seed: string): string {
  later(30);
  return totpCode(seed);
}

/** The way of a visitor who has the app with this seed. */
export const withTotp = (visitor: Visitor, seed: string): Visitor =>
  visitor.with({ "/login/totp": () => ({ code: nextTotpCode(seed) }) });

const optional = (enrolmentCode: string | undefined): { enrolmentCode: string } | object =>
  enrolmentCode === undefined ? {} : { enrolmentCode };

export const seedOn = ({ html }: Stop): string => {
  const seed = /[?&]secret=([A-Z2-7]+)/.exec(unescapeHtml(html))?.[1];
  if (seed === undefined) throw new Error(`no seed: ${html}`);
  return seed;
};

export const recoveryCodesOn = ({ html }: Stop): readonly string[] =>
  [...html.matchAll(/[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}/g)].map(([code]) => code);

/** Adds an app in the visitor's session, or in one that is made for it. */
export async function addTotp(visitor: Visitor, enrolmentCode?: string) {
  const page = await visitor.open("/account/totp");
  const seed = seedOn(page);
  const done = await visitor.answer(page, { code: totpCode(seed), ...optional(enrolmentCode) });
  const [recoveryCode = "", ...moreRecoveryCodes] = recoveryCodesOn(done);
  if (recoveryCode === "") throw new Error(`no app was added: ${done.status} ${done.html}`);
  return { seed, recoveryCode, moreRecoveryCodes };
}

/** What a passkey is asked on a page. */
export function passkeyOptions({ html }: Stop): { readonly challenge: string } & Record<string, unknown> {
  const options = /data-options="([^"]*)"/.exec(html)?.[1];
  if (options === undefined) throw new Error(`no passkey is asked for: ${html}`);
  return JSON.parse(unescapeHtml(options));
}

const ceremonyOn = (stop: Stop, change: Partial<Ceremony>): Ceremony => ({
  rpId: new URL(ISSUER).hostname,
  origin: ISSUER,
  challenge: passkeyOptions(stop).challenge,
  ...change,
});

/** Adds a passkey. @returns where that led */
export async function addPasskey(
  visitor: Visitor,
  key: Authenticator,
  {
    enrolmentCode,
    attestation,
    name = "Key",
    ...change
  }: Partial<Ceremony> & {
    readonly enrolmentCode?: string;
    readonly attestation?: Attestation;
    readonly name?: string;
  } = {},
): Promise<Stop> {
  const page = await visitor.open("/account/passkey");
  const credential = JSON.stringify(await key.register(ceremonyOn(page, change), attestation));
  return visitor.post("/account/passkey", { credential, name, ...optional(enrolmentCode) });
}

/** What the page sends for a passkey that signs. */
export async function passkeyAnswer(
  stop: Stop,
  key: Authenticator,
  { humanId, ...change }: Partial<Ceremony> & { readonly humanId?: string } = {},
): Promise<Record<string, string>> {
  const handle = humanId === undefined ? undefined : base64url(new TextEncoder().encode(humanId));
  const { returnUrl = "" } = readForm(stop.html).fields;
  return { returnUrl, credential: JSON.stringify(await key.sign(ceremonyOn(stop, change), handle)) };
}

/** Signs in by passkey on a page that offers it, and goes on through what is asked after that. */
export async function usePasskey(
  visitor: Visitor,
  stop: Stop,
  key: Authenticator,
  change: Partial<Ceremony> & { readonly humanId?: string } = {},
): Promise<Stop> {
  return visitor.through(await visitor.post("/login/passkey", await passkeyAnswer(stop, key, change)));
}

/** A human with an app that was added with an administrator's code, in a new browser. */
export async function humanWithApp(idp: Instance, level: Level = "substantial", user?: User) {
  const human = user ?? (await newUser());
  const { seed, ...codes } = await addTotp(new Visitor(idp, human), await oneTimeCode(human, "enrol", level));
  return { user: human, seed, ...codes, visitor: withTotp(new Visitor(idp, human), seed) };
}

/** What the SP is told of the sign-in that ended at this stop. */
export async function levelSaid(visitor: Visitor, stop: Stop, sp: Sp) {
  const { claims } = await visitor.redeem(sp, stop);
  return { acr: claims.acr, amr: claims.amr };
}

export async function sessionOpens(idp: Instance, cookie: string | undefined): Promise<boolean> {
  const browser = idp.browser();
  browser.cookies.set("__Host-session", cookie ?? "");
  return (await browser.get("/account")).status === 200;
}
