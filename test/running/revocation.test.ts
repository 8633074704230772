/** The sandbox's authorities: what they say of a certificate, what openssl makes of it, and what the IdP does. */
import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadKeys, makeKeys } from "../../sandbox/keys.ts";
import { FREIGHT_PAPERS } from "../../sandbox/participants.ts";
import { run } from "../support/running.ts";
import { Sandbox } from "../support/sandbox.ts";

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await Sandbox.create({ REVOCATION: "hard" }); // every certificate there can be asked about
});
afterAll(() => sandbox?.remove());

const command = (...args: string[]) => run(["sandbox", ...args, "--folder", sandbox.folder]);
const openssl = (folder: string, ...args: string[]) =>
  execFileSync("openssl", args, { cwd: folder, encoding: "utf8", stdio: ["pipe", "pipe", "pipe"] });

/** leaf.pem, issuing.pem, sub.pem, root.pem */
async function unfold(folder: string, chain: string): Promise<string> {
  const certificates = chain.match(/-----BEGIN[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  for (const [at, name] of ["leaf", "issuing", "sub", "root"].entries())
    await writeFile(join(folder, `${name}.pem`), `${certificates[at]}\n`);
  return folder;
}

async function opinionOfOpenssl(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "openssl-"));
  try {
    await unfold(folder, await sandbox.read(sandbox.serviceProvider(1).certificateChain));
    const { infoAccess = "" } = new X509Certificate(
      await sandbox.read(sandbox.serviceProvider(1).certificateChain),
    );
    const url = /OCSP - URI:(\S+)/.exec(infoAccess)?.[1] ?? "";
    const asked = ["ocsp", "-issuer", "issuing.pem", "-cert", "leaf.pem", "-url", url];
    const byOcsp = openssl(folder, ...asked, "-CAfile", "issuing.pem", "-partial_chain");
    const list = await fetch(url.replace(/ocsp$/, "crl"));
    await writeFile(join(folder, "crl.der"), new Uint8Array(await list.arrayBuffer()));
    const byList = openssl(
      folder,
      "crl",
      "-inform",
      "DER",
      "-in",
      "crl.der",
      "-CAfile",
      "issuing.pem",
      "-text",
    );
    const { serialNumber } = new X509Certificate(
      await sandbox.read(sandbox.serviceProvider(1).certificateChain),
    );
    return `${/^leaf.pem: (\w+)$/m.exec(byOcsp)?.[1]}, ${byList.includes(serialNumber) ? "listed" : "not listed"}`;
  } finally {
    await rm(folder, { recursive: true });
  }
}

const refusal = async () => {
  const response = await sandbox.authorize(sandbox.browser(), sandbox.serviceProvider(1));
  return response.headers.get("location") ?? "";
};

test("revoke shows at the next sign-in, and openssl agrees; a restart does not forget it", async () => {
  expect(await opinionOfOpenssl()).toBe("good, not listed");
  const revoked = await command("revoke", FREIGHT_PAPERS.slug);
  expect(revoked).toMatchObject({ code: 0, stderr: "" });
  expect(revoked.stdout).toContain(FREIGHT_PAPERS.name);
  expect(await opinionOfOpenssl()).toBe("revoked, listed");
  expect(await refusal()).toContain("/error?c=untrusted_party");
  await expect.poll(() => sandbox.log).toContain("certificate_revoked");
  expect((await command("list")).stdout).toMatch(/kadelicht +good\ngraanpoort +revoked on .* UTC\n/);

  await sandbox.stop();
  await sandbox.start();
  expect(await opinionOfOpenssl()).toBe("revoked, listed");
  expect(await refusal()).toContain("/error?c=untrusted_party");
});

test("others sign in as before; reinstate takes it back for who asks then", async () => {
  const signedIn = await sandbox.signIn(sandbox.serviceProvider(0), sandbox.user("anna"));
  expect(signedIn.token).toHaveProperty("access_token");
  expect((await command("reinstate", sandbox.serviceProvider(1).partyId)).code).toBe(0);
  expect(await opinionOfOpenssl()).toBe("good, not listed");
  expect((await command("list")).stdout).not.toContain("revoked");
});

test("a command that can't be done says why, in one line", async () => {
  const usage = expect.stringMatching(/^usage: .*\n$/);
  expect(await command("revoke")).toMatchObject({ code: 1, stderr: usage });
  expect(await command("revoke", "nobody")).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^There is no party "nobody"/),
  });
  const elsewhere = join(sandbox.folder, "elsewhere");
  expect(await run(["sandbox", "list", "--folder", elsewhere])).toMatchObject({
    code: 1,
    stderr: `No sandbox runs on ${elsewhere}: start it with npm start.\n`,
  });
});

test("only who holds the secret may revoke", async () => {
  const url = `${sandbox.description.registry.url}/ca/revoked`;
  const body = JSON.stringify({ party: sandbox.serviceProvider(0).partyId, revoked: true });
  for (const headers of [{}, { authorization: "Bearer guess" }]) {
    expect((await fetch(url, { headers })).status).toBe(401);
    expect((await fetch(url, { method: "POST", headers, body })).status).toBe(401);
  }
});

test("on another port the same keys get certificates that say so, from the same root", async () => {
  const folder = await mkdtemp(join(tmpdir(), "ishare-idp-test-"));
  try {
    const [here, there] = ["http://127.0.0.1:8788", "http://127.0.0.1:9001"];
    await makeKeys(folder, here, new Date(), () => {});
    const load = (origin: string) => loadKeys(folder, origin, new Date());
    const before = (await load(here)).sealOf(FREIGHT_PAPERS);
    expect((await load(here)).sealOf(FREIGHT_PAPERS)).toEqual(before);
    const moved = await load(there);
    const after = moved.sealOf(FREIGHT_PAPERS);
    expect(after.key).toBe(before.key);
    expect(after.chain).not.toBe(before.chain);
    expect((await load(there)).sealOf(FREIGHT_PAPERS)).toEqual(after);
    await unfold(folder, after.chain);
    await writeFile(
      join(folder, "cas.pem"),
      moved.authorities.map(({ certificate }) => certificate).join("\n"),
    );
    const args = ["verify", "-x509_strict", "-CAfile", "keys/root.pem", "-untrusted", "cas.pem", "leaf.pem"];
    expect(openssl(folder, ...args)).toContain("OK");
    const text = openssl(folder, "x509", "-in", "leaf.pem", "-noout", "-text");
    expect(text).toContain(`URI:${there}/ca/issuing/crl`);
    expect(text).not.toContain(here);
  } finally {
    await rm(folder, { recursive: true });
  }
});
