/**
 * The scripts that pages load, by path: files of our own, so that no script stands in a page. All but passkeys works
 * without them.
 */
import { PASSKEY_SCRIPT } from "./passkey-script.ts";
import { PATHS } from "./paths.ts";

/**
 * A second click on a button sends nothing. The browser would drop the answer to the first one, and where a sign-in ends
 * with it, its human would be told that it is over instead of going on to the service. After a while, and when the human
 * comes back by the history, a button works again.
 */
const SEND_ONCE = `"use strict";
(() => {
  let sentAt = 0;
  addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    if (Date.now() - sentAt < 3000) event.preventDefault();
    else sentAt = Date.now();
  });
  addEventListener("pageshow", () => (sentAt = 0));
})();
`;

/** The page that carries an answer posts itself. Its button is for who has no script: pressed as well it would do so twice. */
const POST_ITSELF = `"use strict";
{
  const form = document.getElementById("answer");
  form.submit();
  form.querySelector("button").disabled = true;
}
`;

export const SCRIPTS: Readonly<Record<string, string>> = {
  [PATHS.passkeyScript]: PASSKEY_SCRIPT,
  [PATHS.sendOnceScript]: SEND_ONCE,
  [PATHS.postItselfScript]: POST_ITSELF,
};
