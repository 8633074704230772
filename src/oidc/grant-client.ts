/**
 * Grant type `client_credentials` (M2M): a token that says which party calls. It needs no revoking and opens nothing
 * but the capabilities, so it carries its content under a MAC and no object is made for it.
 */
import type { Deps } from "../deps.ts";
import { ok, type Result, refuse } from "../protocol/result.ts";
import type { EpochSeconds } from "../protocol/time.ts";
import { ACCESS_TOKEN_SECONDS, type TokenAnswer } from "../protocol/token-request.ts";
import type { Party } from "../registry/party.ts";
import { openObject, sealObject } from "../store/handle.ts";

/** @param clientId as the client sent it: comes back in `aud` */
export async function grantByClientCredentials(
  clientId: string,
  party: Party,
  { handles, now, log }: Pick<Deps, "handles" | "now" | "log">,
): Promise<Result<TokenAnswer>> {
  const content = { clientId, expiresAt: now() + ACCESS_TOKEN_SECONDS };
  log.info("token_issued", { grant: "client_credentials", party: party.id });
  return ok({ access_token: await sealObject(handles, "party_token", content) });
}

/** @returns the identifier of the party that the token was given to */
export async function openPartyToken(
  token: string,
  { handles }: Pick<Deps, "handles">,
  now: EpochSeconds,
): Promise<Result<string>> {
  const content = await openObject(handles, "party_token", token);
  if (content === undefined) return refuse("bearer_unknown"); // a human's token is of another kind, and fails here
  const { clientId, expiresAt } = content;
  if (typeof clientId !== "string" || typeof expiresAt !== "number") return refuse("bearer_unknown");
  return now < expiresAt ? ok(clientId) : refuse("bearer_expired");
}
