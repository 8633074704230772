/** `redirect_uri`: every rule on its form, and response parameters appended without re-serialising. */
import { describe, expect, test } from "vitest";
import { appendParameters, checkRedirectUri, isLoopback } from "../../../src/protocol/redirect-uri.ts";
import { accepted, dataOf, reasonOf } from "../../support/result.ts";

const production = { allowLoopback: false };
const development = { allowLoopback: true };

describe("accepted, and exactly as it was given", () => {
  test.each([
    "https://sp.example",
    "https://sp.example/",
    "https://sp.example/callback",
    "https://sp.example:8443/callback",
    "https://sp.example/callback?x=1&y=%20&z",
    "https://sp.example/callback?",
    "https://sp.example/a/../b/./c//d",
    "https://sp.example/%63ode",
    "https://sp.example/?return=https://else.example/?code=1",
    "https://sp.example/?xcode=1&codes=2&my_state=3&errors=4&Code=5",
    "https://sp.example/code/state?next=code",
    "HTTPS://SP.EXAMPLE/Callback",
    "https://203.0.113.7/cb",
    "https://[2001:db8::1]:8443/cb",
    "https://localhost/cb",
    "https://sp.example/path@with-at?mail=a@b.example",
    "https://xn--bcher-kva.example/'()*!$,;~",
    `https://sp.example/${"a".repeat(2000 - 19)}`,
  ])("%s", (uri) => {
    expect(accepted(checkRedirectUri(uri, production))).toBe(uri);
  });
});

describe("malformed: what browsers read otherwise than servers", () => {
  test.each([
    ["nothing", ""],
    ["2001 characters", `https://sp.example/${"a".repeat(2001 - 19)}`],
    ["a backslash for a slash", "https:\\\\sp.example/cb"],
    ["a backslash before the host ends", "https://sp.example\\@evil.example/"],
    ["a backslash in the path", "https://sp.example/a\\b"],
    ["a backslash in the query", "https://sp.example/?a=\\"],
    ["a tab in the host", "https://sp.exa\tmple/"],
    ["a newline in the path", "https://sp.example/a\nb"],
    ["a carriage return", "https://sp.example/\r"],
    ["a newline at the end", "https://sp.example/\n"],
    ["a null byte", "https://sp.example/\u0000"],
    ["a delete character", "https://sp.example/\u007f"],
    ["a space", "https://sp.example/a b"],
    ["a space first", " https://sp.example/"],
    ["a quote", 'https://sp.example/"'],
    ["angle brackets", "https://sp.example/<script>"],
    ["braces", "https://sp.example/{id}"],
    ["a bar", "https://sp.example/a|b"],
    ["a caret", "https://sp.example/^"],
    ["a backquote", "https://sp.example/`"],
    ["a letter beyond ASCII in the host", "https://bücher.example/"],
    ["a letter beyond ASCII in the path", "https://sp.example/é"],
    ["a full-width slash", "https://sp.example\uff0f@evil.example/"],
    ["a port that is none", "https://sp.example:99999/"],
    ["a port of letters", "https://sp.example:port/"],
    ["an open bracket", "https://[::1/"],
    ["an address that is none", "https://1.2.3.4.5/"],
  ])("%s", (_, uri) => {
    expect(reasonOf(checkRedirectUri(uri, development))).toBe("redirect_uri_malformed");
  });
});

describe("malformed: a host that two parsers may read as two", () => {
  test.each([
    "http://127.1/",
    "http://127.0.1/",
    "http://2130706433/",
    "http://0x7f.0.0.1/",
    "http://0177.0.0.1/",
    "http://127.0.0.1./",
    "http://[::ffff:127.0.0.1]/",
    "http://[0:0:0:0:0:0:0:1]/",
    "http://[::1]x/",
    "https://%6cocalhost/",
    "https://sp%2eexample/",
    "https://sp.example:/",
    "https://sp.example:443:443/",
    "https://a,b.example/",
  ])("%s", (uri) => {
    expect(reasonOf(checkRedirectUri(uri, development))).toBe("redirect_uri_malformed");
  });
});

describe("scheme", () => {
  test.each([
    "sp.example/callback",
    "//sp.example/callback",
    "/callback",
    "javascript:alert(1)",
    "data:text/html,x",
    "ftp://sp.example/",
    "custom.app://callback",
    "urn:ietf:wg:oauth:2.0:oob",
    "https:sp.example",
    "https:/sp.example",
    "https:///sp.example",
    "https://",
    "https://?x=1",
    "https",
    "http://sp.example/callback",
    "http://10.0.0.1/",
    "view-source:https://sp.example/",
  ])("%s is not https", (uri) => {
    expect(reasonOf(checkRedirectUri(uri, development))).toBe("redirect_uri_scheme");
  });
});

