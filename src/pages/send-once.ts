/**
 * A small script on every page: a second click on a button sends nothing. The browser would drop the answer to the first
 * one, and where a sign-in ends with it, its human would be told that it is over instead of going on to the service.
 * Pages work without it. After a while, and when the human comes back by the history, a button works again.
 */
export const SEND_ONCE = `(() => {
  let sentAt = 0;
  addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    if (Date.now() - sentAt < 3000) event.preventDefault();
    else sentAt = Date.now();
  });
  addEventListener("pageshow", () => (sentAt = 0));
})()`;
