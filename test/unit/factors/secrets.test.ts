/** What is kept secret: the vault that seeds lie in, and codes that are known by their hash only. */
import { describe, expect, test } from "vitest";
import { createCode, createRecoveryCodes, hashCode } from "../../../src/factors/recovery.ts";
import { createVault } from "../../../src/factors/seed-vault.ts";

const key = () => crypto.getRandomValues(new Uint8Array(32));

describe("the vault", () => {
  test("opens what it sealed, for the human it was sealed for", async () => {
    const vault = await createVault(key());
    const sealed = await vault.seal("JBSWY3DPEHPK3PXP", "alice");
    expect(sealed).toMatch(/^[\w-]{8}\.[\w-]{16}\.[\w-]+$/);
    expect(sealed).not.toContain("JBSWY3DPEHPK3PXP");
    expect(await vault.open(sealed, "alice")).toBe("JBSWY3DPEHPK3PXP");
    expect(await vault.open(sealed, "bob")).toBeUndefined();
  });

  test("seals the same text differently each time", async () => {
    const vault = await createVault(key());
    expect(await vault.seal("x", "alice")).not.toBe(await vault.seal("x", "alice"));
  });

  test("works on after a restart with the same key, and not with another", async () => {
    const data = key();
    const sealed = await (await createVault(data)).seal("x", "alice");
    expect(await (await createVault(data.slice())).open(sealed, "alice")).toBe("x");
    const other = await createVault(key());
    expect(await other.open(sealed, "alice")).toBeUndefined();
    // Not even under the other key's name.
    const renamed = [(await other.seal("x", "alice")).split(".")[0], ...sealed.split(".").slice(1)].join(".");
    expect(await other.open(renamed, "alice")).toBeUndefined();
  });

  test("opens what another key sealed, as long as that is told to it, and knows the difference", async () => {
    const [one, two] = [key(), key()];
    const before = await createVault(one);
    const after = await createVault(two, [key(), one]);
    const old = await before.seal("seed", "alice");
    expect(await after.open(old, "alice")).toBe("seed");
    expect(await after.open(old, "bob")).toBeUndefined();
    expect([after.isCurrent(old), before.isCurrent(old)]).toEqual([false, true]);
    const anew = await after.seal("seed", "alice");
    expect([after.isCurrent(anew), await before.open(anew, "alice")]).toEqual([true, undefined]);
    expect(await (await createVault(two)).open(anew, "alice")).toBe("seed");
  });

  test("refuses whatever was altered", async () => {
    const vault = await createVault(key());
    const sealed = await vault.seal("JBSWY3DPEHPK3PXP", "alice");
    for (let at = 0; at < sealed.length; at++) {
      const altered = sealed.slice(0, at) + (sealed[at] === "A" ? "B" : "A") + sealed.slice(at + 1);
      expect(await vault.open(altered, "alice"), altered).toBeUndefined();
    }
    for (const text of [
      "",
      ".",
      "..",
      `${sealed}.x`,
      `${sealed}A`,
      sealed.slice(0, -2),
      sealed.replace(".", ""),
    ]) {
      expect(await vault.open(text, "alice"), text).toBeUndefined();
    }
  });
});

describe("codes", () => {
  test("come in tens, each of 80 random bits that are easily read", () => {
    const codes = Array.from({ length: 20 }, createRecoveryCodes).flat();
    expect(codes).toHaveLength(200);
    expect(new Set(codes).size).toBe(200);
    for (const code of codes) expect(code).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/);
    const letters = new Set(codes.join("").replaceAll("-", ""));
    expect(letters.size).toBe(32);
  });

  test("are known however they are typed", async () => {
    const hash = await hashCode("10AB-CDEF-GHJK-MNPQ");
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    for (const typed of [
      "10ABCDEFGHJKMNPQ",
      " 10ab cdef ghjk mnpq\n",
      "ioab–cdef—ghjk-mnpq",
      "LO ab-cd-ef ghjkmnpq",
      "１０ABCDEFGHJKMNPQ",
    ]) {
      expect(await hashCode(typed), typed).toBe(hash);
    }
    expect(await hashCode("10AB-CDEF-GHJK-MNPR")).not.toBe(hash);
    expect(await hashCode(createCode())).not.toBe(hash);
  });
});
