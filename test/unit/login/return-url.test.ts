/** `returnUrl`: our own callback with an authzId of ours, and nothing that looks like it (open redirect). */
import { beforeAll, describe, expect, test } from "vitest";
import { callbackUrl, openAuthzId, openReturnUrl } from "../../../src/login/return-url.ts";
import { createHandles, type Handles, sealGrantHandle } from "../../../src/store/handle.ts";
import { accepted, reasonOf } from "../../support/result.ts";

const ID = "ab".repeat(32);
let handles: Handles;
let authzId: string;
let code: string;
beforeAll(async () => {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  handles = createHandles(
    await crypto.subtle.importKey("raw", new Uint8Array(32), algorithm, false, ["sign"]),
  );
  ({ handle: authzId } = await sealGrantHandle(handles, "authzId", ID));
  ({ handle: code } = await sealGrantHandle(handles, "code", ID));
});

test("the callback of a sign-in, there and back", async () => {
  expect(callbackUrl(authzId)).toBe(`/connect/authorize/callback?authzId=${authzId}`);
  expect(accepted(await openReturnUrl(callbackUrl(authzId), handles))).toEqual({ id: ID, authzId });
});

describe("anything else is refused", () => {
  test.each<[string, () => string | undefined]>([
    ["nothing", () => undefined],
    ["an empty one", () => ""],
    ["another origin", () => `https://evil.example${callbackUrl(authzId)}`],
    ["our own origin spelt out", () => `https://idp.example${callbackUrl(authzId)}`],
    ["a scheme-relative one", () => `//evil.example${callbackUrl(authzId)}`],
    ["a backslash", () => `/\\evil.example${callbackUrl(authzId)}`],
    ["a space before", () => ` ${callbackUrl(authzId)}`],
    ["another path", () => `/login?authzId=${authzId}`],
    ["a path that climbs", () => `/connect/authorize/callback/../../x?authzId=${authzId}`],
    ["another parameter", () => `/connect/authorize/callback?x=1&authzId=${authzId}`],
    ["a parameter behind", () => `${callbackUrl(authzId)}&next=https://evil.example`],
    ["a fragment behind", () => `${callbackUrl(authzId)}#x`],
    ["a newline behind", () => `${callbackUrl(authzId)}\r\nset-cookie: x=1`],
    ["no authzId", () => callbackUrl("")],
    ["an authzId that is not ours", () => callbackUrl("A".repeat(64))],
    ["a changed authzId", () => callbackUrl(authzId.replace(/^./, (it) => (it === "A" ? "B" : "A")))],
    ["a code in its place", () => callbackUrl(code)],
    ["a script", () => "javascript:alert(1)"],
  ])("%s", async (_, url) => {
    expect(reasonOf(await openReturnUrl(url(), handles))).toBe("return_url");
  });
});

test("an authzId alone", async () => {
  expect(accepted(await openAuthzId(authzId, handles))).toEqual({ id: ID, authzId });
  for (const other of [undefined, "", code, `${authzId}A`])
    expect(reasonOf(await openAuthzId(other, handles))).toBe("grant_unknown");
});
