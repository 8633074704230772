/**
 * Password hashes: scrypt (RFC 7914) from the platform, parameters stored beside each hash. Owns the format and the
 * promise that an unknown user costs the same work as a known one.
 */
import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";

/** 16 MiB and some 150 ms: N 2^14, r 8, p 5. */
const COST = { N: 2 ** 14, r: 8, p: 5 } as const;
const KEY_BYTES = 32;
const MAX_PASSWORD_LENGTH = 1024;

/** @returns `scrypt$N$r$p$salt$key`, salt and key in base64url */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const key = await derive(password, salt, COST);
  return ["scrypt", COST.N, COST.r, COST.p, salt.toString("base64url"), key.toString("base64url")].join("$");
}

/** @param stored undefined for an unknown user: the work is done all the same, and the answer is false */
export async function verifyPassword(password: string, stored: string | undefined): Promise<boolean> {
  const parsed = stored === undefined ? undefined : parse(stored);
  const { salt, key, cost } = parsed ?? { salt: Buffer.alloc(16), key: Buffer.alloc(KEY_BYTES), cost: COST };
  if (password.length > MAX_PASSWORD_LENGTH) return false;
  const derived = await derive(password, salt, cost);
  return timingSafeEqual(derived, key) && parsed !== undefined;
}

/**
 * Is it a hash as this file makes them? Other costs are refused: a smaller one is guessed sooner, a greater one would
 * have each try at that name take the Worker's memory or time.
 */
export function isOwnHash(text: string): boolean {
  const { N, r, p } = parse(text)?.cost ?? { N: 0, r: 0, p: 0 };
  return N === COST.N && r === COST.r && p === COST.p;
}

interface Cost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

function parse(stored: string): { salt: Buffer; key: Buffer; cost: Cost } | undefined {
  const match = /^scrypt\$(\d{1,7})\$(\d{1,2})\$(\d{1,2})\$([\w-]{22,})\$([\w-]{43})$/.exec(stored);
  if (match === null) return undefined;
  const [, N, r, p, salt = "", key = ""] = match;
  return {
    salt: Buffer.from(salt, "base64url"),
    key: Buffer.from(key, "base64url"),
    cost: { N: Number(N), r: Number(r), p: Number(p) },
  };
}

/** The same password typed on different keyboards is the same password (RFC 8265 §4.2: NFC). */
function derive(password: string, salt: Buffer, { N, r, p }: Cost): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(
      password.normalize("NFC"),
      salt,
      KEY_BYTES,
      { N, r, p, maxmem: 64 * 1024 * 1024 },
      (error, key) => {
        if (error) reject(error);
        else resolve(key);
      },
    );
  });
}
