/**
 * The sandbox as `npm start` brings it up, in a folder and on ports of its own, and the part of a Service Provider that
 * any client can take with its sandbox.json. For tests that run in Node.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { CompactEncrypt, CompactSign, importPKCS8, importX509 } from "jose";
import { isPortFree } from "../../scripts/process.ts";
import { signIn, TestBrowser } from "./browser.ts";
import { frame } from "./jwt.ts";
import { freePort, untilAnswers } from "./running.ts";

const ROOT = join(import.meta.dirname, "..", "..");

/** sandbox.json */
export interface Description {
  readonly idp: { readonly url: string; readonly partyId: string; readonly certificateChain: string };
  readonly registry: { readonly url: string; readonly partyId: string };
  readonly authorisationRegistry: { readonly url: string; readonly partyId: string };
  readonly rootCertificate: string;
  readonly serviceProviders: readonly ServiceProvider[];
  readonly users: readonly User[];
}

export interface ServiceProvider {
  readonly partyId: string;
  readonly name: string;
  readonly key: string;
  readonly certificateChain: string;
  readonly redirectUri: string;
}

export interface User {
  readonly username: string;
  readonly password: string;
  readonly organisations: readonly { readonly id: string; readonly name: string }[];
  readonly totpSeed?: string;
  readonly enrolmentCode?: string;
}

export class Sandbox {
  readonly folder: string;
  readonly port: number;
  #env: NodeJS.ProcessEnv;
  #process: ChildProcess | undefined;
  #log = "";
  #description: Description | undefined;

  private constructor(folder: string, port: number, env: Readonly<Record<string, string>>) {
    this.folder = folder;
    this.port = port;
    this.#env = { ...process.env, ...env, PORT: String(port) };
  }

  /** In a new folder, and started. */
  static async create(env: Readonly<Record<string, string>> = {}): Promise<Sandbox> {
    const folder = join(await mkdtemp(join(tmpdir(), "ishare-idp-test-")), "sandbox");
    const sandbox = new Sandbox(folder, await freePortOfFive(), env);
    await sandbox.start();
    return sandbox;
  }

  /** What it printed since its start. */
  get log(): string {
    return this.#log;
  }

  get description(): Description {
    return this.#description ?? absent("description");
  }

  async start(): Promise<void> {
    this.#log = "";
    const args = ["--", join(ROOT, "scripts", "run.mjs"), "start", "--folder", this.folder];
    const child = spawn(process.execPath, args, { cwd: ROOT, env: this.#env });
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (this.#log += data));
    this.#process = child;
    await untilAnswers(`http://localhost:${this.port}/health`, child, () => this.#log);
    for (let tries = 0; tries < 300 && !this.#log.includes("Ctrl+C"); tries++) await setTimeout(100);
    this.#description = JSON.parse(await this.read("sandbox.json"));
  }

  /** Stops it and starts it again, with other settings. */
  async restart(env: Readonly<Record<string, string>>): Promise<void> {
    await this.stop();
    this.#env = { ...this.#env, ...env };
    await this.start();
  }

  /** SIGTERM, and the exit code */
  async stop(): Promise<number | null> {
    const child = this.#process ?? absent("process");
    if (child.exitCode !== null) return child.exitCode;
    const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    return ended;
  }

  /** Stops it, and leaves nothing behind. */
  async remove(): Promise<void> {
    await this.stop();
    await rm(dirname(this.folder), { recursive: true, force: true });
  }

  read(file: string): Promise<string> {
    return readFile(join(this.folder, file), "utf8");
  }

  user(username: string): User {
    return this.description.users.find((user) => user.username === username) ?? absent(username);
  }

  /** @param position in sandbox.json */
  serviceProvider(position: number): ServiceProvider {
    return this.description.serviceProviders[position] ?? absent("Service Provider");
  }

  async sign(
    sp: ServiceProvider,
    payload: Readonly<Record<string, unknown>>,
    alg = "RS256",
  ): Promise<string> {
    const chain = await this.read(sp.certificateChain);
    const x5c = [...chain.matchAll(/-----BEGIN CERTIFICATE-----([^-]+)-----END/g)].map(([, body = ""]) =>
      body.replace(/\s/g, ""),
    );
    return new CompactSign(new TextEncoder().encode(JSON.stringify(payload)))
      .setProtectedHeader({ alg, typ: "JWT", x5c })
      .sign(await importPKCS8(await this.read(sp.key), alg));
  }

  browser(): TestBrowser {
    return new TestBrowser(this.description.idp.url, (request) => fetch(request));
  }

  async authorize(browser: TestBrowser, sp: ServiceProvider, more: Readonly<Record<string, unknown>> = {}) {
    return browser.post("/connect/authorize", await this.authorizationForm(sp, more));
  }

  /** From the request to the tokens, by password. @param organisation the human's first, if not said */
  async signIn(sp: ServiceProvider, user: User, organisation = user.organisations[0]?.id) {
    const { idp } = this.description;
    const browser = this.browser();
    const begun = await this.authorize(browser, sp);
    const who = organisation === undefined ? user : { ...user, organisation };
    const answer = await signIn(browser, begun.headers.get("location") ?? "", who);
    const response = await browser.post("/connect/token", {
      grant_type: "authorization_code",
      ...(await this.clientAssertion(sp, idp.partyId)),
      redirect_uri: sp.redirectUri,
      code: answer.searchParams.get("code") ?? "",
    });
    return { answer, token: (await response.json()) as Record<string, string> };
  }

  /** Who a Service Provider is, to one that asks for a client assertion. */
  async clientAssertion(sp: ServiceProvider, audience: string): Promise<Readonly<Record<string, string>>> {
    return {
      client_id: sp.partyId,
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      client_assertion: await this.sign(sp, frame(sp.partyId, sp.partyId, audience)),
    };
  }

  /** The form that a browser takes to `/connect/authorize`. @param more claims beside the usual, or in their place */
  async authorizationForm(
    sp: ServiceProvider,
    more: Readonly<Record<string, unknown>> = {},
  ): Promise<Readonly<Record<string, string>>> {
    const { idp } = this.description;
    const outer = { response_type: "code", client_id: sp.partyId, scope: "openid iSHARE name" };
    const claims = {
      ...frame(sp.partyId, "urn:TBD", idp.partyId),
      ...outer,
      redirect_uri: sp.redirectUri,
      state: "s",
      nonce: "n",
      ...more,
    };
    const [leaf = ""] = (await this.read(idp.certificateChain)).split(/(?<=-----END CERTIFICATE-----)/);
    const request = await new CompactEncrypt(new TextEncoder().encode(await this.sign(sp, claims)))
      .setProtectedHeader({ alg: "RSA-OAEP", enc: "A256GCM" })
      .encrypt(await importX509(leaf, "RSA-OAEP"));
    return { ...outer, request };
  }
}

function absent(what: string): never {
  throw new Error(`the sandbox has no ${what}`);
}

/** Five in a row, as `PORT` needs; rarely the first guess is wrong. */
async function freePortOfFive(): Promise<number> {
  for (let tries = 0; tries < 20; tries++) {
    const first = await freePort();
    const others = await Promise.all([1, 2, 3, 4].map((n) => isPortFree(first + n)));
    if (first < 65_000 && others.every(Boolean)) return first;
  }
  throw new Error("no five free ports in a row");
}
