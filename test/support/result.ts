/** Results as tests read them: the one reason of a refusal, or the value of a success. */
import type { Reason } from "../../src/protocol/failure.ts";
import type { Result } from "../../src/protocol/result.ts";

export const reasonOf = (result: Result<unknown>): Reason | "accepted" =>
  result.ok ? "accepted" : result.failure.reason;

export const dataOf = (result: Result<unknown>) => (result.ok ? undefined : result.failure.data);

/** @throws when it was refused, with the reason */
export function accepted<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`refused: ${JSON.stringify(result.failure)}`);
  return result.value;
}
