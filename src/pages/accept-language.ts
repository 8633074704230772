/** The browser's own wish for a language (RFC 9110 §12.5.4). */

const MAX_LENGTH = 500;
const MAX_TAGS = 20;

/** Primary tags of two letters, best first; what is not wanted (`q=0`), odd or `*` is dropped. */
export function parseAcceptLanguage(header: string | null): string[] {
  const wishes = (header ?? "").slice(0, MAX_LENGTH).split(",").slice(0, MAX_TAGS).flatMap(parseWish);
  // Equal weights keep the header's order: the sort is stable.
  const tags = wishes.sort((one, other) => other.weight - one.weight).map(({ tag }) => tag);
  return [...new Set(tags)];
}

function parseWish(text: string): { tag: string; weight: number }[] {
  const found = /^\s*([a-z]{2})(?:-[a-z0-9-]*)?\s*(?:;\s*q=([01](?:\.\d{0,3})?)\s*)?$/i.exec(text);
  const weight = Number(found?.[2] ?? 1);
  return found?.[1] === undefined || !(weight > 0 && weight <= 1)
    ? []
    : [{ tag: found[1].toLowerCase(), weight }];
}
