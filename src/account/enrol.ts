/**
 * What a new factor counts for (step-up by enrolling): the level of the session it is enrolled in, or the level of an
 * administrator's one-time code. Enrolled otherwise it is kept, and counts as low.
 */
import type { Deps } from "../deps.ts";
import { takeOneTimeCode } from "../directory/one-time-code.ts";
import { hashCode } from "../factors/recovery.ts";
import { type Level, reaches } from "../protocol/assurance.ts";
import type { Parameters } from "../protocol/form.ts";
import { ok, type Result, refuse } from "../protocol/result.ts";
import type { Visit } from "./visit.ts";

/** Takes the code, if one was typed: call when everything else holds, for it works once. */
export async function authorisedLevel(
  { human, level }: Visit,
  form: Parameters,
  { directory, now }: Pick<Deps, "directory" | "now">,
): Promise<Result<Level>> {
  const code = form.get("enrolmentCode");
  if (code === undefined) return ok(level);
  const taken = await takeOneTimeCode(directory, await hashCode(code), "enrol", now(), human.id);
  if (taken === undefined) return refuse("one_time_code");
  return ok(reaches(level, taken.level) ? level : taken.level);
}
