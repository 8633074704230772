/** The page for everything that ends without what was wanted, in plain words, with a way to go on. */
import { Links, Page, type Place, SignInButton } from "./layout.tsx";
import type { ServiceProvider } from "./service-provider.ts";

export interface Trouble {
  readonly title: string;
  readonly text: string;
  /** for whoever looks into it */
  readonly detail?: string;
  /** where to go on; without it to a new sign-in */
  readonly to?: readonly Place[];
}

export const TroublePage = ({ sp, trouble }: { sp: ServiceProvider; trouble: Trouble }) => (
  <Page sp={sp} title={trouble.title}>
    <h1>{trouble.title}</h1>
    <p class="lead">{trouble.text}</p>
    {trouble.detail !== undefined && <p>In the words of the protocol: {trouble.detail}</p>}
    {trouble.to === undefined ? <SignInButton /> : <Links to={trouble.to} />}
  </Page>
);

export const NO_TRUST: Trouble = {
  title: "The registry does not answer",
  text: "Without the Participant Registry this service can't tell whether the Identity Provider's tokens are genuine.",
};

/** Errors that the Identity Provider sends back (RFC 6749 §4.1.2.1, OIDC Core §3.1.2.6). */
const ERRORS = new Map([
  [
    "access_denied",
    "The Identity Provider did not let the sign-in through, most likely because you chose not to share your details.",
  ],
  ["login_required", "The Identity Provider would have had to ask you to sign in, and was told not to."],
  ["consent_required", "The Identity Provider would have had to ask for your consent, and was told not to."],
  ["interaction_required", "The Identity Provider would have had to ask you something, and was told not to."],
  ["unmet_authentication_requirements", "You could not prove who you are as strongly as this service asks."],
  ["temporarily_unavailable", "The Identity Provider can't do this right now. Try again in a moment."],
  ["server_error", "Something went wrong at the Identity Provider. Try again in a moment."],
]);

export const describeError = (error: string): Trouble => ({
  title: error === "access_denied" ? "You are not signed in" : "The sign-in did not succeed",
  text: ERRORS.get(error) ?? "The Identity Provider refused the request of this service.",
  // A stranger can send anything to this address: only words that look like error codes are repeated.
  ...(/^[a-z_]{1,60}$/.test(error) && { detail: error }),
});
