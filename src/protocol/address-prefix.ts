/**
 * Address prefixes: which addresses are one neighbour. An IPv4 address stands for itself; of IPv6 the first 64 bits do,
 * because whoever has one such address has all of its /64 (RFC 4291 §2.5.4, RFC 6177) and could guess from a new one
 * each time. Owns the reading of addresses; where they come from is the caller's.
 */

/** What all share whose address is not known. */
const NONE = "none";

/** @param address as the platform reports it, not a list @returns one spelling per prefix */
export function addressPrefix(address: string | null | undefined): string {
  const text = (address ?? "").trim();
  if (parseIpv4(text) !== undefined) return text;
  const groups = parseIpv6(text);
  if (groups === undefined) return NONE;
  // IPv4-mapped (RFC 4291 §2.5.5.2): an IPv4 neighbour in IPv6 writing. As IPv6 all of IPv4 would be one prefix.
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return groups
      .slice(6)
      .flatMap((group) => [group >> 8, group & 0xff])
      .join(".");
  }
  const prefix = groups.slice(0, 4).map((group) => group.toString(16));
  return `${prefix.join(":")}::/64`;
}

/** Four decimal numbers without leading zeros: some readers take those for octal. */
function parseIpv4(text: string): readonly number[] | undefined {
  const parts = text.split(".");
  const sound = parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && +part <= 255);
  return sound ? parts.map(Number) : undefined;
}

/** The eight groups (RFC 4291 §2.2): in full, with one run of zeros left out, or ending in an IPv4 address. */
function parseIpv6(text: string): readonly number[] | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head, tail] = [parseGroups(halves[0] ?? ""), parseGroups(halves[1] ?? "")];
  // An IPv4 address ends the whole, so before `::` it has no place.
  if (head === undefined || tail === undefined || (halves.length === 2 && halves[0]?.includes("."))) {
    return undefined;
  }
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1) return missing === 0 ? head : undefined;
  return missing >= 1 ? [...head, ...Array<number>(missing).fill(0), ...tail] : undefined;
}

function parseGroups(text: string): readonly number[] | undefined {
  if (text === "") return [];
  const groups: number[] = [];
  const parts = text.split(":");
  for (const [position, part] of parts.entries()) {
    const bytes = position === parts.length - 1 ? parseIpv4(part) : undefined;
    if (bytes !== undefined) {
      const [a = 0, b = 0, c = 0, d = 0] = bytes;
      groups.push((a << 8) | b, (c << 8) | d);
    } else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return groups;
}
