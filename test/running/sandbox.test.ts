/** `npm start`: the sandbox comes up by itself, and a client that reads sandbox.json can take the SP's part. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { CompactEncrypt, CompactSign, importPKCS8, importX509 } from "jose";
import { afterAll, beforeAll, expect, test } from "vitest";
import { signIn, TestBrowser } from "../support/browser.ts";
import { decodePayload, frame } from "../support/jwt.ts";
import { freePort, run, untilAnswers } from "../support/running.ts";

const ROOT = join(import.meta.dirname, "..", "..");

interface Description {
  readonly idp: { readonly url: string; readonly partyId: string; readonly certificateChain: string };
  readonly registry: { readonly url: string; readonly partyId: string };
  readonly rootCertificate: string;
  readonly serviceProviders: readonly {
    readonly partyId: string;
    readonly name: string;
    readonly key: string;
    readonly certificateChain: string;
    readonly redirectUri: string;
  }[];
  readonly users: readonly {
    readonly username: string;
    readonly password: string;
    readonly organisations: readonly { readonly id: string; readonly name: string }[];
  }[];
}

let folder: string;
let port: number;
let sandbox: ChildProcess;
let log = "";
let description: Description;

beforeAll(async () => {
  folder = join(await mkdtemp(join(tmpdir(), "ishare-idp-test-")), "sandbox");
  port = await freePortOfFour();
  await start();
  description = JSON.parse(await readFile(join(folder, "sandbox.json"), "utf8"));
});
afterAll(async () => {
  await stop();
  await rm(dirname(folder), { recursive: true, force: true });
});

async function start(): Promise<void> {
  log = "";
  sandbox = spawn(process.execPath, ["--", join(ROOT, "scripts", "run.mjs"), "start", "--folder", folder], {
    cwd: ROOT,
    env: { ...process.env, PORT: String(port) },
  });
  for (const stream of [sandbox.stdout, sandbox.stderr]) stream?.on("data", (data) => (log += data));
  await untilAnswers(`http://localhost:${port}/health`, sandbox, () => log);
  const announced = `http://sp2.localhost:${port + 3}`;
  for (let tries = 0; tries < 100 && !log.includes(announced); tries++) await setTimeout(100);
}

async function stop(): Promise<number | null> {
  const ended = new Promise<number | null>((resolve) => sandbox.once("exit", resolve));
  sandbox.kill("SIGTERM");
  return ended;
}

/** Four in a row, as `PORT` needs; rarely the first guess is wrong. */
async function freePortOfFour(): Promise<number> {
  for (let tries = 0; tries < 20; tries++) {
    const first = await freePort();
    if (first < 65_000 && (await Promise.all([1, 2, 3].map((n) => isFree(first + n)))).every(Boolean))
      return first;
  }
  throw new Error("no four free ports in a row");
}
const isFree = async (number: number): Promise<boolean> => {
  const { isPortFree } = await import("../../scripts/process.ts");
  return isPortFree(number);
};

const pem = (path: string): Promise<string> => readFile(join(folder, path), "utf8");

test("it says where to click and who may sign in", () => {
  for (const text of [`http://127.0.0.1:${port + 2}`, ...description.users.map(({ password }) => password)]) {
    expect(log).toContain(text);
  }
  expect(description.users.some(({ organisations }) => organisations.length === 2)).toBe(true);
  expect(description.serviceProviders).toHaveLength(3);
});

test("its certificates are as iSHARE's are, and openssl agrees", async () => {
  const leafAndCas = await pem(description.serviceProviders[0]?.certificateChain ?? "");
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
  const [sp] = description.serviceProviders;
  const user = description.users.find(({ organisations }) => organisations.length === 2);
  if (sp === undefined || user === undefined) throw new Error("the sandbox has SPs and users");
  const { answer, token } = await signInAt(sp, user, user.organisations[1]?.id);
  expect(answer.searchParams.get("iss")).toBe(description.idp.partyId);
  expect(decodePayload(token.id_token ?? "")).toMatchObject({
    iss: description.idp.partyId,
    aud: sp.partyId,
    organisationIdentifier: user.organisations[1]?.id,
  });
});

