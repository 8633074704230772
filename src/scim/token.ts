/**
 * The bearer token of an organisation's directory: `scim_ID_SECRET`. Owns its form, its making and its check (strict
 * grammar, hashed at rest, compared in constant time). A token that is no token reaches no database.
 */

import type { Deps } from "../deps.ts";
import { findScimToken, noteScimTokenUse, type ScimToken } from "../directory/scim-token.ts";
import { readBearer } from "../http/request.ts";
import { addressPrefix } from "../protocol/address-prefix.ts";
import { sha256Hex } from "../protocol/digest.ts";
import { encodeBase64url, encodeHex } from "../protocol/encoding.ts";
import { ok, type Result, refuse } from "../protocol/result.ts";

const PATTERN = /^scim_([0-9a-f]{32})_([A-Za-z0-9_-]{43})$/;

export interface MadeToken {
  /** shown once */
  readonly token: string;
  readonly id: string;
  /** what is kept of its secret */
  readonly hash: string;
}

export async function makeToken(): Promise<MadeToken> {
  const id = encodeHex(crypto.getRandomValues(new Uint8Array(16)));
  const secret = encodeBase64url(crypto.getRandomValues(new Uint8Array(32)));
  return { token: `scim_${id}_${secret}`, id, hash: await sha256Hex(secret) };
}

export type TokenDeps = Pick<Deps, "directory" | "partyShield" | "handles" | "now">;

export async function authenticate(request: Request, deps: TokenDeps): Promise<Result<ScimToken>> {
  const { directory, partyShield, handles, now } = deps;
  const bearer = readBearer(request);
  if (!bearer.ok) return bearer;
  const [, id, secret] = PATTERN.exec(bearer.value) ?? [];
  if (id === undefined || secret === undefined) return refuse("scim_token_unknown");
  // Nobody guesses 32 bytes; the shield keeps those who try away from the database.
  const address = await handles.disguise(`address ${addressPrefix(request.headers.get("cf-connecting-ip"))}`);
  if (!(await partyShield(`scim address ${address}`))) return refuse("scim_throttled");
  const token = await findScimToken(directory, id);
  const isRight = sameInConstantTime(await sha256Hex(secret), token?.hash ?? "0".repeat(64));
  if (token === undefined || !isRight) return refuse("scim_token_unknown");
  if (token.revokedAt !== undefined) return refuse("scim_token_revoked", { token: token.id });
  if (!(await mayAsk(token, deps))) return refuse("scim_throttled", { token: token.id });
  await noteScimTokenUse(directory, token, now());
  return ok(token);
}

export const mayAsk = ({ id }: ScimToken, { partyShield }: Pick<Deps, "partyShield">): Promise<boolean> =>
  partyShield(`scim token ${id}`);

function sameInConstantTime(one: string, other: string): boolean {
  let difference = one.length ^ other.length;
  for (let at = 0; at < one.length; at++) difference |= one.charCodeAt(at) ^ other.charCodeAt(at);
  return difference === 0;
}
