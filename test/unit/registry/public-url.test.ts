/** Which addresses that another party names may be called (SSRF, CVE-2020-10770). */
import { describe, expect, test } from "vitest";
import { parseEvidenceUrl, parsePublicUrl } from "../../../src/registry/public-url.ts";

describe("called", () => {
  test.each([
    ["https://ar.isharetest.net/", "https://ar.isharetest.net"],
    ["https://ar.isharetest.net", "https://ar.isharetest.net"],
    ["https://AR.IshareTest.net:8443/api/v2//", "https://ar.isharetest.net:8443/api/v2"],
    ["https://xn--bcher-kva.example/ar", "https://xn--bcher-kva.example/ar"],
    ["https://a_b.example.xn--p1ai/", "https://a_b.example.xn--p1ai"],
  ])("%s", (text, url) => {
    expect(parsePublicUrl(text, false)).toBe(url);
    expect(parsePublicUrl(text, true)).toBe(url);
  });
});

describe("not called", () => {
  test.each([
    ...["", "ar.example", "//ar.example/", "ftp://ar.example/", "javascript:alert(1)", "data:,x"],
    ...["http://ar.example/", "https://ar", "https://ar./", "https://.example/", "https://ar.example./"],
    ...["https://127.0.0.1/", "https://127.1/", "https://0x7f000001/", "https://0177.0.0.1/", "https://0/"],
    ...["https://10.0.0.8/", "https://169.254.169.254/latest", "https://192.168.0.1/", "https://8.8.8.8/"],
    ...["https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://[fd00::1]/"],
    ...[
      "https://localhost/",
      "https://x.localhost/",
      "https://ar.local/",
      "https://metadata.google.internal/",
    ],
    ...["https://ar.lan/", "https://ar.home.arpa/", "https://1.0.0.127.in-addr.arpa/", "https://ar.onion/"],
    ...["https://user@ar.example/", "https://user:pass@ar.example/", "https://ar.example@evil.example/"],
    ...["https://ar.example/?a=b", "https://ar.example/#a", "https://ar.example\\@evil.example/"],
    ...["https:\\\\ar.example/", "https://ar.exam\tple/", " https://ar.example/", "https://ar.example/a b"],
    ...["https://ar.example:99999/", "https://ar.1/", "https://-ar.example/"],
  ])("%j", (text) => {
    expect(parsePublicUrl(text, false)).toBeUndefined();
  });
});

describe("this machine", () => {
  const own = ["http://127.0.0.1:8791", "http://localhost:8791", "http://[::1]:8791", "http://ar.localhost"];
  test.each(own)("%s in the sandbox, and nowhere else", (text) => {
    expect(parsePublicUrl(`${text}/`, true)).toBe(text);
    expect(parsePublicUrl(`${text}/`, false)).toBeUndefined();
  });

  test.each([
    "http://10.0.0.1/",
    "http://ar.example/",
    "http://127.0.0.2/",
    "http://localhost.example/",
    "https://localhost/",
  ])("%s is not this machine", (text) => {
    expect(parsePublicUrl(text, true)).toBeUndefined();
  });
});

describe("evidence of revocation", () => {
  test.each([
    "http://crl.example/",
    "http://crl.example/ca/issuing.crl",
    "https://ocsp.example/path/",
    "http://ocsp.example:8080/a%20b",
  ])("%s is called as it is written", (text) => {
    expect(parseEvidenceUrl(text, false)).toBe(text);
  });

  test.each([
    ...["ldap://crl.example/cn=CA", "ftp://crl.example/", "file:///etc/passwd", "http://crl/", ""],
    ...[
      "http://127.0.0.1/",
      "http://10.0.0.1/",
      "http://169.254.169.254/",
      "http://[::1]/",
      "http://2130706433/",
    ],
    ...["http://localhost/", "http://ca.internal/", "http://ca.local/", "http://user@crl.example/"],
    ...[
      "http://crl.example/?a=b",
      "http://crl.example/#a",
      "http://crl.example\\@10.0.0.1/",
      " http://crl.example/",
    ],
  ])("%j is not", (text) => {
    expect(parseEvidenceUrl(text, false)).toBeUndefined();
  });

  test("this machine in the sandbox alone", () => {
    expect(parseEvidenceUrl("http://127.0.0.1:8788/ca/sub/crl", true)).toBe(
      "http://127.0.0.1:8788/ca/sub/crl",
    );
    expect(parseEvidenceUrl("http://10.0.0.1/", true)).toBeUndefined();
  });
});
