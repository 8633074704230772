/**
 * One call to somebody else's machine. Owns what holds for all of them: two seconds, one MiB, no redirect followed. Whom to
 * call and what the answer is worth is for the callers.
 */
import { concat } from "../protocol/encoding.ts";

export const TIMEOUT_MS = 2000;
export const MAX_ANSWER_BYTES = 1024 * 1024;

export type Outcome =
  | { readonly kind: "answer"; readonly status: number; readonly body: Uint8Array<ArrayBuffer> }
  | { readonly kind: "too_large" }
  /** @param cause name of the error */
  | { readonly kind: "unreachable"; readonly cause: string };

/** @param signal of several calls that share their two seconds @param most bytes of the answer */
export async function call(
  url: string,
  init: RequestInit = {},
  signal = AbortSignal.timeout(TIMEOUT_MS),
  most = MAX_ANSWER_BYTES,
): Promise<Outcome> {
  try {
    // No redirects: the other one is where it was said to be, nowhere else.
    const response = await fetch(url, { ...init, redirect: "manual", signal });
    const body = await readCapped(response, most);
    return body === undefined ? { kind: "too_large" } : { kind: "answer", status: response.status, body };
  } catch (error) {
    return { kind: "unreachable", cause: error instanceof Error ? error.name : "unknown" };
  }
}

async function readCapped(response: Response, most: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const reader = response.body?.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
    if (done) break;
    length += value.byteLength;
    if (length > most) {
      await reader?.cancel();
      return undefined;
    }
    chunks.push(value);
  }
  return concat(chunks);
}
