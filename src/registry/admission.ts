/**
 * Who may ask somebody else now: once per thing and interval in all isolates. Owns the isolate's own memory of it, so that
 * the one gate of all isolates is not asked by each request.
 */
import { remember } from "../protocol/remember.ts";
import type { EpochSeconds } from "../protocol/time.ts";
import type { RefreshGates } from "../store/ports.ts";

export interface AdmissionOptions {
  readonly gates: RefreshGates;
  /** when something may be tried again, kept per isolate */
  readonly notBefore: Map<string, EpochSeconds>;
  readonly now: () => EpochSeconds;
  readonly warn: (event: string, data: Readonly<Record<string, string>>) => void;
}

export type Admission = ReturnType<typeof createAdmission>;

export function createAdmission({ gates, notBefore, now, warn }: AdmissionOptions) {
  /** True once per interval in this isolate. */
  function isTime(what: string, interval: number): boolean {
    if (now() < (notBefore.get(what) ?? 0)) return false;
    remember(notBefore, what, now() + interval);
    return true;
  }
  return {
    isTime,
    /** True once per interval for all isolates. @param here what it is called in this isolate */
    async admit(here: string, key: string, interval: number): Promise<boolean> {
      if (!isTime(here, interval)) return false;
      try {
        return await gates.admit(key, interval, now());
      } catch {
        warn("refresh_gate_unreachable", { entry: key });
        return true; // its loss costs a look-up, nothing else
      }
    },
  };
}
