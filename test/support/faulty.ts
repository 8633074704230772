/**
 * The IdP with a switchboard for faults, as real workerd on a state folder that outlives it, and a registry that errs
 * on demand. For tests of the `running` project (Node).
 */
import { mkdtemp, rm } from "node:fs/promises";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Miniflare } from "miniflare";
import { migrate, openDatabase, ROOT, startWorkers } from "../../scripts/runtime.ts";
import { addHuman } from "../../src/directory/human.ts";
import { hashPassword } from "../../src/directory/password.ts";
import { TestBrowser } from "./browser.ts";
import type { Faults } from "./faulty/index.ts";
import { freePort, serveFunction } from "./running.ts";
import { createWorld, ORGANISATION, type World } from "./world.ts";

const CONFIG = join(ROOT, "test", "support", "faulty", "wrangler.toml");
export const USER = { username: "carol", password: "correct horse battery" };

/** What stands between the registry and the IdP; undefined: nothing. */
export type RegistryFault = (
  request: Request,
  answer: () => Promise<Response>,
  world: World,
) => Promise<Response>;

export class FaultyIdp {
  readonly world: World;
  readonly url: string;
  registryFault: RegistryFault | undefined;
  readonly #folder: string;
  readonly #settings: Readonly<Record<string, string>>;
  readonly #port: number;
  readonly #server: Server;
  readonly #lines: Record<string, unknown>[] = [];
  #runtime: Miniflare | undefined;

  private constructor(
    world: World,
    folder: string,
    port: number,
    registry: { url: string; server: Server },
    settings: Readonly<Record<string, string>>,
  ) {
    this.world = world;
    this.url = `http://localhost:${port}`;
    this.#folder = folder;
    this.#port = port;
    this.#server = registry.server;
    this.#settings = { ...world.settings, REGISTRY_URL: registry.url, ISSUER_URL: this.url, ...settings };
  }

  static async start(settings: Readonly<Record<string, string>> = {}): Promise<FaultyIdp> {
    const world = await createWorld();
    const folder = await mkdtemp(join(tmpdir(), "ishare-idp-test-"));
    let idp: FaultyIdp | undefined;
    const registry = await serveFunction((request) => {
      const answer = () => world.registry.handle(request);
      return idp?.registryFault === undefined ? answer() : idp.registryFault(request, answer, world);
    });
    idp = new FaultyIdp(world, folder, await freePort(), registry, settings);
    const { database, close } = await openDatabase(CONFIG, "DIRECTORY", folder);
    await migrate(database, CONFIG);
    const human = { givenName: "Carol", familyName: "Jansen", email: "carol@example.com" };
    const passwordHash = await hashPassword(USER.password);
    const rest = {
      username: USER.username,
      identityAssurance: "low",
      organisations: [ORGANISATION],
    } as const;
    await addHuman(database, { ...human, ...rest, passwordHash }, 0);
    await close();
    await idp.boot();
    return idp;
  }

  async boot(): Promise<void> {
    const worker = {
      config: CONFIG,
      variables: this.#settings,
      listen: [{ host: "127.0.0.1", port: this.#port }],
    };
    this.#runtime = await startWorkers([worker], this.#folder, ({ message }) => {
      try {
        this.#lines.push(JSON.parse(message));
      } catch {
        // not ours
      }
    });
  }

  async halt(): Promise<void> {
    await this.#runtime?.dispose();
    this.#runtime = undefined;
  }

  /** A new process on the same state. */
  async restart(): Promise<void> {
    await this.halt();
    await this.boot();
  }

  async remove(): Promise<void> {
    await this.halt();
    this.#server.closeAllConnections();
    this.#server.close();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async faults(faults: Faults): Promise<void> {
    await fetch(`${this.url}/__faults`, { method: "POST", body: JSON.stringify(faults) });
  }

  /** @returns how many objects of that binding it was done to */
  async objects(binding: string, what: "__ring" | "__restart"): Promise<number> {
    const init = { method: "POST", body: JSON.stringify({ binding, what }) };
    return (await fetch(`${this.url}/__objects`, init)).json() as Promise<number>;
  }

  /** Lines since the last call. */
  log(): Record<string, unknown>[] {
    return this.#lines.splice(0);
  }

  browser(): TestBrowser {
    return new TestBrowser(this.url, (request) => fetch(request));
  }
}
