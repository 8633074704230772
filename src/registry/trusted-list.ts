/** The scheme's trusted list (wire document §4): from the registry's payload to anchors. Pure. */
import { normaliseFingerprint } from "../protocol/encoding.ts";
import { isJsonObject, type JsonObject } from "../protocol/json.ts";
import { ok, type Result, refuse } from "../protocol/result.ts";
import type { Anchors } from "../trust/chain.ts";
import { isWord } from "./party-fields.ts";

/** How a dialect spells what is needed. */
export interface TrustedListNames {
  readonly list: string;
  readonly fingerprint: string;
}

/** An entry without a readable fingerprint names no certificate and is passed over. */
export function readTrustedList(payload: JsonObject, names: TrustedListNames): Result<Anchors> {
  const list = payload[names.list];
  if (!Array.isArray(list)) return refuse("registry_answer_malformed", { member: names.list });
  const granted = new Set<string>();
  const withdrawn = new Set<string>();
  for (const entry of list.filter(isJsonObject)) {
    const text = entry[names.fingerprint];
    const fingerprint = typeof text === "string" ? normaliseFingerprint(text) : undefined;
    if (fingerprint === undefined) continue;
    const trusted = isWord(entry.validity, "valid") && isWord(entry.status, "granted");
    (trusted ? granted : withdrawn).add(fingerprint);
  }
  return ok({ granted, withdrawn }); // listed both ways: withdrawn is asked first
}
