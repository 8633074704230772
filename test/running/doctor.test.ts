/** `npm run doctor` on a real instance: a sound one, and one fault after the other. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseEnv } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createSigningService } from "../../sandbox/signing-service.ts";
import type { Finding } from "../../scripts/doctor/finding.ts";
import { chainPem, createPki, fingerprintOf, keyPem, mintLeaf } from "../support/pki.ts";
import { freePort, type Running, run, serveFunction, startRunning } from "../support/running.ts";
import { createWorld, IDP_ID } from "../support/world.ts";

interface Seen {
  readonly code: number | null;
  readonly findings: readonly Finding[];
  /** `verdict about: says` of all that is not good */
  readonly bad: readonly string[];
  of(about: string): Finding | undefined;
}

async function doctor(...args: readonly string[]): Promise<Seen> {
  const { code, stdout, stderr } = await run(["doctor", "--json", ...args]);
  expect(stderr).toBe("");
  expect(stdout).not.toMatch(/PRIVATE KEY|\n {4}at /);
  const { findings } = JSON.parse(stdout) as { findings: Finding[] };
  const bad = findings
    .filter(({ verdict }) => verdict !== "good")
    .map(({ verdict, about, says }) => `${verdict} ${about}: ${says}`);
  return { code, findings, bad, of: (about) => findings.find((it) => it.about === about) };
}

const HTTP = "warning TLS: this is plain http: for this machine only.";
const settingsOf = ({ state }: Running): string => join(dirname(state), "env");
const registryOf = (idp: Running): string =>
  parseEnv(readFileSync(settingsOf(idp), "utf8")).REGISTRY_URL ?? "";

