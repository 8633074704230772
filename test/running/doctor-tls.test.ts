/** The doctor and TLS: real servers with a certificate that is trusted, that nobody trusts, that ends, that is another's. */
import "reflect-metadata";
import { mkdtempSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SubjectAlternativeNameExtension } from "@peculiar/x509";
import { expect, test } from "vitest";
import type { Finding } from "../../scripts/doctor/finding.ts";
import { createPki, keyPem, type MintOptions, mint } from "../support/pki.ts";
import { run } from "../support/running.ts";

const DAY = 86_400_000;

test("TLS that is trusted, that nobody trusts, that ends, that is another's", {
  timeout: 120_000,
}, async () => {
  const { root } = await createPki();
  const roots = join(mkdtempSync(join(tmpdir(), "ishare-idp-test-")), "root.pem");
  writeFileSync(roots, root.certificate.toString("pem"));
  const see = async (
    options: MintOptions,
    name = "localhost",
    env: Record<string, string> = { NODE_EXTRA_CA_CERTS: roots },
  ) => {
    const san = new SubjectAlternativeNameExtension([{ type: "dns", value: name }]);
    const leaf = await mint(root, { subject: "CN=server", extensions: [san], ...options });
    const cert = leaf.certificate.toString("pem");
    const server = createServer({ key: await keyPem(leaf), cert }, (_, answer) => answer.end("<html>"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const { stdout } = await run(["doctor", "--json", "--url", `https://localhost:${port}`], "", env);
    server.close();
    const { findings } = JSON.parse(stdout) as { findings: Finding[] };
    return findings.slice(0, 2).map(({ verdict, about, says }) => `${verdict} ${about}: ${says}`);
  };
  expect(await see({})).toEqual([
    expect.stringMatching(/^good TLS: the server's certificate is good for 36[45] more days\.$/),
    "wrong health: something else than ishare-idp answers there.",
  ]);
  expect((await see({ notAfter: new Date(Date.now() + 5.5 * DAY) }))[0]).toBe(
    "warning TLS: the server's certificate ends in 5 days.",
  );
  const fault = async (...of: Parameters<typeof see>) => (await see(...of))[0];
  expect(await fault({}, "localhost", {})).toMatch(
    /^wrong connection: .* comes from nobody that is trusted\.$/,
  );
  expect(await fault({ notAfter: new Date(Date.now() - 1000) })).toBe(
    "wrong connection: The TLS certificate of localhost has expired.",
  );
  expect(await fault({}, "elsewhere.example")).toBe(
    "wrong connection: The TLS certificate at localhost is for another name.",
  );
});
