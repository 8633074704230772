/**
 * `npm start [-- --fresh]`: the whole sign-in on one machine. Starts the Identity Provider, a Participant Registry and
 * two Service Providers in one workerd, with keys, parties and users under `.sandbox/`. Owns the order of things; what
 * is in the sandbox is described beside it, in `sandbox/`.
 */
import { join, relative } from "node:path";
import { clear, stateFolder, writeDescription, writeRegistryData } from "../sandbox/folder.ts";
import { hasKeys, loadKeys, makeKeys, type SandboxKeys } from "../sandbox/keys.ts";
import { takeLock } from "../sandbox/lock.ts";
import { findTaken } from "../sandbox/ports.ts";
import {
  type Addresses,
  addressesFrom,
  demoVariables,
  describeSandbox,
  idpVariables,
  registryData,
  registryVariables,
} from "../sandbox/settings.ts";
import { addUsers } from "../sandbox/users.ts";
import { welcome } from "../sandbox/welcome.ts";
import { stopWhenTold } from "./process.ts";
import { type LogLine, migrate, openDatabase, ROOT, startWorkers } from "./runtime.ts";

const FOLDER = join(ROOT, ".sandbox");
const IDP_CONFIG = join(ROOT, "wrangler.toml");

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** A refusal that the reader can do something about: one line, no stack. */
class Refusal extends Error {}
const portInUse = (port: number) =>
  new Refusal(`Port ${port} is in use, and four in a row are needed. Try others: PORT=9000 npm start`);

// Before Miniflare adds its handlers, which end with 128 + signal: its part, to end workerd, it does on "exit" as well.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => process.exit(0));
stopWhenTold(async () => {});

async function start(fresh: boolean, port: number): Promise<void> {
  const addresses = addressesFrom(port);
  const running = await takeLock(FOLDER, addresses.idp);
  if (running !== undefined) {
    const { port } = new URL(running);
    throw new Refusal(
      `Port ${port} is in use: the sandbox runs there already (${running}). Stop that one first.`,
    );
  }
  const ports = [port, port + 1, port + 2, port + 3];
  const taken = await findTaken(ports);
  if (taken !== undefined) throw portInUse(taken);

  const keys = await prepareKeys(fresh);
  const data = registryData(keys, addresses);
  say("Preparing the directory …");
  await prepareDirectory(keys);

  say("Starting the Workers …");
  const log = createLog();
  await startWorkers(
    [
      { config: IDP_CONFIG, variables: idpVariables(keys, addresses), listen: on(port) },
      { config: configOf("registry"), variables: registryVariables(keys, data), listen: on(port + 1) },
      { config: configOf("demo"), variables: demoVariables(keys, addresses), listen: on(port + 2, port + 3) },
    ],
    stateFolder(FOLDER),
    log.add,
  ).catch(async (error) => {
    const taken = await findTaken(ports); // since we looked
    throw taken === undefined ? error : portInUse(taken);
  });
  await writeRegistryData(FOLDER, data);
  await writeDescription(FOLDER, describeSandbox(keys, addresses));
  announce(keys, addresses);
  log.open();
}

async function prepareKeys(fresh: boolean): Promise<SandboxKeys> {
  if (fresh || !hasKeys(FOLDER)) {
    await clear(FOLDER); // users whose passwords are not kept would be of no use
    say("First start: making keys and certificates …");
    await makeKeys(FOLDER, new Date(), (line) => say(`  ${line}`));
  }
  const anew = "start anew with: npm start -- --fresh";
  const keys = await loadKeys(FOLDER).catch((error: Error) => {
    throw new Refusal(`The files in .sandbox/keys do not fit this version (${error.message}); ${anew}`);
  });
  if (Date.now() >= keys.validUntil.getTime())
    throw new Refusal(`The sandbox's certificates have ended; ${anew}`);
  return keys;
}

async function prepareDirectory(keys: SandboxKeys): Promise<void> {
  const { database, close } = await openDatabase(IDP_CONFIG, "DIRECTORY", stateFolder(FOLDER));
  try {
    await migrate(database, IDP_CONFIG);
    await addUsers(database, keys, Math.floor(Date.now() / 1000));
  } finally {
    await close();
  }
}

function announce(keys: SandboxKeys, addresses: Addresses): void {
  say(welcome(keys, addresses, relative(process.cwd(), FOLDER)));
}

/** Holds lines back until the help text is out, so that nobody has to look for it between them. */
function createLog() {
  let waiting: string[] | undefined = [];
  return {
    add({ message }: LogLine): void {
      if (waiting === undefined) say(message);
      else waiting.push(message);
    },
    open(): void {
      const lines = waiting ?? [];
      waiting = undefined;
      for (const line of lines) say(line);
    },
  };
}

const configOf = (worker: string): string => join(ROOT, "sandbox", worker, "wrangler.toml");
const on = (...ports: readonly number[]) => ports.map((port) => ({ host: "127.0.0.1", port }));

function readFresh(args: readonly string[]): boolean {
  const unknown = args.find((arg) => arg !== "--fresh");
  if (unknown !== undefined) throw new Refusal(`Unknown argument ${unknown}. Usage: npm start [-- --fresh]`);
  return args.includes("--fresh");
}

/** Four ports in a row are needed, all below 65536. */
function readPort(text: string | undefined): number {
  if (text === undefined || text === "") return 8787;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1024 || port > 65_532) throw new Refusal("PORT must be a number from 1024 to 65532.");
  return port;
}

try {
  await start(readFresh(process.argv.slice(2)), readPort(process.env.PORT));
} catch (error) {
  process.stderr.write(`${error instanceof Refusal ? error.message : (error as Error).stack}\n`);
  process.exit(1);
}
