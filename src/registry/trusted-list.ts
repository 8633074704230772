/** The scheme's trusted list (wire document §4): from the registry's payload to anchors. Pure; reads every dialect. */
import { normaliseFingerprint } from "../protocol/encoding.ts";
import { isJsonObject, type JsonObject } from "../protocol/json.ts";
import { ok, type Result, refuse } from "../protocol/result.ts";
import type { Anchors } from "../trust/chain.ts";

/** An entry without a readable fingerprint names no certificate and is passed over. */
export function readTrustedList(payload: JsonObject): Result<Anchors> {
  const list = payload.trusted_list ?? payload.trustedList;
  if (!Array.isArray(list)) return refuse("registry_answer_malformed", { member: "trusted_list" });
  const granted = new Set<string>();
  const withdrawn = new Set<string>();
  for (const entry of list.filter(isJsonObject)) {
    const text = entry.certificate_fingerprint ?? entry.certificateFingerprint;
    const fingerprint = typeof text === "string" ? normaliseFingerprint(text) : undefined;
    if (fingerprint === undefined) continue;
    const trusted = is(entry.validity, "valid") && is(entry.status, "granted");
    (trusted ? granted : withdrawn).add(fingerprint);
  }
  return ok({ granted, withdrawn }); // listed both ways: withdrawn is asked first
}

const is = (value: unknown, word: string): boolean =>
  typeof value === "string" && value.trim().toLowerCase() === word;
