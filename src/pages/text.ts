/**
 * Every word that a human reads, by language. Owns wording; pages own structure. A language lacks nothing: the type of
 * `texts` demands all of it.
 */
import type { PageCode } from "../protocol/failure.ts";
import type { Scope } from "../protocol/scopes.ts";

export const LANGUAGES = ["en"] as const;
export type Language = (typeof LANGUAGES)[number];

export interface Text {
  readonly signIn: {
    readonly title: string;
    readonly intro: (sp: string) => string;
    readonly username: string;
    readonly password: string;
    readonly submit: string;
    readonly wrong: string;
  };
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
    readonly list: string;
    readonly pseudonym: string;
    readonly scopes: Readonly<Record<Exclude<Scope, "openid">, string>>;
    readonly allow: string;
    readonly deny: string;
  };
  readonly returning: { readonly title: string; readonly intro: string; readonly submit: string };
  readonly error: {
    readonly titles: Readonly<Record<PageCode, string>>;
    readonly explanations: Readonly<Record<PageCode, string>>;
    readonly startAgain: (sp: string) => string;
    readonly reference: string;
  };
  readonly identityProvider: string;
}

const en: Text = {
  identityProvider: "iSHARE Identity Provider",
  signIn: {
    title: "Sign in",
    intro: (sp) => `${sp} asks who you are. Sign in to go on.`,
    username: "User name",
    password: "Password",
    submit: "Sign in",
    wrong: "That user name and password do not belong together. Please try again.",
  },
  organisation: {
    title: "For whom do you act?",
    intro: (sp) => `You may represent several organisations. Choose the one you act for at ${sp}.`,
    legend: "Organisation",
    submit: "Continue",
    cancel: "Cancel",
  },
  consent: {
    title: "Share this information?",
    intro: (sp, organisation) => `You are signing in to ${sp} on behalf of ${organisation}.`,
    list: "This is what will be shared:",
    pseudonym: "A code that stands for you at this service only, and how you signed in",
    scopes: {
      iSHARE: "The organisation that you represent",
      authorisations: "What you may do on behalf of this organisation",
      name: "Your name",
      profile: "Your name, gender and language",
      email: "Your e-mail address",
      phone: "Your phone number",
      contact_details: "Your e-mail address and phone number",
      company: "The name and identifier of your organisation",
    },
    allow: "Allow and continue",
    deny: "Do not allow",
  },
  returning: {
    title: "Going back to the service",
    intro: "If nothing happens, use the button.",
    submit: "Continue",
  },
  error: {
    titles: {
      invalid_request: "This sign-in can't go on",
      untrusted_party: "This service is not recognised",
      already_used: "This sign-in was already used",
      expired: "This sign-in is over",
      other_browser: "This sign-in began in another browser",
      forbidden: "Not allowed",
      not_found: "There is no such page",
      temporarily_unavailable: "Please try again in a moment",
      server_error: "Something went wrong on our side",
    },
    explanations: {
      invalid_request:
        "The request that brought you here is not in order. The service that sent you can mend it.",
      untrusted_party:
        "The service that sent you here could not be confirmed as an active iSHARE participant.",
      already_used: "Each sign-in works once. Go back to the service and start again.",
      expired: "It took too long, or it has ended. Go back to the service and start again.",
      other_browser: "Go back to the service and start again in this browser.",
      forbidden: "That was not sent from one of our own pages, so nothing was done.",
      not_found: "Go back to the service you came from and start again.",
      temporarily_unavailable:
        "We can't reach the iSHARE register right now. Nothing is lost; please try again shortly.",
      server_error:
        "Nothing was shared. Please try again; if it keeps happening, tell us the reference below.",
    },
    startAgain: (sp) => `Please start again at ${sp}.`,
    reference: "Reference",
  },
};

export const texts: Readonly<Record<Language, Text>> = { en };

/** The first language that we speak, English otherwise. */
export function chooseLanguage(wanted: readonly string[]): Language {
  return LANGUAGES.find((language) => wanted.includes(language)) ?? "en";
}
