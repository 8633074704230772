/** Handles: unforged, of one kind each, and checked before anything else is touched. */

import { beforeAll, describe, expect, test } from "vitest";
import { sha256Hex } from "../../../src/protocol/digest.ts";
import {
  createHandles,
  type HandleKind,
  type Handles,
  openGrantHandle,
  openObject,
  sealGrantHandle,
  sealObject,
} from "../../../src/store/handle.ts";

const KINDS = [
  ...(["authzId", "code", "access_token", "party_token"] as const),
  ...(["error_reference", "known_browser", "session", "logout"] as const),
] as const satisfies readonly HandleKind[];
const GRANT_KINDS = ["authzId", "code", "access_token", "session"] as const;
const ID = "ab".repeat(32);

const newHandles = async (...all: number[]): Promise<Handles> => {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const [key, ...others] = await Promise.all(
    all.map((byte) =>
      crypto.subtle.importKey("raw", new Uint8Array(32).fill(byte), algorithm, false, ["sign"]),
    ),
  );
  return createHandles(key as CryptoKey, others);
};
let handles: Handles;
beforeAll(async () => {
  handles = await newHandles(1);
});
const bytes = (text: string) => new TextEncoder().encode(text);

describe("seal and open", () => {
  test.each(KINDS)("%s gives back what went in", async (kind) => {
    for (const content of [bytes("x"), bytes("content"), new Uint8Array(100)])
      expect(await handles.open(kind, await handles.seal(kind, content))).toEqual(content);
  });

  test.each(
    KINDS.flatMap((kind) => KINDS.filter((other) => other !== kind).map((other) => [kind, other] as const)),
  )("%s does not pass for %s", async (kind, other) => {
    expect(await handles.open(other, await handles.seal(kind, bytes("content")))).toBeUndefined();
  });

  test("of another key is none", async () => {
    expect(await (await newHandles(2)).open("code", await handles.seal("code", bytes("x")))).toBeUndefined();
  });

  test("of another key opens where that key is told, and is never made with it", async () => {
    const [old, rolling, done] = [await newHandles(1), await newHandles(2, 3, 1), await newHandles(2)];
    const before = await old.seal("code", bytes("x"));
    expect(await rolling.open("code", before)).toEqual(bytes("x"));
    expect(await rolling.open("access_token", before)).toBeUndefined();
    expect(await rolling.open("code", `${before.slice(0, -4)}AAAA`)).toBeUndefined();
    expect(await done.open("code", before)).toBeUndefined();
    const after = await rolling.seal("code", bytes("x"));
    expect(await done.open("code", after)).toEqual(bytes("x"));
    expect(await old.open("code", after)).toBeUndefined();
    expect(await rolling.disguise("alice")).toBe(await done.disguise("alice"));
    expect(await rolling.otherDisguises("alice")).toContain(await old.disguise("alice"));
    expect(await done.otherDisguises("alice")).toEqual([]);
  });

  test("no character can be another", async () => {
    const handle = await handles.seal("access_token", bytes("0123456789"));
    for (let at = 0; at < handle.length; at++) {
      for (const letter of ["A", "B", "_", "-", "=", "+", " ", "."]) {
        if (handle[at] === letter) continue;
        const changed = handle.slice(0, at) + letter + handle.slice(at + 1);
        expect(await handles.open("access_token", changed), `${at} ${letter}`).toBeUndefined();
      }
    }
  });

  test.each<[string, (handle: string) => string]>([
    ["nothing", () => ""],
    ["a cut", (handle) => handle.slice(0, -1)],
    ["a longer cut", (handle) => handle.slice(4)],
    ["one letter more", (handle) => `${handle}A`],
    ["more content", (handle) => `${handle}AAAA`],
    ["padding", (handle) => `${handle}=`],
    ["a space", (handle) => ` ${handle}`],
    ["itself twice", (handle) => handle + handle],
    ["a MAC alone", () => "A".repeat(22)],
    ["words", () => "not a handle"],
  ])("%s is none", async (_, spoil) => {
    expect(
      await handles.open("code", spoil(await handles.seal("code", bytes("0123456789")))),
    ).toBeUndefined();
  });

  test("an empty content is none", async () => {
    expect(await handles.open("code", await handles.seal("code", new Uint8Array()))).toBeUndefined();
  });

  test("what is too long is not even decoded", async () => {
    const fits = await handles.seal("party_token", new Uint8Array(4400));
    expect(fits.length).toBeLessThanOrEqual(6000);
    expect(await handles.open("party_token", fits)).toHaveLength(4400);
    const long = await handles.seal("party_token", new Uint8Array(4500));
    expect(long.length).toBeGreaterThan(6000);
    expect(await handles.open("party_token", long)).toBeUndefined();
  });
});

