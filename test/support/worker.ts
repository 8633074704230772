/**
 * The Worker inside workerd, with real Durable Objects, KV and D1, and the fake registry behind `fetch`. For tests of
 * the `worker` project.
 */

import { createExecutionContext, reset, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { vi } from "vitest";
import { addHuman } from "../../src/directory/human.ts";
import * as password from "../../src/directory/password.ts";
import worker from "../../src/index.ts";
import { TestBrowser } from "./browser.ts";
import { migrate } from "./migrations.ts";
import { createWorld, ORGANISATION, type Organisation, SECOND_ORGANISATION, type World } from "./world.ts";

export const ISSUER = "https://idp.example";
const REGISTRY = "https://registry.example";
export const AUTHORISATION_REGISTRY = "https://ar.example";

export const ALICE = { username: "alice", password: "correct horse" };
export const BOB = { username: "bob", password: "battery staple" };

export interface Instance {
  readonly world: World;
  readonly bindings: Readonly<Record<string, unknown>>;
  /** a Worker with other settings, on the same state */
  with(settings: Readonly<Record<string, string>>): Instance;
  send(request: Request): Promise<Response>;
  /** as the platform's clock does @param at the minute that it is about, in milliseconds */
  scheduled(at?: number): Promise<void>;
  browser(): TestBrowser;
  /** log lines since the last call */
  log(): Record<string, unknown>[];
}

const lines: Record<string, unknown>[] = [];
for (const level of ["info", "warn", "error"] as const) {
  vi.spyOn(console, level).mockImplementation((line: string) => {
    try {
      lines.push(JSON.parse(line));
    } catch {
      // not ours
    }
  });
}

// Deliveries in the background wait for nobody here: a test that sends a request waits for all that it began.
Object.defineProperty(scheduler, "wait", { value: async () => undefined, configurable: true });

/** On a busy machine an object that the runtime puts to sleep at that very moment escapes a reset, and D1 is one: once more. */
async function emptyState(): Promise<void> {
  const tables = () =>
    directory().prepare("SELECT name FROM sqlite_schema WHERE name = 'humans'").all<{ name: string }>();
  for (let tries = 0; tries < 5; tries++) {
    await reset();
    if ((await tables()).results.length === 0) return;
  }
  throw new Error("the state can't be emptied");
}

/** A new world on an empty state. */
export async function startWorker(): Promise<Instance> {
  await emptyState();
  const world = await createWorld();
  vi.stubGlobal("fetch", (input: RequestInfo, init?: RequestInit) => {
    const request = new Request(input, init);
    const isAr = request.url.startsWith(`${AUTHORISATION_REGISTRY}/`);
    return (isAr ? world.authorisationRegistry : world.registry).handle(request);
  });
  const { DIRECTORY } = env as unknown as { DIRECTORY: D1Database };
  await migrate(DIRECTORY);
  const attributes = {
    givenName: "Alice",
    familyName: "O'Neil",
    email: "alice@example.com",
    phone: "+31612345678",
  };
  await addHuman(
    DIRECTORY,
    {
      ...attributes,
      ...{ username: ALICE.username, identityAssurance: "high", gender: "female", locale: "nl" },
      passwordHash: await password.hashPassword(ALICE.password),
      organisations: [ORGANISATION],
    },
    0,
  );
  await addHuman(
    DIRECTORY,
    {
      ...attributes,
      ...{ username: BOB.username, givenName: "Bob", identityAssurance: "low" },
      passwordHash: await password.hashPassword(BOB.password),
      organisations: [ORGANISATION, SECOND_ORGANISATION],
    },
    0,
  );
  return instance(world, {});
}

export const directory = (): D1Database => (env as unknown as { DIRECTORY: D1Database }).DIRECTORY;

/** Password hashes that cost nothing, for tests that are about something else. Call before `startWorker`. */
export function skipHashing(): void {
  vi.spyOn(password, "hashPassword").mockImplementation(async (given) => `plain:${given}`);
  vi.spyOn(password, "verifyPassword").mockImplementation(
    async (given, stored) => stored === `plain:${given}`,
  );
}

export interface User {
  readonly id: string;
  readonly username: string;
  readonly password: string;
}

/** A human of one test, identified as well as can be. */
export async function newUser(
  change: {
    readonly identityAssurance?: "low" | "substantial" | "high";
    readonly organisations?: readonly Organisation[];
  } = {},
): Promise<User> {
  const user = { username: `user-${crypto.randomUUID()}`, password: `quiet ${crypto.randomUUID()}` };
  const id = await addHuman(
    directory(),
    {
      ...{ username: user.username, givenName: "Una", familyName: "User", email: "una@example.com" },
      identityAssurance: change.identityAssurance ?? "high",
      passwordHash: await password.hashPassword(user.password),
      organisations: change.organisations ?? [ORGANISATION],
    },
    0,
  );
  return { ...user, id };
}

/** Moves the clock of the Worker and its objects on; `vi.useRealTimers()` sets it back. */
export function later(seconds: number): void {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + seconds * 1000 });
}

function instance(world: World, settings: Readonly<Record<string, string>>): Instance {
  const bindings = { ...env, ...world.settings, ISSUER_URL: ISSUER, REGISTRY_URL: REGISTRY, ...settings };
  const send = async (request: Request): Promise<Response> => {
    const context = createExecutionContext();
    const response = await worker.fetch(request, bindings, context);
    await waitOnExecutionContext(context);
    return response;
  };
  const scheduled = async (scheduledTime = 60_000): Promise<void> => {
    const context = createExecutionContext();
    await worker.scheduled({ scheduledTime } as ScheduledController, bindings, context);
    await waitOnExecutionContext(context);
  };
  return {
    world,
    bindings,
    send,
    scheduled,
    with: (more) => instance(world, { ...settings, ...more }),
    browser: () => new TestBrowser(ISSUER, send),
    log: () => lines.splice(0),
  };
}