describe("http reaches this machine only, and only where it is allowed", () => {
  test.each([
    "http://localhost",
    "http://localhost:3000/cb",
    "http://LOCALHOST:3000/cb",
    "http://sp.localhost:3000/cb",
    "http://a.b.localhost/cb",
    "http://127.0.0.1/cb",
    "http://127.0.0.1:3000/cb",
    "http://[::1]/cb",
    "http://[::1]:3000/cb",
  ])("%s", (uri) => {
    expect(accepted(checkRedirectUri(uri, development))).toBe(uri);
    expect(reasonOf(checkRedirectUri(uri, production))).toBe("redirect_uri_loopback");
  });

  test.each([
    "http://localhost.evil.example/",
    "http://evil-localhost/",
    "http://xlocalhost/",
    "http://localhost./",
    "http://127.0.0.2/",
    "http://127.0.0.1.evil.example/",
    "http://127.0.0.1.nip.example/",
    "http://[::2]/",
    "http://[fe80::1]/",
    "http://0.0.0.0/",
    "http://evil.example/localhost",
    "http://evil.example?localhost",
    "http://evil.example:80/127.0.0.1",
  ])("%s is not this machine", (uri) => {
    expect(reasonOf(checkRedirectUri(uri, development))).toBe("redirect_uri_scheme");
  });

  test.each([
    ["localhost", true],
    ["sp.localhost", true],
    ["127.0.0.1", true],
    ["[::1]", true],
    ["::1", false],
    ["localhost.evil.example", false],
    ["notlocalhost", false],
    ["", false],
  ])("isLoopback(%j) is %s", (host, is) => {
    expect(isLoopback(host)).toBe(is);
  });
});

describe("userinfo", () => {
  test.each([
    "https://user@sp.example/",
    "https://user:secret@sp.example/",
    "https://:secret@sp.example/",
    "https://@sp.example/",
    "https://:@sp.example/",
    "https://sp.example@evil.example/",
    "https://sp.example%2f@evil.example/",
    "https://sp.example:443@evil.example/",
    "http://localhost@localhost/",
  ])("%s", (uri) => {
    expect(reasonOf(checkRedirectUri(uri, development))).toBe("redirect_uri_userinfo");
  });
});

describe("fragment", () => {
  test.each([
    "https://sp.example/#",
    "https://sp.example/cb#top",
    "https://sp.example/cb?x=1#code=2",
    "https://sp.example#@evil.example/",
  ])("%s", (uri) => {
    expect(reasonOf(checkRedirectUri(uri, production))).toBe("redirect_uri_fragment");
  });
});

describe("response parameters already there", () => {
  test.each([
    ["code", "https://sp.example/?code=1"],
    ["state", "https://sp.example/?x=1&state=2"],
    ["error", "https://sp.example/?error"],
    ["iss", "https://sp.example/?iss="],
    ["code", "https://sp.example/?%63ode=1"],
    ["state", "https://sp.example/?%73%74%61%74%65=1"],
    ["code", "https://sp.example/?x=1&&code"],
    ["iss", "http://localhost/?iss=1"],
  ])("%s in %s", (parameter, uri) => {
    const refused = checkRedirectUri(uri, development);
    expect(reasonOf(refused)).toBe("redirect_uri_reserved_parameter");
    expect(dataOf(refused)).toEqual({ parameter });
  });
});

describe("appendParameters", () => {
  test.each([
    ["https://sp.example", "https://sp.example?code=c"],
    ["https://sp.example/cb", "https://sp.example/cb?code=c"],
    ["https://sp.example/cb?", "https://sp.example/cb?code=c"],
    ["https://sp.example/cb?x=1", "https://sp.example/cb?x=1&code=c"],
    ["https://sp.example/cb?x=1&", "https://sp.example/cb?x=1&code=c"],
    ["https://sp.example/cb?x=what?", "https://sp.example/cb?x=what?&code=c"],
    ["https://sp.example/cb?x", "https://sp.example/cb?x&code=c"],
    ["HTTPS://SP.example/a/../b?x=%7e&y=a+b", "HTTPS://SP.example/a/../b?x=%7e&y=a+b&code=c"],
  ])("to %s", (uri, result) => {
    expect(appendParameters(uri, { code: "c" })).toBe(result);
  });

  test("encodes values, keeps order, and adds nothing", () => {
    const parameters = { code: "c", state: "a b&c=d+é#\r\n", iss: "did:ishare:EU.NL.NTRNL-10000001" };
    const uri = appendParameters("https://sp.example/cb?x=1", parameters);
    expect(uri).toBe(
      "https://sp.example/cb?x=1&code=c&state=a+b%26c%3Dd%2B%C3%A9%23%0D%0A&iss=did%3Aishare%3AEU.NL.NTRNL-10000001",
    );
    expect(Object.fromEntries(new URL(uri).searchParams)).toEqual({ x: "1", ...parameters });
  });
});
