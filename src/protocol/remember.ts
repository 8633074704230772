/** What an isolate remembers of strangers is bounded, and why by so much. */

/**
 * Of parties, and of certificates: as many as the largest data spaces have. One takes some 6 KiB with its certificate, its key
 * and its record, so that all of them leave half of an isolate's 128 MB free (measured: `bench/README.md`).
 */
export const PARTIES_REMEMBERED = 10_000;

/** Makes `key` the newest; of too many the one that is longest in goes. */
export function remember<T>(map: Map<string, T>, key: string, value: T, capacity = PARTIES_REMEMBERED): void {
  map.delete(key);
  map.set(key, value);
  const oldest = map.keys().next().value;
  if (map.size > capacity && oldest !== undefined) map.delete(oldest);
}
