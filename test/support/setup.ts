/**
 * What `npm run setup` is tested in: a folder with a wrangler.toml and an eSEAL, a registry that has it, and an API that
 * plays Cloudflare, which the real wrangler talks to. For tests of the `running` project (Node).
 */
import { cp, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type FakeCloudflare, startCloudflare } from "./cloudflare.ts";
import { type Ended, run, serveFunction } from "./running.ts";
import { createWorld, IDP_ID, REGISTRY_ID, type World } from "./world.ts";

const ROOT = join(import.meta.dirname, "..", "..");
type Flags = Readonly<Record<string, string | undefined>>;

export interface SetupScene {
  readonly world: World;
  readonly registryUrl: string;
  readonly cloudflare: FakeCloudflare;
  /** a file of the folder, by its name */
  file(name: string): string;
  put(name: string, text: string): Promise<string>;
  read(name: string): Promise<string>;
  /** A first run. @param over other flags than the good ones; undefined leaves one out */
  setup(
    over?: Flags,
    more?: readonly string[],
    input?: string,
    env?: Readonly<Record<string, string>>,
  ): Promise<Ended>;
  /** A later run: with these flags alone. */
  again(...args: readonly string[]): Promise<Ended>;
  /** what a call that changes something was, in order; migrations are not counted */
  writes(): readonly string[];
  secrets(): ReadonlyMap<string, string>;
  close(): void;
}

/** A world whose registry has the IdP as IdentityProvider. */
export async function createRegisteredWorld(): Promise<World> {
  const world = await createWorld();
  world.registry.parties = world.registry.parties.map((it) =>
    it.id === IDP_ID ? { ...it, roles: ["IdentityProvider"] } : it,
  );
  return world;
}

export async function openScene(world: World): Promise<SetupScene> {
  const registry = await serveFunction((request) => world.registry.handle(request));
  const cloudflare = await startCloudflare();
  const folder = await mkdtemp(join(tmpdir(), "ishare-idp-test-"));
  const file = (name: string): string => join(folder, name);
  const put = async (name: string, text: string): Promise<string> => {
    await writeFile(file(name), text, { mode: 0o600 });
    return file(name);
  };
  await cp(join(ROOT, "wrangler.toml"), file("wrangler.toml"));
  await cp(join(ROOT, "migrations"), file("migrations"), { recursive: true });
  await put("key.pem", world.settings.SIGNING_KEY ?? "");
  await put("chain.pem", world.settings.CERTIFICATE_CHAIN ?? "");
  const good: Flags = {
    "--environment": "test",
    "--url": "https://idp.example.com",
    "--party-id": IDP_ID,
    "--party-name": "Test IdP",
    "--key": file("key.pem"),
    "--chain": file("chain.pem"),
    "--registry-url": registry.url,
    "--registry-id": REGISTRY_ID,
    "--registry-root": world.settings.REGISTRY_ROOT_FINGERPRINTS,
  };
  const type = (
    args: readonly string[],
    input: string,
    env: Readonly<Record<string, string>>,
  ): Promise<Ended> => run(["setup", ...args, "--config", file("wrangler.toml")], input, env);
  return {
    ...{ world, registryUrl: registry.url, cloudflare, file, put },
    read: (name) => readFile(file(name), "utf8"),
    setup: (over = {}, more = [], input = "", env = cloudflare.env) => {
      const flags = Object.entries({ ...good, ...over }).flatMap(([flag, value]) =>
        value === undefined ? [] : [flag, value],
      );
      return type([...flags, ...more], input, env);
    },
    again: (...args) => type(["--environment", "test", ...args], "", cloudflare.env),
    writes: () => cloudflare.calls.filter((it) => !it.startsWith("GET ") && !it.endsWith("/query")),
    secrets: () => cloudflare.secrets.get("ishare-idp-test") ?? new Map(),
    close: () => {
      cloudflare.server.close();
      registry.server.close();
    },
  };
}
