/** What the doctor makes of what it sees: clocks, ends of certificates, health, discovery, the registry's record. */
import { describe, expect, test } from "vitest";
import { judgeEnds } from "../../../scripts/doctor/certificates.ts";
import { ahead, judgeClock, type Reading } from "../../../scripts/doctor/clock.ts";
import { print, wrong } from "../../../scripts/doctor/finding.ts";
import { judgeDiscovery, judgeHealth, judgeReadiness } from "../../../scripts/doctor/instance.ts";
import { judgeParty } from "../../../scripts/doctor/registry.ts";
import { troubleOf } from "../../../scripts/doctor/web.ts";
import type { Party } from "../../../src/registry/party.ts";

const NOW = 1_800_000_000;
const DAY = 86_400;

describe("clock", () => {
  const reading = (at: number | undefined, of = "it"): Reading => ({
    of,
    at: at === undefined ? undefined : NOW + at,
    asked: NOW * 1000,
    answered: NOW * 1000 + 400,
  });
  test.each([
    [0, 0],
    [-1, 0], // whole seconds are cut off
    [12, 11],
    [-12, -11],
    [undefined, undefined],
  ])("a time %j s away is %j s ahead", (at, expected) => {
    expect(ahead(reading(at))).toBe(expected);
  });
  test.each([
    [[0], "good"],
    [[7], "warning"],
    [[-7], "warning"],
    [[40], "wrong"],
    [[0, -40], "wrong"],
    [[undefined], "unknown"],
  ] as const)("%j → %s", (times, verdict) => {
    expect(
      judgeClock(
        times.map((it) => reading(it)),
        [],
      ).verdict,
    ).toBe(verdict);
  });
  test("a third clock tells whose fault it is", () => {
    const say = (other: number) => judgeClock([reading(40)], [reading(other, "the registry")]).todo;
    expect(say(0)).toBe("the registry agrees with this machine: set the instance's clock by NTP.");
    expect(say(39)).toBe("the registry agrees with the instance: set this machine's clock by NTP.");
  });
});

test.each([
  [[{ notBefore: 0, notAfter: NOW + 400 * DAY }], "good", "in 400 days"],
  [[{ notBefore: 0, notAfter: NOW + 60 * DAY }], "good", "in 60 days"],
  [[{ notBefore: 0, notAfter: NOW + 60 * DAY - 1 }], "warning", "in 59 days"],
  [[{ notBefore: 0, notAfter: NOW + DAY }], "warning", "in 1 day!"],
  [[{ notBefore: 0, notAfter: NOW }], "wrong", "the eSEAL expired"],
  [[{ notBefore: NOW + 1, notAfter: NOW + DAY }], "wrong", "valid from"],
  [
    [
      { notBefore: 0, notAfter: NOW + 400 * DAY },
      { notBefore: 0, notAfter: NOW + 10 * DAY },
    ],
    "warning",
    "CA certificate 2 of the chain",
  ],
])("the end of %j is %s", (certificates, verdict, words) => {
  const [finding] = judgeEnds(certificates, NOW);
  expect(finding).toMatchObject({ verdict });
  expect(finding?.says).toContain(words);
});

test.each([
  [200, '{"status":"ok"}', undefined],
  [503, '{"error":"temporarily_unavailable"}', "configuration"],
  [503, "upstream", "health"],
  [200, "<html>", "health"],
  [404, "", "health"],
  [302, "", "health"],
])("/health with %i %j", (status, body, about) => {
  expect(judgeHealth({ status, body, headers: new Headers() })?.about).toBe(about);
});

test.each([
  [404, "", []],
  [200, '{"status":"ready","checks":{"registry":"ok"}}', ["good"]],
  [200, '{"status":"ready","checks":{"registry":"stale","directory":"ok"}}', ["warning"]],
  [503, '{"checks":{"registry":"failed","directory":"ok"}}', ["wrong"]],
  [503, "oops", ["wrong"]],
])("/health/ready with %i %j", (status, body, verdicts) => {
  const findings = judgeReadiness({ status, body });
  expect(findings.map(({ verdict }) => verdict)).toEqual(verdicts);
  if (body.includes("failed")) expect(findings[0]?.says).toBe("it is not ready: registry.");
});

describe("discovery", () => {
  const url = new URL("https://idp.example");
  const of = (metadata: object, partyId?: string) =>
    judgeDiscovery({ status: 200, body: JSON.stringify(metadata) }, url, { partyId }).findings.filter(
      ({ verdict }) => verdict === "wrong",
    );
  const sound = { issuer: "NTRNL-1", token_endpoint: "https://idp.example/connect/token" };
  test("a sound one", () => {
    expect(of(sound, "NTRNL-1")).toEqual([]);
  });
  test("another issuer, another origin, another host, none", () => {
    expect(of(sound, "NTRNL-2")[0]?.says).toContain("it is NTRNL-1, not NTRNL-2");
    expect(of({ ...sound, token_endpoint: "https://idp.example.net/connect/token" })[0]?.says).toContain(
      "token_endpoint",
    );
    expect(judgeDiscovery({ status: 421, body: "" }, url, { partyId: undefined }).findings[0]?.about).toBe(
      "address",
    );
    expect(of({})).toHaveLength(1);
  });
});

describe("the registry's record", () => {
  const party = (over: Partial<Party>): Party =>
    ({
      id: "NTRNL-1",
      ids: new Set(),
      name: "We",
      roles: [],
      certificates: [],
      adherence: [],
      ...over,
    }) as never;
  const judge = (over: Partial<Party>) =>
    judgeParty(party(over), { partyId: "NTRNL-1" as never, partyName: "We" }, NOW).map(
      (it) => `${it.verdict} ${it.about}`,
    );
  const role = (name: string, until?: number) => ({ role: name, from: undefined, until });
  test.each([
    [{ roles: [role("IdentityProvider")] }, ["good role"]],
    [{ roles: [role("Identity Provider")] }, ["good role"]],
    [{ roles: [role("identity-provider")] }, ["good role"]],
    [{ roles: [role("ServiceProvider")] }, ["wrong role"]],
    [{ roles: [role("IdentityProvider", NOW)] }, ["wrong role"]],
    [{ roles: [] }, ["unknown role"]],
    [{ id: "EU.EORI.NL1" as never }, ["warning party", "unknown role"]],
    [{ name: "Others" }, ["warning name", "unknown role"]],
  ])("%j", (over, expected) => {
    expect(judge(over)).toEqual(expected);
  });
});

test.each([
  "ENOTFOUND",
  "ECONNREFUSED",
  "CERT_HAS_EXPIRED",
  "ERR_TLS_CERT_ALTNAME_INVALID",
  "ETIMEDOUT",
  "",
  "EPROTO",
])("%j is told in words", (code) => {
  const { says, todo } = troubleOf(code, { hostname: "idp.example", host: "idp.example:8443" });
  expect(says).toMatch(/idp\.example/);
  expect(todo).toMatch(/[.?]$/);
});

test("what others say can't steer the terminal", () => {
  expect(print(wrong("issuer", "it is \u001b[2Jme.\r\nok", "x\ny"))).toBe(
    "WRONG    issuer: it is  [2Jme.  ok\n         → x y",
  );
});
