/** The small pure helpers of pages: the browser's language, addresses of pages, times, browsers by name. */
import { describe, expect, test } from "vitest";
import { parseAcceptLanguage } from "../../../src/pages/accept-language.ts";
import { describeAgent } from "../../../src/pages/agent.ts";
import { timeText } from "../../../src/pages/parts.tsx";
import { languageHref, wayHref } from "../../../src/pages/paths.ts";
import { LANGUAGES } from "../../../src/pages/text.ts";

describe("Accept-Language", () => {
  test.each<[string | null, string[]]>([
    [null, []],
    ["", []],
    ["nl", ["nl"]],
    ["nl-NL,nl;q=0.9,en-US;q=0.8,en;q=0.7", ["nl", "en"]],
    ["en;q=0.5, de-CH;q=0.9", ["de", "en"]],
    ["fr;q=0, en", ["en"]],
    ["EN-gb", ["en"]],
    ["*", []],
    ["de;q=2, fr;q=x, it;q=0.1234, nl;q=1.5, es;q=-1", []],
    ["zh-Hant-TW, fr ; q=0.2 , eng, e, <script>", ["zh", "fr"]],
  ])("%j → %j", (header, tags) => {
    expect(parseAcceptLanguage(header)).toEqual(tags);
  });

  test("reads no more than a browser would say", () => {
    expect(parseAcceptLanguage(`${"xx-a,".repeat(10_000)}nl`)).toEqual(["xx"]);
  });
});

describe("addresses", () => {
  test.each([
    ["/login?returnUrl=%2Fa%3Fb%3Dc", "/login?returnUrl=%2Fa%3Fb%3Dc&lang=nl"],
    ["/login?lang=fr&x=1", "/login?lang=nl&x=1"],
    ["/v2.1/login", "/v2.1/login?lang=nl"],
    ["//evil.example/x", "/evil.example/x?lang=nl"],
    ["https://evil.example/x?", "/https://evil.example/x?lang=nl"],
    ["/\\evil.example/x", "/evil.example/x?lang=nl"],
    ["javascript:alert(1)", "/javascript:alert(1)?lang=nl"],
  ])("%s in another language: %s", (here, href) => {
    expect(languageHref(here, "nl")).toBe(href);
  });

  test("another way keeps the sign-in", () => {
    expect(wayHref("totp", "/connect/authorize/callback?authzId=a&b")).toBe(
      "/login/totp?returnUrl=%2Fconnect%2Fauthorize%2Fcallback%3FauthzId%3Da%26b",
    );
  });
});

test("times are in UTC and say so, as each language writes them", () => {
  expect(timeText(1_795_564_800, "en")).toBe("25 Nov 2026, 00:00 UTC");
  const all = LANGUAGES.map((language) => timeText(1_795_564_800, language));
  for (const text of all) expect(text).toMatch(/2026.* UTC$/);
  expect(new Set(all).size).toBe(LANGUAGES.length);
});

test.each([
  ["Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox, Linux"],
  [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0",
    "Edge, Windows",
  ],
  [
    "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36",
    "Chrome, Android",
  ],
  [
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Safari/605.1.15",
    "Safari, macOS",
  ],
  ["curl/8.5.0", undefined],
  ["<b>Firefox/", "Firefox"],
  ["", undefined],
])("%s is %s", (agent, words) => {
  expect(describeAgent(agent)).toBe(words);
});
