/** `npm start`: the sandbox comes up by itself, and a client that reads sandbox.json can take the SP's part. */
import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { decodePayload } from "../support/jwt.ts";
import { run } from "../support/running.ts";
import { Sandbox } from "../support/sandbox.ts";

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await Sandbox.create();
});
afterAll(() => sandbox?.remove());

test("it says where to click, who may sign in, and how to reach which level", () => {
  const { users, serviceProviders } = sandbox.description;
  const seeds = users.flatMap(({ totpSeed = [] }) => totpSeed);
  const codes = users.flatMap(({ enrolmentCode = [] }) => enrolmentCode);
  expect([seeds.length, codes.length]).toEqual([1, 1]);
  const passwords = users.map(({ password }) => password);
  for (const text of [`http://127.0.0.1:${sandbox.port + 2}`, ...passwords, ...seeds, ...codes]) {
    expect(sandbox.log).toContain(text); // the seed as part of its address
  }
  expect(users.some(({ organisations }) => organisations.length === 2)).toBe(true);
  expect(serviceProviders).toHaveLength(3);
});

test("its certificates are as iSHARE's are, and openssl agrees", async () => {
  const { folder, description } = sandbox;
  const leafAndCas = await sandbox.read(sandbox.serviceProvider(0).certificateChain);
  const [leaf = "", ...cas] = leafAndCas.match(/-----BEGIN[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  expect(cas).toHaveLength(3);
  await writeFile(join(folder, "leaf.tmp"), leaf);
  await writeFile(join(folder, "cas.tmp"), cas.join("\n"));
  const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: folder, encoding: "utf8" });
  const verdict = openssl(
    "verify",
    "-x509_strict",
    "-CAfile",
    description.rootCertificate,
    "-untrusted",
    "cas.tmp",
    "leaf.tmp",
  );
  expect(verdict).toContain("OK");
  const text = openssl("x509", "-in", "leaf.tmp", "-noout", "-text");
  expect(text).toMatch(/X509v3 Key Usage: critical\s+Non Repudiation\n/);
  expect(text).toContain("organizationIdentifier = NTRNL-");
  expect(text).toContain("Public-Key: (2048 bit)");
});

test("a client with sandbox.json alone signs a human in, with an encrypted request", async () => {
  const { idp } = sandbox.description;
  const sp = sandbox.serviceProvider(0);
  const user = sandbox.user("noor");
  const { answer, token } = await sandbox.signIn(sp, user, user.organisations[1]?.id);
  expect(answer.searchParams.get("iss")).toBe(idp.partyId);
  expect(decodePayload(token.id_token ?? "")).toMatchObject({
    iss: idp.partyId,
    aud: sp.partyId,
    organisationIdentifier: user.organisations[1]?.id,
  });
});

test("the inactive SP is refused", async () => {
  const response = await sandbox.authorize(sandbox.browser(), sandbox.serviceProvider(2));
  expect(response.headers.get("location")).toContain("/error?c=untrusted_party");
});

test("the demo Service Providers answer, each under its own name", async () => {
  const first = await fetch(`http://127.0.0.1:${sandbox.port + 2}/`);
  expect(await first.text()).toContain("Sign in with iSHARE");
  expect(first.headers.get("content-security-policy")).toContain("default-src 'none'");
});

test("a second start says that it runs already; state survives a restart", async () => {
  const { folder, description } = sandbox;
  const second = await run(["start", "--folder", folder]);
  expect(second).toMatchObject({ code: 1, stdout: "" });
  expect(second.stderr).toMatch(/^Port \d+ is in use.*\n$/);
  expect(await sandbox.stop()).toBe(0);
  await sandbox.start();
  expect(sandbox.description).toEqual(description);
  const signedIn = await sandbox.signIn(sandbox.serviceProvider(0), sandbox.user("anna"));
  expect(signedIn.token).toHaveProperty("access_token");
});

test("a folder of an earlier version gets what it lacks, and keeps the rest", async () => {
  const before = sandbox.user("anna");
  await sandbox.stop();
  const { secrets, passwords } = JSON.parse(await sandbox.read("keys/secrets.json"));
  const { daan: _, ...known } = passwords; // and a directory that knows no more than that
  await writeFile(
    join(sandbox.folder, "keys", "secrets.json"),
    JSON.stringify({ secrets, passwords: known }),
  );
  await rm(join(sandbox.folder, "state"), { recursive: true });
  await sandbox.start();
  expect(sandbox.user("anna")).toEqual(before);
  expect(sandbox.user("bram").totpSeed).toMatch(/^[A-Z2-7]{32}$/);
  expect(sandbox.user("daan").enrolmentCode).toMatch(/^[0-9A-Z-]{19}$/);
  const signedIn = await sandbox.signIn(sandbox.serviceProvider(0), sandbox.user("daan"));
  expect(signedIn.token).toHaveProperty("access_token");
});

test("a folder of somebody else's is left alone", async () => {
  const other = await mkdtemp(join(tmpdir(), "ishare-idp-test-"));
  await writeFile(join(other, "keys"), "mine");
  const ended = await run(["start", "--fresh", "--folder", other]);
  expect(ended).toMatchObject({ code: 1, stderr: `${other} is neither empty nor a sandbox.\n` });
  expect(await readFile(join(other, "keys"), "utf8")).toBe("mine");
});
