/**
 * Calls to the Participant Registry (wire document §4, dialect 2.1): the only outbound requests. Owns URLs, bearer
 * token, time-out and size cap. What comes back is a token, not yet verified: `answer` and `cache` judge it.
 */
import * as v from "valibot";
import type { Signer } from "../jwt/sign.ts";
import { parseJson } from "../protocol/json.ts";
import { ok, type Result, refuse } from "../protocol/result.ts";
import type { EpochSeconds } from "../protocol/time.ts";

const TIMEOUT_MS = 2000;
const MAX_ANSWER_BYTES = 1024 * 1024;

/** `unknown`: the registry says there is no such party. `soft`: it said so in words we can't tell from an error. */
export type Fetched =
  | { readonly kind: "token"; readonly token: string }
  | { readonly kind: "unknown"; readonly soft: boolean };

export interface RegistryClient {
  trustedList(): Promise<Result<Fetched>>;
  party(id: string): Promise<Result<Fetched>>;
}

/** The bearer token, in isolate memory only. */
export interface Bearer {
  current?: { readonly token: string; readonly expiresAt: EpochSeconds };
}

export interface ClientOptions {
  /** origin and path without trailing slash */
  readonly url: string;
  readonly registryId: string;
  readonly partyId: string;
  readonly signer: Signer;
  readonly bearer: Bearer;
  readonly now: () => EpochSeconds;
}

const TokenAnswer = v.object({
  access_token: v.pipe(v.string(), v.minLength(1)),
  expires_in: v.optional(v.unknown()),
});

export function createRegistryClient(options: ClientOptions): RegistryClient {
  return {
    trustedList: () => lookUp("/trusted_list", ["trusted_list_token", "trustedListToken"]),
    party: (id) => lookUp(`/parties/${encodePath(id)}`, ["party_token", "partyToken", "parties_token"]),
  };

  async function lookUp(path: string, members: readonly string[]): Promise<Result<Fetched>> {
    const signal = AbortSignal.timeout(TIMEOUT_MS); // for token and answer together
    for (const attempt of ["first", "with a new token"]) {
      const bearer = await accessToken(signal);
      if (!bearer.ok) return bearer;
      const answer = await call(path, { headers: { authorization: `Bearer ${bearer.value}` } }, signal);
      if (!answer.ok) return answer;
      const { status, body } = answer.value;
      if (status === 401) {
        delete options.bearer.current; // it is no good, whatever its life was said to be
        if (attempt === "first") continue;
      }
      return readAnswer(status, body, members);
    }
    return refuse("registry_status", { status: 401 });
  }

  async function accessToken(signal: AbortSignal): Promise<Result<string>> {
    const now = options.now();
    const { current } = options.bearer;
    if (current !== undefined && now < current.expiresAt) return ok(current.token);
    const { partyId, registryId } = options;
    const form = new URLSearchParams({
      grant_type: "client_credentials",
      scope: "iSHARE",
      client_id: partyId,
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      client_assertion: await options.signer.sign({ sub: partyId, aud: registryId }, now),
    });
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const answer = await call("/connect/token", { method: "POST", body: form.toString(), headers }, signal);
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

  async function call(path: string, init: RequestInit, signal: AbortSignal) {
    try {
      // No redirects: the registry is where the operator said, nowhere else.
      const response = await fetch(options.url + path, { ...init, redirect: "manual", signal });
      const body = await readCapped(response);
      return body === undefined ? refuse("registry_answer_too_large") : ok({ status: response.status, body });
    } catch (error) {
      return refuse("registry_unreachable", { cause: error instanceof Error ? error.name : "unknown" });
    }
  }
}

function readAnswer(status: number, body: string, members: readonly string[]): Result<Fetched> {
  if (status === 404 || status === 410) return ok({ kind: "unknown", soft: false });
  if (status === 400 || status === 422) return ok({ kind: "unknown", soft: true });
  if (status !== 200) return refuse("registry_status", { status });
  const answer = v.safeParse(v.record(v.string(), v.unknown()), parseJson(body));
  if (!answer.success) return refuse("registry_answer_malformed");
  for (const member of members) {
    const token = answer.output[member];
    if (typeof token === "string") return ok({ kind: "token", token });
  }
  // HTTP 200 with {"status": false, "message": …} is how some registries say "no".
  return answer.output.status === false
    ? ok({ kind: "unknown", soft: true })
    : refuse("registry_answer_malformed", { member: members[0] ?? "" });
}

async function readCapped(response: Response): Promise<string | undefined> {
  const reader = response.body?.getReader();
  if (reader === undefined) return "";
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    bytes += value.byteLength;
    if (bytes > MAX_ANSWER_BYTES) {
      await reader.cancel();
      return undefined;
    }
    text += decoder.decode(value, { stream: true });
  }
}

/** `:` is legal in a path and common in ids; some registries do not decode it. */
const encodePath = (id: string): string => encodeURIComponent(id).replaceAll("%3A", ":");