describe("a real instance", { timeout: 120_000 }, () => {
  let idp: Running;
  let sound: Running["registry"]["parties"];
  beforeAll(async () => {
    idp = await startRunning({ REVOCATION: "off" });
    sound = idp.registry.parties.map((it) =>
      it.id === IDP_ID ? { ...it, roles: ["IdentityProvider"] } : it,
    );
    idp.registry.parties = sound;
  });
  afterEach(() => {
    idp.registry.fault = undefined;
    idp.registry.parties = sound;
  });
  afterAll(() => idp?.stop());

  test("that is sound: no fault, exit 0; without its key the registry is not asked about it", async () => {
    const seen = await doctor("--url", idp.url, "--env-file", settingsOf(idp));
    expect(seen).toMatchObject({
      code: 0,
      bad: [HTTP, expect.stringMatching(/^unknown revocation: .*names nobody to ask/)],
    });
    for (const about of [
      "issuer",
      "certificate chain",
      "signature",
      "trusted list",
      "party",
      "role",
      "clock",
    ])
      expect(seen.of(about)?.verdict, about).toBe("good");
    const outside = await doctor("--url", idp.url, "--registry", registryOf(idp));
    expect(outside.code).toBe(0);
    expect(outside.bad).toEqual([HTTP, expect.stringMatching(/^unknown registration: /)]);
  });

  test("in words for humans", async () => {
    const { code, stdout } = await run(["doctor", "--url", idp.url, "--party-id", "NTRNL-9"]);
    expect(code).toBe(1);
    expect(stdout).toContain(`WRONG    issuer: it says that it is ${IDP_ID}, not NTRNL-9.`);
    expect(stdout).toMatch(/→ Set PARTY_ID/);
  });

  test.each([
    ["down", /^wrong registry: The registry could not be reached/],
    ["500", /^wrong registry: it answers with HTTP 500/],
    ["not-json", /^wrong registry: The registry's answer is not in the words of this framework version/],
  ] as const)("registry fault %s", async (fault, words) => {
    idp.registry.fault = fault;
    const seen = await doctor("--url", idp.url, "--env-file", settingsOf(idp));
    expect(seen.code).toBe(1);
    expect(
      seen.bad.some((it) => words.test(it) || (fault === "down" && it.startsWith("wrong registry"))),
    ).toBe(true);
  });

  test("not active, another certificate, another role: as the registry has it", async () => {
    const about = async (over: object) => {
      idp.registry.parties = sound.map((it) => (it.id === IDP_ID ? { ...it, ...over } : it));
      return (await doctor("--url", idp.url, "--env-file", settingsOf(idp))).bad.slice(1).join();
    };
    expect(await about({ status: "NotActive" })).toContain(
      "wrong party: The registry does not have the party as active.",
    );
    expect(await about({ leaf: idp.world.sp.leaf })).toContain(
      "wrong party: The registry does not list this certificate",
    );
    expect(await about({ roles: ["ServiceProvider"] })).toContain(
      "wrong role: not registered as IdentityProvider, but as ServiceProvider.",
    );
  });

  test("behind an address that is not its own, whose clock is a minute ahead", async () => {
    const front = await serveFunction(async (request) => {
      const { pathname } = new URL(request.url);
      const answer = await fetch(idp.url + pathname);
      const date = new Date(Date.now() + 60_000).toUTCString();
      return new Response(await answer.text(), { status: answer.status, headers: { date } });
    });
    const seen = await doctor("--url", front.url, "--registry", registryOf(idp));
    front.server.close();
    expect(seen.code).toBe(1);
    expect(seen.of("clock")).toMatchObject({
      verdict: "wrong",
      // At least so far: what the answer took on its way is not counted.
      says: expect.stringMatching(/^the instance's clock is ([45]\d|60) s ahead of this machine's\.$/),
      todo: "the registry agrees with this machine: set the instance's clock by NTP.",
    });
    expect(seen.of("discovery")?.says).toMatch(/token_endpoint.* lead to another origin/);
  });
});

test("one whose certificate has expired answers 503: its settings say which", {
  timeout: 120_000,
}, async () => {
  const { pki } = await createWorld();
  const [notBefore, notAfter] = [new Date(Date.now() - 9e8), new Date(Date.now() - 1000)];
  const leaf = await mintLeaf(pki, "NTRNL-10000010", { notBefore, notAfter });
  const idp = await startRunning({ SIGNING_KEY: await keyPem(leaf), CERTIFICATE_CHAIN: chainPem(leaf) });
  const seen = await doctor("--url", idp.url, "--env-file", settingsOf(idp));
  await idp.stop();
  expect(seen.code).toBe(1);
  expect(seen.bad).toContain("wrong settings: CERTIFICATE_CHAIN: certificate 1 has expired.");
  expect(seen.of("configuration")?.says).toContain("every path answers 503");
});

test("one whose certificate ends in a fortnight, and whose key is with a service: told, from outside and as itself", {
  timeout: 120_000,
}, async () => {
  const pki = await createPki();
  const leaf = await mintLeaf(pki, "NTRNL-10000010", { notAfter: new Date(Date.now() + 14.5 * 86_400_000) });
  const [key, chain, SIGNER_TOKEN] = [await keyPem(leaf), chainPem(leaf), "t".repeat(43)];
  const service = createSigningService({ keys: [{ key, chain }], token: SIGNER_TOKEN });
  const { server, url } = await serveFunction((request) => service.handle(request));
  const idp = await startRunning({
    ...{ SIGNING_KEY: "", CERTIFICATE_CHAIN: chain, SIGNER_URL: url, SIGNER_TOKEN, REVOCATION: "off" },
  });
  const { registry } = idp;
  const anchor = { fingerprint: await fingerprintOf(pki.root), validity: "valid", status: "granted" };
  registry.trustedList = [...registry.trustedList, anchor];
  registry.parties = registry.parties.map((it) =>
    it.id === IDP_ID ? { ...it, leaf, roles: ["IdentityProvider"] } : it,
  );
  const ends = expect.stringMatching(/^warning certificate's end: the eSEAL ends on .*, in 14 days!$/);
  const outside = await doctor("--url", idp.url);
  const own = await doctor("--url", idp.url, "--env-file", settingsOf(idp));
  server.closeAllConnections();
  server.close();
  const out = await doctor("--url", idp.url, "--env-file", settingsOf(idp));
  await idp.stop();
  expect(outside).toMatchObject({
    code: 0,
    bad: [HTTP, ends, expect.stringMatching(/^unknown registration/)],
  });
  expect(outside.of("certificate's end")?.todo).toContain("docs/keys.md");
  expect(own).toMatchObject({ code: 0, bad: [HTTP, ends, expect.stringMatching(/^unknown revocation/)] });
  expect(own.of("signing service")?.verdict).toBe("good");
  expect(out.code).toBe(1);
  expect(out.of("signing service")).toMatchObject({
    verdict: "wrong",
    says: expect.stringContaining("no signature"),
  });
});

test("nothing there, something else there, no address at all", { timeout: 120_000 }, async () => {
  const nothing = await doctor("--url", `http://localhost:${await freePort()}`);
  expect(nothing).toMatchObject({
    code: 1,
    bad: [expect.stringMatching(/^wrong connection: Nothing listens/), expect.anything()],
  });
  const other = await serveFunction(async () => new Response("<html>"));
  expect((await doctor("--url", other.url)).of("health")?.says).toBe(
    "something else than ishare-idp answers there.",
  );
  other.server.close();
  const unnamed = await doctor("--url", "https://no-such-name.invalid");
  expect(unnamed.bad[0]).toMatch(/^wrong DNS: /);
  const { code, stderr } = await run(["doctor", "--url", "idp.example"]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^--url is missing or is no http\(s\) address\.\nusage: /);
});
