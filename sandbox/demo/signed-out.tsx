/** Where the Identity Provider sends the human after signing out there. Anybody can open it: it claims no more than that. */
import { Page, SignInButton } from "./layout.tsx";
import type { ServiceProvider } from "./service-provider.ts";

export const SignedOutPage = ({ sp }: { sp: ServiceProvider }) => (
  <Page sp={sp} title="Signed out">
    <h1>You are signed out</h1>
    <p class="lead">The Identity Provider ended your session and sent you back here.</p>
    <p>Signing in again asks you to prove who you are, here and at every other service.</p>
    <SignInButton />
  </Page>
);
