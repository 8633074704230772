/** The frame of every page of the demo, and what several pages have. */
import { raw } from "hono/html";
import type { PropsWithChildren } from "hono/jsx";
import { LEVELS } from "../../src/protocol/assurance.ts";
import type { EpochSeconds } from "../../src/protocol/time.ts";
import { LEVEL_WORDS } from "./assurance.ts";
import type { ServiceProvider } from "./service-provider.ts";
import type { Session } from "./session.ts";

export function Page({ sp, title, children }: PropsWithChildren<{ sp: ServiceProvider; title: string }>) {
  return (
    <>
      {raw("<!DOCTYPE html>")}
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <title>{`${title} · ${sp.name}`}</title>
          <link rel="icon" href="/icon.svg" />
          <link rel="stylesheet" href="/style.css" />
        </head>
        <body>
          <header>{sp.name}</header>
          <main>{children}</main>
          <footer>A demo Service Provider. Neither it nor its name belongs to a real organisation.</footer>
        </body>
      </html>
    </>
  );
}

export interface Place {
  readonly href: string;
  readonly label: string;
}

/** Pages for who is signed in. */
export const PLACES = {
  home: { href: "/", label: "Start page" },
  release: { href: "/release", label: "May I release this container?" },
  authorisations: { href: "/authorisations", label: "What may I do here?" },
} as const satisfies Readonly<Record<string, Place>>;

export const Links = ({ to }: { to: readonly Place[] }) => (
  <ul>
    {to.map(({ href, label }) => (
      <li>
        <a href={href}>{label}</a>
      </li>
    ))}
  </ul>
);

/** Who is signed in, and where to go on. */
export const SignedInAs = ({ session, to }: { session: Session; to: readonly Place[] }) => (
  <>
    <h2>Go on</h2>
    <Links to={to} />
    <p>
      You are signed in as {session.name}, acting for {session.organisationName}, until{" "}
      {describeTime(session.expiresAt)} at the latest. <a href="/signed-out">Sign out of this service</a>
    </p>
  </>
);

export const describeTime = (time: EpochSeconds): string =>
  new Date(time * 1000).toUTCString().replace("GMT", "UTC");

/** A form and not a link: to begin a sign-in changes something, so nothing but a press begins one. */
export const SignInButton = () => (
  <form method="post" action="/start" class="sign-in">
    <label for="level">Level of assurance that this service asks for</label>
    <select id="level" name="level">
      {LEVELS.map((level) => (
        <option value={level}>
          {level}: {LEVEL_WORDS[level]}
        </option>
      ))}
    </select>
    <button type="submit" class="ishare">
      Sign in with iSHARE
    </button>
  </form>
);
