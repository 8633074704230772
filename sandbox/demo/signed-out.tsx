/**
 * Where the Identity Provider sends the human after signing out there; the demo's own session ends here. Anybody can open
 * it, so it claims nothing about the Identity Provider's.
 */
import type { Context } from "hono";
import { Page, SignInButton } from "./layout.tsx";
import type { Demo, ServiceProvider } from "./service-provider.ts";
import { forgetSession } from "./session.ts";

export function signOut(c: Context<Demo>) {
  forgetSession(c);
  return c.html(<SignedOutPage sp={c.get("sp")} />);
}

const SignedOutPage = ({ sp }: { sp: ServiceProvider }) => (
  <Page sp={sp} title="Signed out">
    <h1>You are signed out</h1>
    <p class="lead">Your session at this service has ended.</p>
    <p>
      If the Identity Provider sent you here, it has ended its own session too, and signing in asks you to
      prove who you are, here and at every other service. If not, it may still know you.
    </p>
    <SignInButton />
  </Page>
);