test("the inactive SP is refused", async () => {
  const sp = description.serviceProviders[2];
  if (sp === undefined) throw new Error("there is a third SP");
  const response = await authorize(new TestBrowser(description.idp.url, (request) => fetch(request)), sp);
  expect(response.headers.get("location")).toContain("/error?c=untrusted_party");
});

test("the demo Service Providers answer, each under its own name", async () => {
  const first = await fetch(`http://127.0.0.1:${port + 2}/`);
  expect(await first.text()).toContain("Sign in with iSHARE");
  expect(first.headers.get("content-security-policy")).toContain("default-src 'none'");
});

test("a second start says that it runs already; state survives a restart", async () => {
  const second = await run(["start", "--folder", folder]);
  expect(second).toMatchObject({ code: 1, stdout: "" });
  expect(second.stderr).toMatch(/^Port \d+ is in use.*\n$/);
  expect(await stop()).toBe(0);
  await start();
  expect(JSON.parse(await readFile(join(folder, "sandbox.json"), "utf8"))).toEqual(description);
  const [sp] = description.serviceProviders;
  const [user] = description.users;
  if (sp === undefined || user === undefined) throw new Error("the sandbox has SPs and users");
  expect((await signInAt(sp, user)).token).toHaveProperty("access_token");
});

test("a folder of somebody else's is left alone", async () => {
  const other = await mkdtemp(join(tmpdir(), "ishare-idp-test-"));
  await writeFile(join(other, "keys"), "mine");
  const ended = await run(["start", "--fresh", "--folder", other]);
  expect(ended).toMatchObject({ code: 1, stderr: `${other} is neither empty nor a sandbox.\n` });
  expect(await readFile(join(other, "keys"), "utf8")).toBe("mine");
});

type ServiceProvider = Description["serviceProviders"][number];

async function sign(sp: ServiceProvider, payload: Record<string, unknown>): Promise<string> {
  const chain = await pem(sp.certificateChain);
  const x5c = [...chain.matchAll(/-----BEGIN CERTIFICATE-----([^-]+)-----END/g)].map(([, body = ""]) =>
    body.replace(/\s/g, ""),
  );
  return new CompactSign(new TextEncoder().encode(JSON.stringify(payload)))
    .setProtectedHeader({ alg: "RS256", typ: "JWT", x5c })
    .sign(await importPKCS8(await pem(sp.key), "RS256"));
}

async function authorize(browser: TestBrowser, sp: ServiceProvider): Promise<Response> {
  const outer = { response_type: "code", client_id: sp.partyId, scope: "openid iSHARE name" };
  const claims = {
    ...frame(sp.partyId, "urn:TBD", description.idp.partyId),
    ...outer,
    redirect_uri: sp.redirectUri,
    state: "s",
    nonce: "n",
  };
  const [leaf = ""] = (await pem(description.idp.certificateChain)).split(/(?<=-----END CERTIFICATE-----)/);
  const key = await importX509(leaf, "RSA-OAEP");
  const request = await new CompactEncrypt(new TextEncoder().encode(await sign(sp, claims)))
    .setProtectedHeader({ alg: "RSA-OAEP", enc: "A256GCM" })
    .encrypt(key);
  return browser.post("/connect/authorize", { ...outer, request });
}

async function signInAt(
  sp: ServiceProvider,
  user: Description["users"][number],
  organisation = user.organisations[0]?.id,
) {
  const browser = new TestBrowser(description.idp.url, (request) => fetch(request));
  const begun = await authorize(browser, sp);
  const who = organisation === undefined ? user : { ...user, organisation };
  const answer = await signIn(browser, begun.headers.get("location") ?? "", who);
  const response = await browser.post("/connect/token", {
    grant_type: "authorization_code",
    client_id: sp.partyId,
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    client_assertion: await sign(sp, frame(sp.partyId, sp.partyId, description.idp.partyId)),
    redirect_uri: sp.redirectUri,
    code: answer.searchParams.get("code") ?? "",
  });
  return { answer, token: (await response.json()) as Record<string, string> };
}
