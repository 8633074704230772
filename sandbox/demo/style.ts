/** How the demo looks: light, one column, fit for a phone. Nothing is loaded from elsewhere. */

export const STYLE = `
:root { color-scheme: light; --ink: #24202a; --soft: #5c5663; --line: #d9d4de; --accent: #61385f; --good: #17663a; --bad: #a8201a; }
* { box-sizing: border-box; }
html { font: 1.0625rem/1.55 Lato, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; color: var(--ink); background: #f6f4f7; }
body { margin: 0; }
header, main, footer { max-width: 46rem; margin: 0 auto; padding: 1rem 1.25rem; }
header { font-weight: 700; color: var(--soft); }
main { background: #fff; border: 1px solid var(--line); border-radius: 0.5rem; padding: 1.5rem 1.25rem; }
@media (max-width: 48rem) { main { border-radius: 0; border-inline: 0; } }
footer { font-size: 0.875rem; color: var(--soft); }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 0.75rem; }
h2 { font-size: 1.15rem; line-height: 1.3; margin: 2rem 0 0.5rem; }
h3 { font-size: 1rem; margin: 1.25rem 0 0.25rem; }
p, ol, ul { margin: 0.5rem 0; }
ol { padding-left: 1.4rem; }
li { margin: 0.35rem 0; }
a { color: var(--accent); }
form { margin: 1.25rem 0; }
.ishare { font: 700 1.0625rem/1.2 Lato, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; color: #61385F; background: #fff;
  border: 2px solid #61385F; border-radius: 0.4rem; padding: 0.85rem 1.5rem; cursor: pointer; }
.ishare:hover { background: #f7f2f7; }
:focus-visible { outline: 3px solid #b98fb7; outline-offset: 2px; }
.plain { font: inherit; color: var(--ink); background: #fff; border: 1px solid #8a8391; border-radius: 0.4rem; padding: 0.6rem 1.1rem; cursor: pointer; }
.plain:hover { background: #f6f4f7; }
label { display: block; margin: 0 0 0.25rem; }
select, input { display: block; max-width: 100%; font: inherit; color: var(--ink); background: #fff; border: 1px solid #8a8391; border-radius: 0.4rem;
  padding: 0.5rem 0.6rem; margin: 0 0 1rem; }
.lead { font-size: 1.15rem; }
dl { display: grid; grid-template-columns: minmax(9rem, auto) 1fr; gap: 0.35rem 1rem; margin: 1rem 0; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
@media (max-width: 30rem) { dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: 0.5rem; } }
.checks { list-style: none; padding: 0; }
.checks li { padding-left: 1.9rem; text-indent: -1.9rem; }
.mark { display: inline-block; width: 1.9rem; text-indent: 0; font-weight: 700; }
.held .mark { color: var(--good); }
.failed, .failed .mark { color: var(--bad); }
.not-reached { color: var(--soft); }
.banner { border-left: 0.3rem solid var(--bad); background: #fcf1f0; padding: 0.75rem 1rem; margin: 0 0 1rem; }
.banner h1 { overflow-wrap: anywhere; }
.good { border-color: var(--good); background: #eff7f2; }
.hint { color: var(--soft); margin: 0 0 1rem; }
.fault { color: var(--bad); margin: 0 0 0.25rem; }
input { width: 20rem; margin: 0 0 0.25rem; }
[aria-invalid] { border-color: var(--bad); }
.cards { list-style: none; padding: 0; }
.cards li { border: 1px solid var(--line); border-radius: 0.4rem; padding: 0.75rem 1rem; margin: 0.75rem 0; }
.cards h3 { margin: 0; overflow-wrap: anywhere; }
.cards dl { margin: 0.5rem 0 0; }
pre { font: 0.8125rem/1.45 ui-monospace, "SF Mono", Menlo, Consolas, monospace; background: #f6f4f7; border: 1px solid var(--line);
  border-radius: 0.3rem; padding: 0.75rem; margin: 0.25rem 0; white-space: pre-wrap; overflow-wrap: anywhere; }
summary { cursor: pointer; color: var(--accent); }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
`;

export const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="3" fill="#61385F"/><path d="M3 11h10l-1.5 2.5h-7zM7.5 3v7h-4zM8.5 4.5l3.5 5.5H8.5z" fill="#fff"/></svg>`;
