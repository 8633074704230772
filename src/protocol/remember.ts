/** What an isolate remembers of strangers is bounded, and why by so much. */

/**
 * Of parties, and of certificates: as many as the largest data spaces have. One takes some 4 KiB with its certificate and its
 * record (`bench/README.md`), so that all of them leave more than half of an isolate's 128 MB free.
 */
export const PARTIES_REMEMBERED = 10_000;

/** Makes `key` the newest; of too many the one that is longest in goes. */
export function remember<T>(map: Map<string, T>, key: string, value: T, capacity = PARTIES_REMEMBERED): void {
  map.delete(key);
  map.set(key, value);
  const oldest = map.keys().next().value;
  if (map.size > capacity && oldest !== undefined) map.delete(oldest);
}
