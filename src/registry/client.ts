/**
 * The Participant Registry's API (wire document §4): what is asked where, and which answer means what. What comes back is
 * a token, not yet verified: `answer` and `cache` judge it, and `dialect` says how it reads.
 */
import type { FrameworkVersion } from "../protocol/framework.ts";
import { isJsonObject, parseJson } from "../protocol/json.ts";
import { ok, type Result, refuse } from "../protocol/result.ts";
import { dialectOf } from "./dialect.ts";
import { createPeer, type PeerOptions } from "./peer.ts";

/** `unknown`: the registry says there is no such party. `soft`: it said so in words we can't tell from an error. */
export type Fetched =
  | { readonly kind: "token"; readonly token: string }
  | { readonly kind: "unknown"; readonly soft: boolean };

export interface RegistryClient {
  trustedList(): Promise<Result<Fetched>>;
  party(id: string): Promise<Result<Fetched>>;
}

export interface RegistryClientOptions extends PeerOptions {
  readonly frameworkVersion: FrameworkVersion;
  /** notes how long a call took, under a constant name */
  readonly time?: <T>(name: string, call: () => Promise<T>) => Promise<T>;
}

/** The envelope is not signed and says nothing but where the token is, so any dialect's will do. */
const LIST_MEMBERS = ["trusted_list_token", "trustedListToken"];
const PARTY_MEMBERS = ["party_token", "partyToken", "parties_token", "partiesToken"];

export function createRegistryClient(options: RegistryClientOptions): RegistryClient {
  const registry = createPeer(options);
  const { time = (_, call) => call() } = options;
  const { trustedListPath, partyPath } = dialectOf(options.frameworkVersion);
  return {
    trustedList: () => time("registry trusted_list", () => lookUp(trustedListPath, LIST_MEMBERS)),
    party: (id) => time("registry party", () => lookUp(partyPath(id), PARTY_MEMBERS)),
  };

  async function lookUp(path: string, members: readonly string[]): Promise<Result<Fetched>> {
    const answer = await registry.request(path);
    return answer.ok ? readAnswer(answer.value.status, answer.value.body, members) : answer;
  }
}

function readAnswer(status: number, body: string, members: readonly string[]): Result<Fetched> {
  if (status === 404 || status === 410) return ok({ kind: "unknown", soft: false });
  if (status === 400 || status === 422) return ok({ kind: "unknown", soft: true });
  if (status !== 200) return refuse("registry_status", { status });
  const answer = parseJson(body);
  if (!isJsonObject(answer)) return refuse("registry_answer_malformed");
  for (const member of members) {
    const token = answer[member];
    if (typeof token === "string") return ok({ kind: "token", token });
  }
  // HTTP 200 with {"status": false, "message": …} is how some registries say "no".
  return answer.status === false
    ? ok({ kind: "unknown", soft: true })
    : refuse("registry_answer_malformed", { member: members[0] ?? "" });
}
