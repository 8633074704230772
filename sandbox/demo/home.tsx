/** The page before a sign-in: what will happen, and the button. Who is signed in finds the way on. */
import { Page, PLACES, SignedInAs, SignInButton } from "./layout.tsx";
import type { ServiceProvider } from "./service-provider.ts";
import type { Session } from "./session.ts";

export const Home = ({ sp, session }: { sp: ServiceProvider; session: Session | undefined }) => (
  <Page sp={sp} title="Sign in">
    <h1>Welcome to {sp.name}</h1>
    <p class="lead">
      This service keeps no passwords. You sign in at an iSHARE Identity Provider, which tells it who you are
      and for which organisation you act.
    </p>
    <SignInButton />
    {session && <SignedInAs session={session} to={[PLACES.release, PLACES.authorisations]} />}
    <h2>What happens when you press the button</h2>
    <ol>
      <li>
        This Service Provider looks up the Identity Provider in the Participant Registry, writes a request,
        signs it with its own certificate and encrypts it for the Identity Provider. Your browser takes it
        there.
      </li>
      <li>
        At the Identity Provider ({sp.idp.url}) you sign in, choose the organisation you act for if there are
        several, and agree to what is shared. The two have never dealt with each other before: they trust the
        registry.
      </li>
      <li>
        Your browser brings back a code. This Service Provider exchanges it, from server to server, for a
        signed id_token, and fetches your details as a signed userinfo.
      </li>
      <li>It checks all of it and shows you what it found.</li>
      <li>If you like it asks what you may do for your organisation, and checks that answer too.</li>
    </ol>
    <h2>Who can sign in</h2>
    <p>
      The sample users, their passwords and how to reach each level are in the terminal where the sandbox was
      started.
    </p>
    {sp.others.length > 0 && (
      <>
        <h2>See the same person from another side</h2>
        <p>
          Each Service Provider knows you by a pseudonym of its own. Sign in here, then at{" "}
          {sp.others.map(({ name, origin }) => (
            <a href={origin}>{name}</a>
          ))}
          , and compare.
        </p>
      </>
    )}
  </Page>
);
