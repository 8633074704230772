/** What the console says was done, or why not. English alone: it is for administrators, and so are the docs. */

export const ADMIN_DONE = {
  user_deactivated: "The user is deactivated. Sessions, sign-ins and access tokens are over.",
  user_activated: "The user is active again, and has to sign in anew.",
  user_changed: "The user is changed.",
  membership_added: "The user may represent that organisation.",
  membership_removed:
    "The user may not represent that organisation any more. Authorisations, consents and access tokens for it are over.",
  organisation_renamed: "The organisation is renamed, in all its memberships.",
  authorisation_added: "The authorisation is added.",
  authorisation_revoked: "The authorisation is revoked. No evidence rests on it any more.",
  authorisation_proposed:
    "The authorisation is proposed. It holds when another administrator has accepted it.",
  proposal_accepted: "The authorisation is accepted, and holds.",
  proposal_declined: "The proposal is declined.",
  token_revoked: "The token is revoked.",
} as const;
export type AdminDone = keyof typeof ADMIN_DONE;
export const isAdminDone = (text: string): text is AdminDone => Object.hasOwn(ADMIN_DONE, text);
