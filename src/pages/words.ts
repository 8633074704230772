/**
 * Which words there are, as types: what `text/` has to say in every language, or the build fails. Owns no wording.
 */
import type { Level } from "../protocol/assurance.ts";
import type { PageCode } from "../protocol/failure.ts";
import type { Scope } from "../protocol/scopes.ts";

/** Ways to prove who one is, as the pages offer them. */
export type Way = "password" | "totp" | "recovery" | "passkey";

/** What was done in the account, said on top of the page that follows. */
export const DONE = [
  "password_changed",
  "totp_added",
  "totp_removed",
  "passkey_added",
  "passkey_renamed",
  "passkey_removed",
  "session_ended",
  "sessions_ended",
  "consent_withdrawn",
  "organisation_saved",
] as const;
export type Done = (typeof DONE)[number];

/** Why a new password, or the old one beside it, was not taken. */
export type PasswordAlert =
  | "wrong"
  | "mismatch"
  | "too_short"
  | "too_long"
  | "same"
  | "common"
  | "personal"
  | "locked"
  | "busy";

/** Why a factor was not added. */
export type EnrolAlert = "code" | "enrolment_code" | "passkey" | "locked" | "busy";

type Words<Name extends string> = Readonly<Record<Name, string>>;

export interface Text extends AccountText {
  readonly identityProvider: string;
  /** between a label and its value */
  readonly colon: string;
  /** label of the language links */
  readonly language: string;
  readonly levels: Readonly<Record<Level, string>>;
  readonly signIn: {
    readonly title: string;
    readonly intro: (sp: string) => string;
    /** no SP: to the human's own account */
    readonly ownAccount: string;
    readonly username: string;
    readonly password: string;
    readonly submit: string;
    readonly wrong: string;
    readonly locked: (minutes: number) => string;
    readonly busy: string;
    readonly or: string;
    readonly passkey: string;
    readonly passkeyRefused: string;
  };
  /** asking again who is signed in already */
  readonly stepUp: {
    readonly title: string;
    readonly intro: (username: string) => string;
    readonly wrong: string;
    readonly switch: string;
  };
  readonly select: {
    readonly title: string;
    readonly intro: (sp: string | undefined) => string;
    readonly proceed: (name: string) => string;
    readonly other: string;
  };
  readonly ways: {
    readonly others: string;
    readonly names: Readonly<Record<Way, string>>;
  };
  readonly totp: Words<"title" | "intro" | "code" | "submit" | "wrong">;
  readonly recovery: Words<"title" | "intro" | "code" | "submit" | "wrong">;
  readonly passkey: Words<
    "title" | "intro" | "submit" | "noScript" | "unsupported" | "cancelled" | "failed" | "waiting" | "already"
  >;
  readonly organisation: {
    readonly title: string;
    readonly intro: (sp: string) => string;
    readonly legend: string;
    readonly submit: string;
    readonly cancel: string;
  };
  readonly consent: {
    readonly title: string;
    readonly intro: (sp: string, organisation: string) => string;
    readonly asks: string;
    readonly represented: string;
    readonly list: string;
    readonly pseudonym: string;
    readonly scopes: Readonly<Record<Exclude<Scope, "openid">, string>>;
    readonly remembered: string;
    readonly allow: string;
    readonly deny: string;
  };
  readonly returning: { readonly title: string; readonly intro: string; readonly submit: string };
  readonly logout: {
    readonly title: string;
    readonly intro: (name: string) => string;
    readonly effect: string;
    readonly submit: string;
    readonly cancel: string;
    readonly doneTitle: string;
    readonly done: string;
    readonly back: (sp: string) => string;
  };
  readonly error: {
    readonly titles: Readonly<Record<PageCode, string>>;
    readonly explanations: Readonly<Record<PageCode, string>>;
    readonly startAgain: (sp: string) => string;
    readonly back: (sp: string) => string;
    readonly reference: string;
  };
}

/** New passwords, adding factors, and the account itself. */
export interface AccountText {
  readonly newPassword: {
    readonly title: string;
    readonly forcedTitle: string;
    readonly forcedIntro: string;
    readonly resetTitle: string;
    readonly resetIntro: string;
    readonly resetDoneTitle: string;
    readonly resetDone: string;
    readonly toAccount: string;
    readonly current: string;
    readonly password: string;
    readonly repeat: string;
    readonly rules: string;
    readonly submit: string;
    readonly alerts: Readonly<Record<PasswordAlert, string>>;
  };
  readonly enrol: {
    readonly alerts: Readonly<Record<EnrolAlert, string>>;
    readonly countsAs: (level: string) => string;
    readonly enrolmentCode: string;
    readonly enrolmentHint: string;
    readonly cancel: string;
    readonly totp: Words<"title" | "scan" | "qr" | "open" | "manual" | "confirm" | "code" | "submit">;
    readonly passkey: Words<"title" | "intro" | "name" | "nameHint" | "submit">;
    readonly codes: Words<"title" | "intro" | "keep" | "list" | "submit">;
  };
  readonly account: {
    readonly title: string;
    readonly navigation: string;
    readonly pages: Readonly<Record<"overview" | "factors" | "sessions" | "consents" | "signOut", string>>;
    readonly done: Readonly<Record<Done, string>>;
    /** a level, with what it is the level of left to the place */
    readonly level: (level: string) => string;
    readonly overview: Words<
      | "name"
      | "username"
      | "identity"
      | "organisation"
      | "organisations"
      | "noOrganisation"
      | "first"
      | "save"
      | "recent"
      | "none"
      | "ownAccount"
      | "console"
    >;
    /** factors used in a sign-in, from RFC 8176 values */
    readonly used: Readonly<Record<"pwd" | "otp" | "recovery" | "passkey", string>>;
    readonly factors: {
      readonly intro: string;
      readonly password: string;
      readonly changePassword: string;
      readonly totp: string;
      readonly totpNone: string;
      readonly totpAdd: string;
      readonly totpOn: string;
      readonly recoveryLeft: (count: number) => string;
      readonly recoveryRenew: string;
      readonly recoveryRenewHint: string;
      readonly passkeys: string;
      readonly passkeysNone: string;
      readonly passkeyAdd: string;
      readonly hardware: string;
      readonly created: string;
      readonly lastUsed: string;
      readonly never: string;
      readonly rename: string;
      readonly name: string;
      readonly save: string;
      readonly remove: string;
      readonly removeSure: string;
      readonly lostApp: string;
      readonly removeYes: string;
    };
    readonly sessions: Words<
      "intro" | "this" | "began" | "ends" | "end" | "endAll" | "endAllHint" | "unknown"
    >;
    readonly consents: Words<"intro" | "none" | "given" | "shared" | "withdraw" | "effect">;
  };
}
