/**
 * Calls from the Service Provider's server to the Identity Provider: code for tokens (RFC 6749 §4.1.3, RFC 7523 §2.2,
 * RFC 7636 §4.5), userinfo, and what the human may do. Owns transport and shape of the answers; whether the tokens are
 * genuine is for `examination`.
 */
import { parseJsonObject } from "../../src/protocol/json.ts";
import type { EpochSeconds } from "../../src/protocol/time.ts";
import type { Question } from "./question.ts";
import type { ServiceProvider } from "./service-provider.ts";

const TIMEOUT_MS = 10_000;

export interface Tokens {
  readonly idToken: string;
  readonly accessToken: string;
  /** seconds; undefined: not told */
  readonly expiresIn?: number | undefined;
}

/** An answer that is no success: what the other side said, if anything. */
export class IdpRefusal extends Error {
  readonly endpoint: string;
  readonly status: number | undefined;
  readonly code: string | undefined;

  constructor(endpoint: string, status?: number, code?: string) {
    super(`${endpoint} answered ${status ?? "nothing"} ${code ?? ""}`.trim());
    this.endpoint = endpoint;
    this.status = status;
    this.code = code;
  }
}

/** @throws IdpRefusal */
export async function redeemCode(
  sp: ServiceProvider,
  code: string,
  codeVerifier: string,
  now: EpochSeconds,
): Promise<Tokens> {
  const form = new URLSearchParams({
    grant_type: "authorization_code",
    client_id: sp.partyId,
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    client_assertion: await sp.signer.sign({ sub: sp.partyId, aud: sp.idp.partyId }, now),
    redirect_uri: sp.redirectUri,
    code,
    code_verifier: codeVerifier,
  });
  const path = "/connect/token";
  const body = await call(sp, path, {
    method: "POST",
    body: form.toString(),
    headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/json" },
  });
  const { id_token: idToken, access_token: accessToken, expires_in } = parseJsonObject(body) ?? {};
  if (typeof idToken !== "string" || typeof accessToken !== "string") throw new IdpRefusal(path, 200);
  return { idToken, accessToken, expiresIn: typeof expires_in === "number" ? expires_in : undefined };
}

/** @returns a signed JWT, not yet verified @throws IdpRefusal */
export const fetchUserinfo = (sp: ServiceProvider, accessToken: string): Promise<string> =>
  call(sp, USERINFO, { headers: bearing(accessToken) });

/** Userinfo with delegation evidence. @returns a signed JWT, not yet verified @throws IdpRefusal */
export const fetchEvidence = (
  sp: ServiceProvider,
  accessToken: string,
  question: Question,
): Promise<string> =>
  call(sp, USERINFO, {
    method: "POST",
    body: JSON.stringify({ delegationRequest: question }),
    headers: { ...bearing(accessToken), "content-type": "application/json" },
  });

const USERINFO = "/connect/userinfo";
const bearing = (accessToken: string) => ({
  authorization: `Bearer ${accessToken}`,
  accept: "application/jwt",
});

async function call(sp: ServiceProvider, path: string, init: RequestInit): Promise<string> {
  let response: Response;
  let body: string;
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    response = await fetch(sp.idp.url + path, { ...init, redirect: "manual", signal });
    body = await response.text();
  } catch {
    throw new IdpRefusal(path);
  }
  if (response.status === 200) return body;
  const code = parseJsonObject(body)?.error;
  throw new IdpRefusal(path, response.status, typeof code === "string" ? code.slice(0, 60) : undefined);
}
