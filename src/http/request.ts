/**
 * Reading requests: sizes, content types, parameters, bearer tokens, and where a form came from. Owns what is refused
 * before anything is parsed; meaning is the endpoint's.
 */
import { concat, decodeUtf8 } from "../protocol/encoding.ts";
import { type Parameters, parseParameters } from "../protocol/form.ts";
import { ok, type Result, refuse } from "../protocol/result.ts";

export const MAX_BODY_BYTES = 64 * 1024;
/** A token request is read in one piece. After that there is room for as much again as came: who sends nothing holds no more. */
const FIRST_PIECE_BYTES = 8 * 1024;

export async function readForm(request: Request): Promise<Result<Parameters>> {
  const type = mediaType(request);
  if (type !== "application/x-www-form-urlencoded") return refuse("unsupported_media_type");
  const text = await readBody(request);
  return text.ok ? parseParameters(text.value) : text;
}

export const readQuery = (request: Request): Result<Parameters> =>
  parseParameters(new URL(request.url).search.slice(1));

export const mediaType = (request: Request): string =>
  (request.headers.get("content-type") ?? "").split(";")[0]?.trim().toLowerCase() ?? "";

/** The body as text. Stops reading at the cap, whatever Content-Length says. */
export async function readBody(request: Request): Promise<Result<string>> {
  const declared = Number(request.headers.get("content-length") ?? Number.NaN);
  if (declared > MAX_BODY_BYTES) return refuse("content_too_large");
  if (request.body === null) return ok("");
  const most = Number.isInteger(declared) && declared >= 0 ? declared : MAX_BODY_BYTES;
  const reader = request.body.getReader({ mode: "byob" });
  const pieces: Uint8Array[] = [];
  let length = 0;
  try {
    for (;;) {
      // A body that is longer than it may be, or than it says, fills the byte behind.
      const room = Math.min(most + 1 - length, Math.max(FIRST_PIECE_BYTES, length));
      const { value = new Uint8Array() } = await reader.readAtLeast(room, new Uint8Array(room));
      pieces.push(value);
      length += value.length;
      if (value.length < room) break;
      if (length > most) {
        await reader.cancel();
        return refuse("content_too_large");
      }
    }
  } catch {
    return refuse("form_malformed"); // a body that broke off
  }
  const [first = new Uint8Array(), ...others] = pieces;
  const text = decodeUtf8(others.length === 0 ? first : concat(pieces));
  return text === undefined ? refuse("form_malformed") : ok(text);
}

/** RFC 6750 §2.1: header only. A token in the query is refused whatever else is there (wire document §8). */
export function readBearer(request: Request): Result<string> {
  if (new URL(request.url).searchParams.has("access_token")) return refuse("bearer_malformed");
  const header = request.headers.get("authorization");
  if (header === null) return refuse("bearer_missing");
  if (!/^Bearer +\S/i.test(header)) return refuse("bearer_scheme");
  const token = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i.exec(header)?.[1];
  return token === undefined ? refuse("bearer_malformed") : ok(token);
}

/**
 * CSRF: a form endpoint takes posts from our own pages, and from clients that are no browsers (wire document §6).
 * @param origin ours
 */
export function checkSameSite(request: Request, origin: string): Result<void> {
  const site = request.headers.get("sec-fetch-site");
  if (site !== null)
    return site === "same-origin" || site === "none" ? ok(undefined) : refuse("cross_site_form");
  const from = request.headers.get("origin"); // "null" is somebody else too
  return from === null || from === origin ? ok(undefined) : refuse("cross_site_form");
}
