/**
 * Who may ask somebody else now: once per thing and interval in all isolates. Owns the isolate's own memory of it, so that
 * the one gate of all isolates is not asked by each request; and the bound on what an isolate remembers.
 */
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

const MEMORY_ENTRIES = 2000;

/** Bounded: the entry longest in goes first. */
export function remember<T>(map: Map<string, T>, key: string, value: T, capacity = MEMORY_ENTRIES): void {
  map.delete(key);
  map.set(key, value);
  const oldest = map.keys().next().value;
  if (map.size > capacity && oldest !== undefined) map.delete(oldest);
}
