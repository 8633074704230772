/**
 * Calls to another participant's API as a participant (wire document §4). Owns the bearer token, and that one time-out
 * holds for it and the answer together. What comes back is judged by the callers.
 */
import * as v from "valibot";
import { SignerUnavailable } from "../jwt/private-key.ts";
import type { Signer } from "../jwt/sign.ts";
import { parseJson } from "../protocol/json.ts";
import { ok, type Result, refuse } from "../protocol/result.ts";
import type { EpochSeconds } from "../protocol/time.ts";
import { call, TIMEOUT_MS } from "./outbound.ts";

/** The bearer token, in isolate memory only. */
export interface Bearer {
  current?: { readonly token: string; readonly expiresAt: EpochSeconds };
}

export interface PeerOptions {
  /** origin and path without trailing slash */
  readonly url: string;
  /** the party that answers there */
  readonly peerId: string;
  readonly partyId: string;
  readonly signer: Signer;
  readonly bearer: Bearer;
  readonly now: () => EpochSeconds;
}

export interface PeerAnswer {
  readonly status: number;
  readonly body: string;
}

export interface Peer {
  /** With our access token; a new one after a 401, once. */
  request(path: string, init?: PeerRequest): Promise<Result<PeerAnswer>>;
}

interface PeerRequest {
  readonly method?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const TokenAnswer = v.object({
  access_token: v.pipe(v.string(), v.minLength(1)),
  expires_in: v.optional(v.unknown()),
});

export function createPeer(options: PeerOptions): Peer {
  return { request };

  async function request(path: string, init: PeerRequest = {}): Promise<Result<PeerAnswer>> {
    const signal = AbortSignal.timeout(TIMEOUT_MS); // for token and answer together
    for (const attempt of ["first", "with a new token"]) {
      const bearer = await accessToken(signal);
      if (!bearer.ok) return bearer;
      const headers = { ...init.headers, authorization: `Bearer ${bearer.value}` };
      const answer = await send(path, { ...init, headers }, signal);
      if (!answer.ok) return answer;
      if (answer.value.status === 401) {
        delete options.bearer.current; // it is no good, whatever its life was said to be
        if (attempt === "first") continue;
      }
      return answer;
    }
    return refuse("registry_status", { status: 401 });
  }

  async function accessToken(signal: AbortSignal): Promise<Result<string>> {
    const now = options.now();
    const { current } = options.bearer;
    if (current !== undefined && now < current.expiresAt) return ok(current.token);
    const { partyId, peerId } = options;
    const assertion = await sign({ sub: partyId, aud: peerId }, now);
    if (!assertion.ok) return assertion;
    const form = new URLSearchParams({
      grant_type: "client_credentials",
      scope: "iSHARE",
      client_id: partyId,
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      client_assertion: assertion.value,
    });
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const answer = await send("/connect/token", { method: "POST", body: form.toString(), headers }, signal);
    if (!answer.ok) return answer;
    const { status, body } = answer.value;
    if (status !== 200) return refuse("registry_status", { status, at: "/connect/token" });
    const parsed = v.safeParse(TokenAnswer, parseJson(body));
    if (!parsed.success) return refuse("registry_answer_malformed", { member: "access_token" });
    const seconds = Number(parsed.output.expires_in);
    const life = Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, 3600) : 3600;
    options.bearer.current = { token: parsed.output.access_token, expiresAt: now + life * 0.9 }; // before its end
    return ok(parsed.output.access_token);
  }

  /** Without our key there is no look-up: what is held serves, as when the registry is out. */
  async function sign(claims: { sub: string; aud: string }, now: EpochSeconds): Promise<Result<string>> {
    try {
      return ok(await options.signer.sign(claims, now));
    } catch (error) {
      if (!(error instanceof SignerUnavailable)) throw error;
      return refuse("signer_unavailable", { cause: error.reason });
    }
  }

  async function send(path: string, init: RequestInit, signal: AbortSignal): Promise<Result<PeerAnswer>> {
    const outcome = await call(options.url + path, init, signal);
    if (outcome.kind === "unreachable") return refuse("registry_unreachable", { cause: outcome.cause });
    if (outcome.kind === "too_large") return refuse("registry_answer_too_large");
    return ok({ status: outcome.status, body: new TextDecoder().decode(outcome.body) });
  }
}
