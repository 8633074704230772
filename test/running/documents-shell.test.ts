/**
 * Blocks of documents that talk to a running instance with curl: run by a shell as they stand, but for the first lines that
 * say whose instance and which token. Without curl they are skipped, loudly.
 */
import { execFile, spawnSync } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createSigningService, kidOf } from "../../sandbox/signing-service.ts";
import { signIn } from "../support/browser.ts";
import { textOf } from "../support/documents.ts";
import { chainPem, createPki, keyPem, mintLeaf } from "../support/pki.ts";
import { type Running, run, serveFunction, startRunning, USER } from "../support/running.ts";
import { authorizeForm, ORGANISATION } from "../support/world.ts";

const missing = ["curl", "openssl", "basenc"].filter(
  (name) =>
    spawnSync(name, ["--version"]).error !== undefined && spawnSync(name, ["version"]).error !== undefined,
);
if (missing.length > 0) console.warn(`\n!! NO ${missing.join(", NO ")}: blocks of documents are skipped.\n`);

/** The one `sh` block of a document that holds this. */
function blockWith(document: string, words: string): string {
  const blocks = [...textOf(document).matchAll(/^```sh\n(.*?)^```/gms)].map(([, block = ""]) => block);
  const [found = "", ...others] = blocks.filter((block) => block.includes(words));
  expect(others).toEqual([]);
  expect(found).not.toBe("");
  return found;
}

/** @returns what it printed, each command's on a line */
async function shell(script: string, env: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const whole = `shopt -s expand_aliases\nset -e\n${script}`;
  const { stdout } = await promisify(execFile)("bash", ["-c", whole], { env: { ...process.env, ...env } });
  return stdout.split(/\n|(?<=\})(?=\{)/).filter((line) => line.trim() !== "");
}

describe.skipIf(missing.length > 0)("in a shell", () => {
  let idp: Running;
  beforeAll(async () => {
    idp = await startRunning();
  });
  afterAll(async () => {
    await idp?.stop();
  });

  test("docs/provision.md: a user is made, found, suspended and removed", async () => {
    const organisation = ["--organisation", ORGANISATION.id, "--organisation-name", ORGANISATION.name];
    const suffix = ["--username-suffix", "@shipping.example"];
    const made = await run(["directory", "add-token", "--state", idp.state, ...organisation, ...suffix]);
    const TOKEN = /scim_[0-9a-f]{32}_[\w-]{43}/.exec(made.stdout)?.[0] ?? "";
    const env = { TOKEN, SCIM: `${idp.url}/scim/v2` };
    const block = blockWith("docs/provision.md", "alias scim=");
    const [, alias = "", before = "", after = ""] =
      /^export SCIM=\S+ TOKEN=\S+\n(alias .*?\n)(.*?)(scim -X PATCH .*)$/s.exec(block) ?? [];
    const [configuration, user, found, ...others] = (await shell(alias + before, env)).map((line) =>
      JSON.parse(line),
    );
    expect(configuration.patch).toEqual({ supported: true });
    expect(user).toMatchObject({ userName: "nina@shipping.example", active: true });
    expect(found).toMatchObject({ totalResults: 1, Resources: [{ id: user.id }] });
    expect(others).toEqual([]);
    const [suspended, ...none] = await shell(alias + after, { ...env, ID: user.id });
    expect(JSON.parse(suspended ?? "")).toMatchObject({ id: user.id, active: false });
    expect(none).toEqual([]); // 204
    expect(await shell(`${alias}scim "$SCIM/Users/${user.id}"`, env)).toEqual([
      expect.stringContaining('"404"'),
    ]);
  });

  test("docs/integrate.md: a request leads to the sign-in, once; one that is not proven to the error page", async () => {
    const { sp } = idp.world;
    const scope = "openid iSHARE name";
    const { request = "" } = await authorizeForm(sp, { scope });
    const block = blockWith("docs/integrate.md", "/connect/authorize");
    const ask = async (env: Readonly<Record<string, string>> = {}) =>
      (await shell(block, { IDP_URL: idp.url, YOU: sp.id, REQUEST: request, ...env })).map((line) =>
        line.split(" "),
      );
    const [[status, url = ""] = [], ...more] = await ask();
    expect([status, more]).toEqual(["302", []]);
    expect(new URL(url).pathname).toBe("/login");
    const back = await signIn(idp.browser(), url, USER);
    expect(back.href).toContain(sp.redirectUri);
    expect(back.searchParams.get("code")).not.toBeNull();
    const refused = async (env: Readonly<Record<string, string>>) => {
      const [[code, to = ""] = []] = await ask(env);
      const { pathname, searchParams } = new URL(to);
      expect([code, pathname, searchParams.get("id")]).toEqual([
        "302",
        "/error",
        expect.stringMatching(/^.{36}/),
      ]);
      return searchParams.get("c");
    };
    expect(await refused({})).toBe("already_used");
    expect(await refused({ REQUEST: "x" })).toBe("invalid_request");
  });

  test("docs/keys.md: a signing service has the key", async () => {
    const leaf = await mintLeaf(await createPki(), "NTRNL-10000010");
    const [key, chain, SIGNER_TOKEN] = [await keyPem(leaf), chainPem(leaf), "t".repeat(43)];
    const service = createSigningService({ keys: [{ key, chain }], token: SIGNER_TOKEN });
    const { server, url } = await serveFunction((request) => service.handle(request));
    try {
      const [answer] = await shell(blockWith("docs/keys.md", "$SIGNER_URL/sign"), {
        ...{ SIGNER_TOKEN, SIGNER_URL: url },
        KID: kidOf(chain),
      });
      const { signature } = JSON.parse(answer ?? "");
      const isGood = await crypto.subtle.verify(
        "RSASSA-PKCS1-v1_5",
        leaf.keys.publicKey,
        Buffer.from(signature, "base64url"),
        new TextEncoder().encode("x"),
      );
      expect(isGood).toBe(true);
    } finally {
      server.close();
    }
  });
});
