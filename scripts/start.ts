/**
 * `npm start [-- --fresh] [--folder DIR]`: the whole sign-in on one machine. Starts the Identity Provider, a Participant Registry,
 * an Authorisation Registry and two Service Providers in one workerd, with keys, parties and users under `.sandbox/`. Owns the order of things; what
 * is in the sandbox is described beside it, in `sandbox/`.
 */
import { join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { clear, isForSandbox, stateFolder, writeDescription, writeRegistryData } from "../sandbox/folder.ts";
import { hasKeys, loadKeys, makeKeys, type SandboxKeys } from "../sandbox/keys.ts";
import { takeLock } from "../sandbox/lock.ts";
import { findTaken } from "../sandbox/ports.ts";
import { rememberCodes } from "../sandbox/secrets.ts";
import {
  addressesFrom,
  authorisationRegistryVariables,
  demoVariables,
  describeSandbox,
  idpVariables,
  registryData,
  registryVariables,
} from "../sandbox/settings.ts";
import { type EnrolmentCodes, prepareUsers } from "../sandbox/users.ts";
import { welcome } from "../sandbox/welcome.ts";
import { FRAMEWORK_VERSIONS, type FrameworkVersion } from "../src/protocol/framework.ts";
import { stopWhenTold } from "./process.ts";
import { type LogLine, migrate, openDatabase, ROOT, startClock, startWorkers } from "./runtime.ts";

const IDP_CONFIG = join(ROOT, "wrangler.toml");

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** A refusal that the reader can do something about: one line, no stack. */
class Refusal extends Error {}
const portInUse = (port: number) =>
  new Refusal(`Port ${port} is in use, and five in a row are needed. Try others: PORT=9000 npm start`);

// Before Miniflare adds its handlers, which end with 128 + signal: its part, to end workerd, it does on "exit" as well.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => process.exit(0));
stopWhenTold(async () => {});

async function start(
  { fresh, folder }: Flags,
  port: number,
  frameworkVersion: FrameworkVersion,
): Promise<void> {
  const addresses = addressesFrom(port);
  if (!(await isForSandbox(folder))) throw new Refusal(`${folder} is neither empty nor a sandbox.`);
  const running = await takeLock(folder, addresses.idp);
  if (running !== undefined) {
    const { port } = new URL(running);
    throw new Refusal(
      `Port ${port} is in use: the sandbox runs there already (${running}). Stop that one first.`,
    );
  }
  const ports = [0, 1, 2, 3, 4].map((offset) => port + offset);
  const taken = await findTaken(ports);
  if (taken !== undefined) throw portInUse(taken);

  const keys = await prepareKeys({ fresh, folder }, addresses.registry);
  const data = registryData(keys, addresses);
  say("Preparing the directory …");
  const codes = await prepareDirectory(keys, folder);

  say("Starting the Workers …");
  const log = createLog();
  const spoken = { FRAMEWORK_VERSION: frameworkVersion };
  const runtime = await startWorkers(
    [
      {
        config: IDP_CONFIG,
        variables: { ...idpVariables(keys, addresses), ...spoken, ...fromEnvironment() },
        listen: on(port),
      },
      {
        config: configOf("registry"),
        variables: { ...registryVariables(keys, data), ...spoken },
        listen: on(port + 1),
      },
      {
        config: configOf("authorisation-registry"),
        variables: { ...authorisationRegistryVariables(keys, addresses), ...spoken },
        listen: on(port + 4),
      },
      {
        config: configOf("demo"),
        variables: { ...demoVariables(keys, addresses), ...spoken },
        listen: on(port + 2, port + 3),
      },
    ],
    stateFolder(folder),
    log.add,
  ).catch(async (error) => {
    const taken = await findTaken(ports); // since we looked
    throw taken === undefined ? error : portInUse(taken);
  });
  startClock(runtime, "ishare-idp");
  await writeRegistryData(folder, data);
  await writeDescription(folder, describeSandbox(keys, addresses, codes, frameworkVersion));
  say(welcome(keys, addresses, codes, relative(process.cwd(), folder), frameworkVersion));
  log.open();
}

async function prepareKeys({ fresh, folder }: Flags, origin: string): Promise<SandboxKeys> {
  if (fresh || !hasKeys(folder)) {
    await clear(folder); // users whose passwords are not kept would be of no use
    say("First start: making keys and certificates …");
    await makeKeys(folder, origin, new Date(), (line) => say(`  ${line}`));
  }
  const anew = "start anew with: npm start -- --fresh";
  const keys = await loadKeys(folder, origin, new Date()).catch((error: Error) => {
    throw new Refusal(`The files in .sandbox/keys do not fit this version (${error.message}); ${anew}`);
  });
  if (Date.now() >= keys.validUntil.getTime())
    throw new Refusal(`The sandbox's certificates have ended; ${anew}`);
  return keys;
}

async function prepareDirectory(keys: SandboxKeys, folder: string): Promise<EnrolmentCodes> {
  const { database, close } = await openDatabase(IDP_CONFIG, "DIRECTORY", stateFolder(folder));
  try {
    await migrate(database, IDP_CONFIG);
    const codes = await prepareUsers(database, keys, Math.floor(Date.now() / 1000));
    await rememberCodes(folder, codes);
    return codes;
  } finally {
    await close();
  }
}

/** To be tried out: whoever has a security key can see `high` for real, and what is done without evidence of revocation. */
function fromEnvironment(): Readonly<Record<string, string>> {
  const { HIGH_ASSURANCE_AUTHENTICATORS = "", ATTESTATION_ROOTS = "", REVOCATION = "" } = process.env;
  return { HIGH_ASSURANCE_AUTHENTICATORS, ATTESTATION_ROOTS, REVOCATION };
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

interface Flags {
  readonly fresh: boolean;
  /** where keys, data and state are kept */
  readonly folder: string;
}

function readFlags(args: readonly string[]): Flags {
  try {
    const options = { fresh: { type: "boolean", default: false }, folder: { type: "string" } } as const;
    const { fresh, folder } = parseArgs({ args: [...args], options }).values;
    return { fresh, folder: resolve(process.env.INIT_CWD ?? ROOT, folder ?? join(ROOT, ".sandbox")) };
  } catch (error) {
    throw new Refusal(`${(error as Error).message} Usage: npm start [-- --fresh] [--folder DIR]`);
  }
}

/** Five ports in a row are needed, all below 65536. */
function readPort(text: string | undefined): number {
  if (text === undefined || text === "") return 8787;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1024 || port > 65_531) throw new Refusal("PORT must be a number from 1024 to 65531.");
  return port;
}

function readVersion(text: string | undefined): FrameworkVersion {
  const version = FRAMEWORK_VERSIONS.find((it) => it === (text || "2.1"));
  if (version === undefined)
    throw new Refusal(`FRAMEWORK_VERSION must be one of: ${FRAMEWORK_VERSIONS.join(", ")}.`);
  return version;
}

try {
  const { PORT, FRAMEWORK_VERSION } = process.env;
  await start(readFlags(process.argv.slice(2)), readPort(PORT), readVersion(FRAMEWORK_VERSION));
} catch (error) {
  process.stderr.write(`${error instanceof Refusal ? error.message : (error as Error).stack}\n`);
  process.exit(1);
}
