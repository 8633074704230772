/**
 * What the API of every registry in the sandbox begins with: an access token for a client assertion, and the bearer token
 * in front of all else (RFC 6749 §4.4, RFC 6750 §2.1). Unlike a real one it says why it refuses.
 */
import { type Context, Hono } from "hono";
import { type Failure, wireOf } from "../src/protocol/failure.ts";
import { parseParameters } from "../src/protocol/form.ts";
import { type Result, refuse } from "../src/protocol/result.ts";
import type { EpochSeconds } from "../src/protocol/time.ts";
import { type ClientCredentials, parseTokenRequest } from "../src/protocol/token-request.ts";
import { ACCESS_TOKEN_SECONDS, issueAccessToken, readAccessToken } from "./access-token.ts";

/** What is signed, and under which name the JWT travels. */
export interface Answer {
  readonly member: string;
  readonly claims: Readonly<Record<string, unknown>>;
}

export interface Participant {
  readonly tokenKey: CryptoKey;
  /** Whose assertion is this? Each counts once. @returns the client id */
  authenticate(client: ClientCredentials, now: EpochSeconds): Promise<Result<string>>;
  /** @returns a JWT for the participant that asked */
  sign(answer: Answer, audience: string, now: EpochSeconds): Promise<string>;
}

export type Api<E extends object, P> = { Bindings: E; Variables: { own: P; caller: string } };

export const now = (): EpochSeconds => Math.floor(Date.now() / 1000);

/** Routes added to what this returns are for participants. @param create once per isolate */
export function createParticipantApi<E extends object, P extends Participant>(
  greeting: string,
  create: (env: E) => Promise<P>,
): Hono<Api<E, P>> {
  /** Kept when made, not while being made: one request can't wait for another's work. */
  let shared: P | undefined;
  const app = new Hono<Api<E, P>>();

  app.use(async (c, next) => {
    const made = shared ?? (await create(c.env));
    shared ??= made;
    c.set("own", shared);
    await next();
    c.header("cache-control", "no-store");
    c.header("pragma", "no-cache");
  });

  app.get("/", (c) => c.text(`${greeting}\n`));

  app.post("/connect/token", async (c) => {
    const own = c.get("own");
    const clientId = await authenticate(await c.req.text(), own);
    if (!clientId.ok) return refuseAloud(c, clientId.failure);
    return c.json({
      access_token: await issueAccessToken(clientId.value, own.tokenKey, now()),
      token_type: "Bearer",
      expires_in: ACCESS_TOKEN_SECONDS,
    });
  });

  app.use(async (c, next) => {
    const token = /^Bearer ([A-Za-z0-9._~+/-]+=*)$/i.exec(c.req.header("authorization") ?? "")?.[1];
    const caller = token && (await readAccessToken(token, c.get("own").tokenKey, now()));
    if (!caller) {
      return c.json({ status: false, message: "Unauthorized" }, 401, {
        "www-authenticate": token ? 'Bearer error="invalid_token"' : "Bearer",
      });
    }
    c.set("caller", caller);
    return next();
  });
  return app;
}

/** A developer whose first assertion is refused reads the exact reason here. */
export const refuseAloud = (c: Context, failure: Failure): Response =>
  c.json({ error: wireOf(failure).oauth, error_description: failure.reason }, 400);

async function authenticate(body: string, own: Participant): Promise<Result<string>> {
  const parameters = parseParameters(body);
  if (!parameters.ok) return parameters;
  const request = parseTokenRequest(parameters.value, { lowercaseIshare: false });
  if (!request.ok) return request;
  if (request.value.grantType !== "client_credentials") return refuse("grant_type_unsupported");
  return own.authenticate(request.value.client, now());
}

export async function respond<E extends object, P extends Participant>(
  c: Context<Api<E, P>>,
  answer: Answer,
): Promise<Response> {
  return c.json({ [answer.member]: await c.get("own").sign(answer, c.get("caller"), now()) });
}
