/**
 * An Identity Provider seen from outside, as an SP sees it: name, TLS, health, discovery, keys, and something it signed.
 * Asks and judges; needs no credentials. What the registry says of it is for `registry`.
 */
import { parseJsonObject } from "../../src/protocol/json.ts";
import { judgeEnds } from "./certificates.ts";
import type { Reading } from "./clock.ts";
import { type Finding, good, unknown, warning, wrong } from "./finding.ts";
import { type Keys, readKeys, readSigned } from "./signed.ts";
import { type Answer, get, lookUpName, tlsEnd } from "./web.ts";

export interface Examined {
  readonly findings: readonly Finding[];
  /** its party identifier, as it says itself */
  readonly issuer?: string;
  readonly readings: readonly Reading[];
}

export interface Expected {
  /** undefined: whatever it says */
  readonly partyId: string | undefined;
}

/** @param now seconds since 1970 */
export async function examine(url: URL, expected: Expected, now: number): Promise<Examined> {
  const findings: Finding[] = [];
  const stop = (finding: Finding): Examined => ({ findings: [...findings, finding], readings: [] });

  const unnamed = await lookUpName(url);
  if (unnamed !== undefined) return stop(wrong("DNS", unnamed.says, unnamed.todo));
  const health = await get(`${url.origin}/health`);
  if ("trouble" in health) return stop(wrong("connection", health.trouble.says, health.trouble.todo));
  findings.push(...(await judgeTls(url, now)));
  const sick = judgeHealth(health.answer);
  findings.push(sick ?? good("health", "it runs, and its configuration is sound."));
  const readings = [readingOf(health.answer)];
  if (sick !== undefined) return { findings, readings };

  const [ready, discovery, jwks, capabilities] = await Promise.all(
    ["/health/ready", "/.well-known/openid-configuration", "/.well-known/jwks.json", "/capabilities"].map(
      (path) => get(url.origin + path),
    ),
  );
  const answerOf = (outcome: typeof discovery) =>
    outcome && "answer" in outcome ? outcome.answer : undefined;
  findings.push(...judgeReadiness(answerOf(ready)));
  const described = judgeDiscovery(answerOf(discovery), url, expected);
  findings.push(...described.findings);
  const keys = await readKeys(answerOf(jwks)?.body ?? "", now);
  findings.push(...keys.findings);
  const { issuer } = described;
  const signed = answerOf(capabilities);
  if (issuer !== undefined && signed !== undefined)
    findings.push(...(await judgeSigned(signed, issuer, keys, readings)));
  return { findings, readings, ...(issuer !== undefined && { issuer }) };
}

async function judgeTls(url: URL, now: number): Promise<readonly Finding[]> {
  if (url.protocol !== "https:")
    return [warning("TLS", "this is plain http: for this machine only.", "Deploy it, or put TLS in front.")];
  const end = await tlsEnd(url);
  if (end === undefined) return [unknown("TLS", "the server's certificate could not be looked at.")];
  const [finding] = judgeEnds([{ notBefore: 0, notAfter: end }], now);
  const days = Math.floor((end - now) / 86_400);
  // Those are renewed by machines, a month before their end or less.
  if (finding !== undefined && days < 14)
    return [warning("TLS", `the server's certificate ends in ${days} days.`, "Is it still renewed?")];
  return [good("TLS", `the server's certificate is good for ${days} more days.`)];
}

/** Pure. @returns undefined when it is well */
export function judgeHealth({
  status,
  headers,
  body,
}: Pick<Answer, "status" | "headers" | "body">): Finding | undefined {
  const { status: says, error } = parseJsonObject(body) ?? {};
  if (status === 200 && says === "ok") return undefined;
  if (status === 503 && error === "temporarily_unavailable")
    return wrong(
      "configuration",
      "it runs, but a setting, secret or binding is missing or wrong, or its certificate has ended: every path answers 503.",
      "The log line `misconfigured` names every problem: see docs/operate.md, or doctor with --environment or --env-file.",
    );
  if (status >= 300 && status < 400)
    return wrong(
      "health",
      `it redirects to ${headers.get("location") ?? "elsewhere"}.`,
      "Is this its address?",
    );
  if (status === 404 || status === 200)
    return wrong(
      "health",
      "something else than ishare-idp answers there.",
      "Is this its address, and is it deployed?",
    );
  return wrong("health", `/health answers with HTTP ${status}.`, "Look at the log: see docs/operate.md.");
}

