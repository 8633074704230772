/**
 * Worker entry of the demo: one Worker that answers for two Service Providers, chosen by Host. Owns routes and headers;
 * each step of the sign-in, and each question, has its file.
 */
import { type Context, Hono, type MiddlewareHandler } from "hono";
import { setCookie } from "hono/cookie";
import { isLevel } from "../../src/protocol/assurance.ts";
import { encodeBase64 } from "../../src/protocol/encoding.ts";
import { checkAdherence } from "../../src/registry/party.ts";
import { ATTEMPT_SECONDS, cookieName, createAttempt, sealAttempt } from "./attempt.ts";
import { askAuthorisations } from "./authorisations.tsx";
import { callback } from "./callback.tsx";
import { HandoverPage } from "./handover.tsx";
import { Home } from "./home.tsx";
import { policy } from "./policy.ts";
import { askRelease, showReleaseForm } from "./release.tsx";
import { buildRequestForm } from "./request.ts";
import { createServiceProviders, type Demo, now, type ServiceProvider } from "./service-provider.ts";
import { forgetSession, readSession } from "./session.ts";
import { signOut } from "./signed-out.tsx";
import { ICON, STYLE } from "./style.ts";
import { type Trouble, TroublePage } from "./trouble.tsx";
import { currentCertificate, fetchTrust } from "./trust.ts";

/** Kept when made, not while being made: one request can't wait for another's work. */
let shared: ReadonlyMap<string, ServiceProvider> | undefined;

const app = new Hono<Demo>();

app.use(async (c, next) => {
  const made = shared ?? (await createServiceProviders(c.env));
  shared ??= made;
  const sp = shared.get(new URL(c.req.url).origin);
  if (sp === undefined)
    return c.text(`Service Providers answer at ${[...shared.keys()].join(" and ")}.\n`, 421);
  c.set("sp", sp);
  c.header("content-security-policy", policy());
  c.header("cache-control", "no-store");
  c.header("referrer-policy", "same-origin");
  c.header("x-content-type-options", "nosniff");
  c.header("x-frame-options", "DENY");
  return next();
});

app.get("/", async (c) => c.html(<Home sp={c.get("sp")} session={await readSession(c)} />));

/** Forms of other sites are nobody's wish here. */
const fromOwnPages: MiddlewareHandler<Demo> = async (c, next) => {
  const site = c.req.header("sec-fetch-site") ?? "none";
  if (site !== "same-origin" && site !== "none") return c.text("Start from our own page.\n", 403);
  return next();
};

app.post("/start", fromOwnPages, async (c) => {
  const sp = c.get("sp");
  const { level } = await c.req.parseBody();
  if (typeof level !== "string" || !isLevel(level)) return c.text("There is no such level.\n", 400);
  const trust = await fetchTrust(sp, c.env, now());
  if (!trust.ok) return trouble(c, { ...NO_REGISTRY, detail: trust.failure.reason });
  const { idp } = trust.value;
  const recipient = checkAdherence(idp, now()).ok ? await currentCertificate(idp, now()) : undefined;
  if (recipient === undefined) return trouble(c, NO_IDP);

  const attempt = createAttempt(level, now());
  setCookie(c, cookieName(attempt.state) ?? "", await sealAttempt(attempt, sp), {
    httpOnly: true,
    sameSite: "Lax", // the answer comes cross-site, but as a GET of the whole page
    path: "/callback",
    maxAge: ATTEMPT_SECONDS,
  });
  forgetSession(c); // however this sign-in ends, nobody else is signed in after it
  const nonce = encodeBase64(crypto.getRandomValues(new Uint8Array(16)));
  // The request goes to the Identity Provider, and what follows by redirect may be anywhere.
  c.header("content-security-policy", policy({ nonce, posts: ["http:", "https:"] }));
  const fields = await buildRequestForm(sp, attempt, recipient, now());
  return c.html(<HandoverPage sp={sp} fields={fields} nonce={nonce} />);
});

const NO_REGISTRY: Trouble = {
  title: "The registry does not answer",
  text: "This service asks the Participant Registry whom to trust, and got no answer that it can believe.",
};
const NO_IDP: Trouble = {
  title: "No Identity Provider",
  text: "The Participant Registry lists no active Identity Provider with a certificate that is valid today.",
};
const trouble = (c: Context<Demo>, what: Trouble) =>
  c.html(<TroublePage sp={c.get("sp")} trouble={what} />, 502);

app.get("/callback", callback);
app.get("/signed-out", signOut);
app.get("/release", showReleaseForm);
app.post("/release", fromOwnPages, askRelease);
app.get("/authorisations", askAuthorisations);
app.get("/style.css", (c) => c.body(STYLE, 200, { "content-type": "text/css; charset=utf-8" }));
app.get("/icon.svg", (c) => c.body(ICON, 200, { "content-type": "image/svg+xml" }));

export default app;
