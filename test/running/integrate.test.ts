/** docs/integrate.md as a Service Provider's developer takes it: its JavaScript, and its plain HTTP, copied and run. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import * as oauth from "oauth4webapi";
import { afterAll, beforeAll, expect, test } from "vitest";
import { signIn } from "../support/browser.ts";
import { keyPem, x5cOf } from "../support/pki.ts";
import { type Running, startRunning, USER } from "../support/running.ts";
import { assertion, IDP_ID } from "../support/world.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const GUIDE = readFileSync(join(ROOT, "docs", "integrate.md"), "utf8");
const blocks = (language: string): string[] =>
  [...GUIDE.matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, "gs"))].map(([, text = ""]) => text);

/** Beside node_modules, or it would not find the two libraries. */
const COPY = join(ROOT, "coverage", "integrate", "client.mjs");

interface Begun {
  readonly action: string;
  readonly fields: Record<string, string>;
  readonly kept: { readonly state: string; readonly nonce: string; readonly verifier: string };
}
interface Client {
  begin(scope?: string): Promise<Begun>;
  finish(url: URL, kept: Begun["kept"]): Promise<Record<"claims" | "profile", Record<string, unknown>>>;
}

let idp: Running;
let client: Client;
beforeAll(async () => {
  idp = await startRunning();
  mkdirSync(join(COPY, ".."), { recursive: true });
  writeFileSync(COPY, blocks("js").join("\n"));
  const { createClient } = await import(/* @vite-ignore */ pathToFileURL(COPY).href);
  const { sp } = idp.world;
  client = await createClient({
    ...{ idpUrl: idp.url, idp: IDP_ID, you: sp.id, redirectUri: sp.redirectUri },
    ...{ key: await keyPem(sp.leaf), x5c: x5cOf(sp.leaf) },
    options: { [oauth.allowInsecureRequests]: true }, // http on loopback
  });
});
afterAll(async () => {
  await idp?.stop();
  rmSync(join(COPY, ".."), { recursive: true, force: true });
});

async function signedIn(): Promise<Begun & { readonly back: URL }> {
  const begun = await client.begin("openid iSHARE name email");
  const browser = idp.browser();
  const answer = await browser.post(new URL(begun.action).pathname, begun.fields);
  return { ...begun, back: await signIn(browser, answer.headers.get("location") ?? "", USER) };
}

test("its JavaScript signs a human in, and refuses an answer to another browser", async () => {
  const { back, kept } = await signedIn();
  await expect(client.finish(back, { ...kept, state: "another" })).rejects.toThrow();
  const { claims, profile } = await client.finish(back, kept);
  expect(claims).toMatchObject({ iss: IDP_ID, organisationIdentifier: "did:ishare:EU.NL.NTRNL-10000030" });
  expect(profile).toMatchObject({ given_name: "Carol", email: "carol@example.com" });
});

test("its plain HTTP redeems a code and fetches userinfo", async () => {
  const { sp } = idp.world;
  const { back, kept } = await signedIn();
  const values: Record<string, string> = {
    YOU: sp.id,
    JWT: await assertion(sp),
    REDIRECT_URI: sp.redirectUri,
    CODE: back.searchParams.get("code") ?? "",
    VERIFIER: kept.verifier,
  };
  const [token = "", userinfo = ""] = blocks("http");
  const answer = await send(token, (name) => encodeURIComponent(values[name] ?? ""));
  expect(answer.status).toBe(200);
  const { access_token } = (await answer.json()) as { access_token: string };
  const info = await send(userinfo, () => access_token);
  expect(info.status).toBe(200);
  expect(info.headers.get("content-type")).toContain("application/jwt");
});

/** A request as it is written, with its placeholders filled in. */
function send(text: string, fill: (name: string) => string): Promise<Response> {
  const [head = "", body = ""] = text
    .trim()
    .replace(/\{([A-Z_]+)\}/g, (_, name: string) => fill(name))
    .split("\n\n");
  const [first = "", ...lines] = head.split("\n");
  const [method = "", path = ""] = first.split(" ");
  const headers = lines
    .map((line) => line.split(": ") as [string, string])
    .filter(([name]) => name !== "Host");
  return fetch(idp.url + path, { method, headers, ...(method === "POST" && { body }) });
}
