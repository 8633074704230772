/** SHA-256: names for what is long, and what is kept of a secret that must not be kept in clear. */
import { encodeHex, encodeUtf8 } from "./encoding.ts";

export async function sha256(data: string | Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = typeof data === "string" ? encodeUtf8(data) : data;
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

/** 64 lower-case hex digits. */
export const sha256Hex = async (data: string | Uint8Array<ArrayBuffer>): Promise<string> =>
  encodeHex(await sha256(data));
