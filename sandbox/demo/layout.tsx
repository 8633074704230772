/** The frame of every page of the demo. */
import { raw } from "hono/html";
import type { PropsWithChildren } from "hono/jsx";
import { LEVELS } from "../../src/protocol/assurance.ts";
import { LEVEL_WORDS } from "./assurance.ts";
import type { ServiceProvider } from "./service-provider.ts";

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
