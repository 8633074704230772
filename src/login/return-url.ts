/**
 * `returnUrl`: where the login page goes on to. Only our own callback with an authzId of ours; anything else would be
 * an open redirect.
 */
import { ok, type Result, refuse } from "../protocol/result.ts";
import { type Handles, openGrantHandle } from "../store/handle.ts";
import type { GrantId } from "../store/ports.ts";

const CALLBACK = "/connect/authorize/callback?authzId=";

export const callbackUrl = (authzId: string): string => CALLBACK + authzId;

export interface PendingSignIn {
  readonly id: GrantId;
  readonly authzId: string;
}

export async function openReturnUrl(
  returnUrl: string | undefined,
  handles: Handles,
): Promise<Result<PendingSignIn>> {
  if (!returnUrl?.startsWith(CALLBACK)) return refuse("return_url");
  const opened = await openAuthzId(returnUrl.slice(CALLBACK.length), handles);
  return opened.ok ? opened : refuse("return_url");
}

export async function openAuthzId(
  authzId: string | undefined,
  handles: Handles,
): Promise<Result<PendingSignIn>> {
  const handle = authzId === undefined ? undefined : await openGrantHandle(handles, "authzId", authzId);
  return handle === undefined || authzId === undefined
    ? refuse("grant_unknown")
    : ok({ id: handle.id, authzId });
}
