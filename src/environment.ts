/**
 * Reading raw variables: text, numbers, lists, choices, pictures, each with its bounds. Owns how a variable is spelled and
 * what is said of one that is wrong: its name, and never its value. Which variables there are is `config`'s.
 */
import type { TrustedAuthenticators } from "./factors/attestation.ts";
import { decodeBase64, normaliseFingerprint } from "./protocol/encoding.ts";
import { type PartyId, parsePartyId } from "./protocol/party-id.ts";
import { isLoopback } from "./protocol/redirect-uri.ts";
import { type EpochSeconds, parseTimestamp } from "./protocol/time.ts";

/** A picture that the operator supplies: served, never inlined. */
export interface Image {
  readonly type: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export type Reader = ReturnType<typeof createReader>;

export function createReader(env: Readonly<Record<string, unknown>>, problems: string[]) {
  const optional = (name: string): string | undefined => {
    const value = env[name];
    return typeof value === "string" && value.trim() !== "" ? value.trim() : undefined;
  };
  const required = (name: string): string | undefined => {
    const value = optional(name);
    if (value === undefined) problems.push(`${name} is missing`);
    return value;
  };
  /** Cloudflare takes 5 kB in one variable or secret, and a chain is longer: it goes on in NAME_2, NAME_3 and so on. */
  const long = (name: string): string | undefined => {
    const first = optional(name);
    if (first === undefined) return undefined;
    const parts = [first];
    for (let part = optional(`${name}_2`); part !== undefined; part = optional(`${name}_${parts.length + 1}`))
      parts.push(part);
    return parts.join("\n");
  };
  const list = (name: string): readonly string[] =>
    (optional(name) ?? "").split(",").flatMap((it) => (it.trim() === "" ? [] : [it.trim()]));
  const checkedList = <T>(name: string, parse: (text: string) => T | undefined, what: string): readonly T[] =>
    list(name).flatMap((text, position) => {
      const value = parse(text);
      if (value === undefined) problems.push(`${name}: entry ${position + 1} is not ${what}`);
      return value === undefined ? [] : [value];
    });
  const optionalChoice = <T extends string>(name: string, choices: readonly T[]): T | undefined => {
    const value = optional(name);
    const choice = choices.find((it) => it === value);
    if (value !== undefined && choice === undefined)
      problems.push(`${name} must be one of: ${choices.join(", ")}`);
    return choice;
  };
  const wholeNumber = (name: string, fallback: number, least: number, most: number): number => {
    const text = optional(name);
    if (text === undefined) return fallback;
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    problems.push(`${name} must be a whole number from ${least} to ${most}`);
    return fallback;
  };
  return {
    optional,
    long,
    required,
    optionalChoice,
    choice: <T extends string>(name: string, choices: readonly T[], fallback: T): T =>
      optionalChoice(name, choices) ?? fallback,
    choices: <T extends string>(name: string, choices: readonly T[]): readonly T[] =>
      checkedList(name, (text) => choices.find((it) => it === text), `one of: ${choices.join(", ")}`),
    partyId: (name: string): PartyId | undefined => {
      const value = required(name);
      const id = value === undefined ? undefined : parsePartyId(value);
      if (value !== undefined && id === undefined) problems.push(`${name} is not a party identifier`);
      return id;
    },
    partyIds: (name: string): readonly PartyId[] => checkedList(name, parsePartyId, "a party identifier"),
    fingerprints: (name: string, demanded: boolean): ReadonlySet<string> => {
      if (demanded && list(name).length === 0) problems.push(`${name} is missing`);
      return new Set(checkedList(name, normaliseFingerprint, "a SHA-256 fingerprint (64 hex digits)"));
    },
    seconds: wholeNumber,
    count: wholeNumber,
    authenticators: (name: string): TrustedAuthenticators["pairs"] =>
      checkedList(name, readAuthenticator, "AAGUID:SHA-256 of an attestation root"),
    image: (name: string): Image | undefined => {
      const value = long(name);
      const image = value === undefined ? undefined : readImage(value);
      if (value !== undefined && image === undefined) {
        problems.push(`${name} must be data:image/png, svg+xml, jpeg or webp;base64,…`);
      }
      return image;
    },
    /** origin and path of somebody else's service, without trailing slash */
    serviceUrl: (name: string): string | undefined => {
      const value = required(name);
      const url = value === undefined ? undefined : readServiceUrl(value);
      if (value !== undefined && url === undefined)
        problems.push(`${name} must be an https URL (http only to this machine)`);
      return url;
    },
    instant: (name: string): EpochSeconds | undefined => {
      const value = optional(name);
      const instant = value === undefined ? undefined : readInstant(value);
      if (value !== undefined && instant === undefined)
        problems.push(`${name} must be a time such as 2026-12-01T03:00:00Z, or seconds since 1970`);
      return instant;
    },
    headers: (name: string): Readonly<Record<string, string>> =>
      Object.fromEntries(
        checkedList(name, readHeader, "NAME=VALUE, percent-encoded, of a header that is yours to set"),
      ),
    /** PEM newlines may be written as `\n` */
    pem: (name: string): string | undefined =>
      required(name) === undefined ? undefined : long(name)?.replaceAll("\\n", "\n"),
  };
}

/** `aaguid:fingerprint`; both are compared in lower case. */
function readAuthenticator(text: string): TrustedAuthenticators["pairs"][number] | undefined {
  const at = text.indexOf(":");
  const aaguid = text.slice(0, at).toLowerCase();
  const root = normaliseFingerprint(text.slice(at + 1));
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(aaguid) && root ? { aaguid, root } : undefined;
}

/** As OpenTelemetry spells OTEL_EXPORTER_OTLP_HEADERS: a comma or a space in a value is percent-encoded. */
function readHeader(text: string): readonly [name: string, value: string] | undefined {
  const [, given, encoded = ""] = /^([\w.-]+) *= *([\x21-\x7e]+)$/.exec(text) ?? [];
  const name = given?.toLowerCase();
  if (name === undefined || /^(content-type|content-length|host|transfer-encoding)$/.test(name))
    return undefined;
  try {
    const value = decodeURIComponent(encoded);
    return /^[\x20-\x7e]+$/.test(value) ? [name, value] : undefined;
  } catch {
    return undefined;
  }
}

function readImage(text: string): Image | undefined {
  const [, type, body = ""] = /^data:(image\/(?:png|svg\+xml|jpeg|webp));base64,(.+)$/s.exec(text) ?? [];
  const bytes = decodeBase64(body.replace(/\s/g, ""));
  return type === undefined || bytes === undefined ? undefined : { type, bytes };
}

function readServiceUrl(text: string): string | undefined {
  const url = URL.parse(text);
  const plain = url !== null && !/[?#@]/.test(text);
  return plain && (url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname)))
    ? url.href.replace(/\/+$/, "")
    : undefined;
}

/** The zone is not guessed. */
const readInstant = (text: string): EpochSeconds | undefined =>
  /^\d{9,11}$/.test(text)
    ? Number(text)
    : /T.*(Z|[+-]\d\d:\d\d)$/i.test(text)
      ? parseTimestamp(text)
      : undefined;