/** Pure. Instances of before have no such path. Checks are `ok`, `stale` or `failed`, by name. */
export function judgeReadiness(answer: Pick<Answer, "status" | "body"> | undefined): readonly Finding[] {
  if (answer === undefined || answer.status === 404) return [];
  const checks = parseJsonObject(answer.body)?.checks;
  const named = (state: string): string =>
    Object.entries(typeof checks === "object" && checks !== null ? checks : {})
      .flatMap(([name, it]) => (it === state ? [name] : []))
      .join(", ");
  if (answer.status !== 200)
    return [
      wrong(
        "readiness",
        `it is not ready: ${named("failed") || `HTTP ${answer.status}`}.`,
        "See docs/operate.md and docs/faults.md.",
      ),
    ];
  const stale = named("stale");
  return stale === ""
    ? [good("readiness", "all it depends on is there.")]
    : [warning("readiness", `it lives on what it last heard: ${stale}.`, "See docs/faults.md.")];
}

/** Pure. */
export function judgeDiscovery(
  answer: Pick<Answer, "status" | "body"> | undefined,
  url: URL,
  { partyId }: Expected,
): { readonly findings: readonly Finding[]; readonly issuer?: string } {
  if (answer?.status === 421)
    return {
      findings: [
        wrong(
          "address",
          `it does not answer as ${url.host}.`,
          "ISSUER_URL names another host: set it, and deploy.",
        ),
      ],
    };
  const metadata = answer?.status === 200 ? parseJsonObject(answer.body) : undefined;
  const issuer = metadata?.issuer;
  if (metadata === undefined || typeof issuer !== "string" || issuer === "")
    return {
      findings: [wrong("discovery", "/.well-known/openid-configuration is not there.", "Look at the log.")],
    };
  const elsewhere = Object.entries(metadata).filter(
    ([name, value]) =>
      /_endpoint$|_uri$/.test(name) && typeof value === "string" && !value.startsWith(`${url.origin}/`),
  );
  const findings = [
    partyId === undefined || partyId === issuer
      ? good("issuer", `it is ${issuer}.`)
      : wrong(
          "issuer",
          `it says that it is ${issuer}, not ${partyId}.`,
          "Set PARTY_ID, or ask the right instance.",
        ),
    ...(elsewhere.length > 0
      ? [
          wrong(
            "discovery",
            `${elsewhere.map(([name]) => name).join(", ")} lead to another origin than ${url.origin}.`,
            "ISSUER_URL is not the address that you gave: set one of both right.",
          ),
        ]
      : []),
  ];
  return { findings, issuer };
}

async function judgeSigned(
  answer: Answer,
  issuer: string,
  keys: Keys,
  readings: Reading[],
): Promise<readonly Finding[]> {
  const { capabilities_token, capabilitiesToken } = parseJsonObject(answer.body) ?? {};
  const token = capabilities_token ?? capabilitiesToken;
  if (answer.status !== 200 || typeof token !== "string")
    return [
      wrong(
        "signature",
        `/capabilities answers with HTTP ${answer.status} and no token.`,
        "Look at the log.",
      ),
    ];
  const signed = await readSigned(token, issuer, keys);
  // A copy may be handed out for fifteen seconds after it was signed.
  if (signed.issuedAt !== undefined)
    readings.push({ ...readingOf(answer), at: signed.issuedAt, asked: answer.asked - 15_000 });
  return [signed.finding];
}

export function readingOf({ headers, asked, answered }: Answer, of = "the instance"): Reading {
  const at = Date.parse(headers.get("date") ?? "") / 1000;
  return { of, at: Number.isNaN(at) ? undefined : at, asked, answered };
}
