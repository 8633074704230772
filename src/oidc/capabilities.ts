/** `GET /capabilities` (wire document §9): for anybody, and with more for a party that shows its token. */
import type { Deps } from "../deps.ts";
import { readBearer } from "../http/request.ts";
import { respondBearerError, respondJson, respondOAuthError } from "../http/respond.tsx";
import { signingSet } from "../jwt/key-sets.ts";
import { buildCapabilities } from "../protocol/capabilities.ts";
import { memberName } from "../protocol/framework.ts";
import { openPartyToken } from "./grant-client.ts";

const ENDPOINT = "capabilities";
/** A copy is handed out for so long, and has as long to live at least when it arrives: they live for thirty seconds. */
const REUSED_SECONDS = 15;
const RETRY_SECONDS = 3;

type CapabilitiesDeps = Pick<Deps, "config" | "signer" | "handles" | "now" | "log" | "signedCopies">;

export async function capabilities(request: Request, deps: CapabilitiesDeps): Promise<Response> {
  const { config, signer, now } = deps;
  let caller: string | undefined;
  const bearer = readBearer(request);
  if (bearer.ok) {
    const party = await openPartyToken(bearer.value, deps, now());
    if (!party.ok) return respondBearerError(party.failure, deps, ENDPOINT);
    caller = party.value;
    deps.log.info("capabilities_asked", { party: caller });
  } else if (bearer.failure.reason !== "bearer_missing") {
    return respondOAuthError(bearer.failure, deps, ENDPOINT); // not a Bearer header: 400 (RFC 6750 §3.1)
  }
  const jwt =
    caller === undefined
      ? await forAnybody(deps)
      : await signer.sign(buildCapabilities(config, caller), now());
  return respondJson({ [memberName(config.frameworkVersion, "capabilities_token")]: jwt });
}

/** Names no caller and says the same to all, so one signature serves many; an isolate keeps its own copy. */
async function forAnybody({ config, signer, now, signedCopies }: CapabilitiesDeps): Promise<string> {
  const { capabilities: copy } = signedCopies;
  const at = now();
  const by = signingSet(config.keySets, at);
  const isFresh = copy !== undefined && at >= copy.signedAt && at < copy.signedAt + REUSED_SECONDS;
  if (isFresh && copy.by === by) return copy.jwt; // a key that took over signs for itself
  // Anybody may ask, and the key may be elsewhere: while that is out, it is asked again every few seconds only.
  const { failed } = signedCopies;
  if (failed !== undefined && at >= failed.at && at < failed.at + RETRY_SECONDS) throw failed.error;
  try {
    const jwt = await signer.sign(buildCapabilities(config, undefined), at);
    signedCopies.capabilities = { jwt, signedAt: at, by };
    return jwt;
  } catch (error) {
    signedCopies.failed = { error, at };
    throw error;
  }
}
