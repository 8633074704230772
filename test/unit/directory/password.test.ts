/** Password hashes: the stored format, the parameters, and the same work for users that do not exist. */

import { scryptSync } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { hashPassword, verifyPassword } from "../../../src/directory/password.ts";

const work = vi.hoisted(() => ({ calls: [] as unknown[][] }));
vi.mock("node:crypto", async (original) => {
  const real = await original<typeof import("node:crypto")>();
  const scrypt = (...args: Parameters<typeof real.scrypt>) => {
    work.calls.push([args[2], args[3]]);
    return real.scrypt(...args);
  };
  return { ...real, scrypt };
});

const PASSWORD = "correct horse battery staple";
let stored: string;
beforeAll(async () => {
  stored = await hashPassword(PASSWORD);
});
beforeEach(() => {
  work.calls = [];
});

/** what one verification costs: length of the key, parameters */
const FULL = [32, expect.objectContaining({ N: 16_384, r: 8, p: 5 })];

describe("what is stored", () => {
  test("scrypt with N 2^14, r 8, p 5, a salt of 16 bytes, a key of 32", () => {
    expect(stored).toMatch(/^scrypt\$16384\$8\$5\$[\w-]{22}\$[\w-]{43}$/);
  });

  test("is what another hand computes (RFC 7914)", () => {
    const [, , , , salt = "", key = ""] = stored.split("$");
    const expected = scryptSync(PASSWORD, Buffer.from(salt, "base64url"), 32, { N: 16_384, r: 8, p: 5 });
    expect(key).toBe(expected.toString("base64url"));
  });

  test("never the same twice, and never the password", async () => {
    const again = await hashPassword(PASSWORD);
    expect(again).not.toBe(stored);
    expect(again + stored).not.toContain("horse");
  });

  test("no PBKDF2 anywhere: production refuses more than 100,000 rounds of it", () => {
    const source = readdirSync("src", { recursive: true, withFileTypes: true }).filter((it) => it.isFile());
    expect(source.length).toBeGreaterThan(40);
    for (const { parentPath, name } of source)
      expect(readFileSync(`${parentPath}/${name}`, "utf8"), name).not.toMatch(/pbkdf2/i);
  });
});

describe("verifying", () => {
  test("the right one", async () => {
    expect(await verifyPassword(PASSWORD, stored)).toBe(true);
    expect(work.calls).toEqual([FULL]);
  });

  test.each(["", "x", PASSWORD.toUpperCase(), `${PASSWORD} `, PASSWORD.slice(1)])("not %j", async (other) => {
    expect(await verifyPassword(other, stored)).toBe(false);
    expect(work.calls).toEqual([FULL]);
  });

  test("an unknown user costs the same work, and is never right", async () => {
    for (const password of [PASSWORD, ""]) {
      work.calls = [];
      expect(await verifyPassword(password, undefined)).toBe(false);
      expect(work.calls).toEqual([FULL]);
    }
  });

  test("more than 1024 characters cost no work, known or unknown", async () => {
    for (const hash of [stored, undefined]) expect(await verifyPassword("x".repeat(1025), hash)).toBe(false);
    expect(work.calls).toEqual([]);
    expect(await verifyPassword("x".repeat(1024), await hashPassword("x".repeat(1024)))).toBe(true);
  });

  test("one password however it is composed on the keyboard (RFC 8265 §4.2)", async () => {
    const hash = await hashPassword("caf\u00e9");
    expect(await verifyPassword("cafe\u0301", hash)).toBe(true);
    expect(await verifyPassword("cafe", hash)).toBe(false);
  });

  test("with the parameters that are stored, whatever ours are now", async () => {
    const salt = Buffer.alloc(16, 7);
    const key = scryptSync(PASSWORD, salt, 32, { N: 1024, r: 4, p: 1 });
    const older = `scrypt$1024$4$1$${salt.toString("base64url")}$${key.toString("base64url")}`;
    expect(await verifyPassword(PASSWORD, older)).toBe(true);
    expect(work.calls[0]?.[1]).toMatchObject({ N: 1024, r: 4, p: 1 });
  });

  test.each<[string, (hash: string) => string]>([
    ["another salt", (hash) => hash.replace(/\$([\w-]{22})\$/, `$${"A".repeat(22)}$`)],
    ["another key", (hash) => hash.replace(/\$([\w-]{43})$/, `$${"A".repeat(43)}`)],
    ["no key", (hash) => hash.replace(/\$[\w-]{43}$/, "$")],
    ["a short key", (hash) => hash.slice(0, -1)],
    ["a long key", (hash) => `${hash}A`],
    ["another scheme", (hash) => hash.replace("scrypt", "plain")],
    ["the password itself", () => PASSWORD],
    ["nothing", () => ""],
  ])("not against a stored hash with %s, and the work is done all the same", async (_, spoil) => {
    expect(await verifyPassword(PASSWORD, spoil(stored))).toBe(false);
    expect(work.calls).toEqual([FULL]);
  });
});
