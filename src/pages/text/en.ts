/** English: signing in. Owns wording; `Text` says what there is to say; the account has its own file. */
import type { Text } from "../words.ts";
import { account } from "./en-account.ts";

const minutes = (count: number): string => (count === 1 ? "1 minute" : `${count} minutes`);

export const en: Text = {
  identityProvider: "iSHARE Identity Provider",
  colon: ": ",
  language: "Language",
  levels: { low: "low", substantial: "substantial", high: "high" },
  signIn: {
    title: "Sign in",
    intro: (sp) => `${sp} asks who you are. Sign in to go on.`,
    ownAccount: "Sign in to see and manage your account.",
    username: "User name",
    password: "Password",
    submit: "Sign in",
    wrong: "That user name and password do not belong together. Please try again.",
    locked: (count) =>
      `There were too many failed tries with this user name. Please wait ${minutes(count)}; or use a passkey, or a browser in which you signed in here before.`,
    busy: "Many people are signing in just now. Please try again in a moment.",
    or: "or",
    passkey: "Sign in with a passkey",
    passkeyRefused: "That passkey was not accepted. Please try again, or sign in another way.",
  },
  stepUp: {
    title: "Confirm that it is you",
    intro: (username) => `You are signed in as ${username}. Please enter your password once more.`,
    wrong: "That is not the right password. Please try again.",
    switch: "This is not me",
  },
  select: {
    title: "Choose an account",
    intro: (sp) => (sp === undefined ? "Who do you want to sign in as?" : `Who do you want to be at ${sp}?`),
    proceed: (name) => `Continue as ${name}`,
    other: "Use another account",
  },
  ways: {
    others: "Another way",
    names: {
      password: "Use your password",
      totp: "Use a code from your authenticator app",
      recovery: "Use a recovery code",
      passkey: "Use a passkey",
    },
  },
  totp: {
    title: "Enter your code",
    intro: "Open your authenticator app and enter the six digits that it shows for this account.",
    code: "Six-digit code",
    submit: "Continue",
    wrong: "That code is not right, or was used before. Please wait for the next one and enter that.",
  },
  recovery: {
    title: "Use a recovery code",
    intro:
      "Enter one of the codes you kept when you set up your authenticator app. Each works once, and gives assurance level “low”.",
    code: "Recovery code",
    submit: "Continue",
    wrong: "That code is not right, or was used before. Please try another one.",
  },
  passkey: {
    title: "Use your passkey",
    intro: "Your device asks you to confirm: with your fingerprint, your face, a PIN or a security key.",
    submit: "Use passkey",
    noScript: "Passkeys need JavaScript, which is turned off in this browser.",
    unsupported: "This browser does not support passkeys.",
    cancelled: "Nothing was confirmed. You can try again.",
    failed: "That did not work. Please try again.",
    waiting: "Waiting for your device …",
    already: "This device already holds a passkey for your account.",
  },
  organisation: {
    title: "For whom do you act?",
    intro: (sp) => `At ${sp} you can act for several organisations. Choose one of them.`,
    legend: "Organisation",
    submit: "Continue",
    cancel: "Cancel",
  },
  consent: {
    title: "Share this information?",
    intro: (sp, organisation) => `You are signing in to ${sp} and act for ${organisation} there.`,
    asks: "Who asks",
    represented: "On behalf of",
    list: "This is what will be shared:",
    pseudonym: "A code that stands for you at this service only, and how you signed in",
    scopes: {
      iSHARE: "The organisation that you represent, and whether you may do what this service asks about",
      authorisations: "Everything that you may do at this service on behalf of this organisation",
      name: "Your name",
      profile: "Your name, gender and language",
      email: "Your e-mail address",
      phone: "Your phone number",
      contact_details: "Your e-mail address and phone number",
      company: "The name and identifier of your organisation",
    },
    remembered: "Your choice is remembered. You can withdraw it in your account at any time.",
    allow: "Allow and continue",
    deny: "Do not allow",
  },
  returning: {
    title: "Going back to the service",
    intro: "If nothing happens, use the button.",
    submit: "Continue",
  },
  logout: {
    title: "Sign out?",
    intro: (name) => `You are signed in as ${name}.`,
    effect: "Services that you are using may keep you signed in until you sign out there too.",
    submit: "Sign out",
    cancel: "Stay signed in",
    doneTitle: "You are signed out",
    done: "If others use this device too, close the browser as well.",
    back: (sp) => `Back to ${sp}`,
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
      too_many_attempts: "Too many attempts failed",
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
      too_many_attempts:
        "Too many attempts to sign in failed where you are. Please wait a quarter of an hour, then try again.",
      temporarily_unavailable: "We can't go on right now. Nothing is lost; please try again shortly.",
      server_error:
        "Nothing was shared. Please try again; if it keeps happening, tell us the reference below.",
    },
    startAgain: (sp) => `You can start again at ${sp} at any time.`,
    back: (sp) => `Back to ${sp}`,
    reference: "Reference",
  },
  ...account,
};