describe("a handle of a grant", () => {
  test.each(GRANT_KINDS)("%s leads to its grant", async (kind) => {
    const { handle, secretHash } = await sealGrantHandle(handles, kind, ID);
    expect(await openGrantHandle(handles, kind, handle)).toEqual({ id: ID, secretHash });
    expect(handle).toMatch(/^[\w-]+$/);
  });

  test("an authzId is one per grant; codes and tokens carry a secret of their own each time", async () => {
    const twice = (kind: (typeof GRANT_KINDS)[number]) =>
      Promise.all([sealGrantHandle(handles, kind, ID), sealGrantHandle(handles, kind, ID)]);
    const [one, same] = await twice("authzId");
    expect(same).toEqual(one);
    for (const kind of ["code", "access_token", "session"] as const) {
      const [first, second] = await twice(kind);
      expect(second.handle).not.toBe(first.handle);
      expect(second.secretHash).not.toBe(first.secretHash);
    }
  });

  test("the secret is not what the grant keeps", async () => {
    const { handle, secretHash } = await sealGrantHandle(handles, "code", ID);
    const raw = Buffer.from(handle, "base64url");
    expect(secretHash).toMatch(/^[0-9a-f]{64}$/);
    expect(raw.toString("hex")).not.toContain(secretHash);
  });

  test.each(
    GRANT_KINDS.flatMap((kind) =>
      GRANT_KINDS.filter((other) => other !== kind).map((other) => [kind, other] as const),
    ),
  )("%s does not pass for %s", async (kind, other) => {
    const { handle } = await sealGrantHandle(handles, kind, ID);
    expect(await openGrantHandle(handles, other, handle)).toBeUndefined();
  });

  test.each(["", "ab", ID.slice(2), `${ID}ab`, ID.toUpperCase(), "zz".repeat(32)])(
    "no id like %j",
    async (id) => {
      await expect(sealGrantHandle(handles, "code", id)).rejects.toThrow();
    },
  );
});

describe("an object", () => {
  test("comes back as it was", async () => {
    const object = { clientId: "EU.EORI.NL000000020", expiresAt: 1_800_000_000, name: "Zoë 🚚" };
    expect(
      await openObject(handles, "party_token", await sealObject(handles, "party_token", object)),
    ).toEqual(object);
  });

  test("of another kind does not", async () => {
    const handle = await sealObject(handles, "error_reference", { name: "x" });
    expect(await openObject(handles, "party_token", handle)).toBeUndefined();
  });

  test.each(["[]", "null", '"x"', "{", "\u0000"])("is not %j, whoever sealed it", async (text) => {
    expect(
      await openObject(handles, "party_token", await handles.seal("party_token", bytes(text))),
    ).toBeUndefined();
  });
});

describe("a disguise", () => {
  test("is one per text and key, and looks like a hash", async () => {
    const name = await handles.disguise("alice");
    expect(name).toMatch(/^[0-9a-f]{64}$/);
    expect(await handles.disguise("alice")).toBe(name);
    expect(await handles.disguise("bob")).not.toBe(name);
    expect(await (await newHandles(2)).disguise("alice")).not.toBe(name);
  });

  test("tells nobody without the key whose it is", async () => {
    expect(await handles.disguise("alice")).not.toBe(await sha256Hex("alice"));
  });
});
