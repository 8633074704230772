/**
 * `npm run serve -- --env-file FILE --port N --state DIR`: the IdP alone in the local runtime, configured as an operator
 * would, answering as http://localhost:N until SIGTERM. With `--inspect PORT` a debugger may look inside: whoever reaches that
 * port, on this machine alone, may do all that the IdP may. Owns flags and process life; settings are the Worker's to judge.
 */
import { existsSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseArgs, parseEnv } from "node:util";
import { isPortFree, stopWhenTold } from "./process.ts";
import { migrate, openDatabase, ROOT, startClock, startWorkers } from "./runtime.ts";

const USAGE = "usage: npm run serve -- [--env-file FILE] [--port N] [--state DIR] [--inspect PORT]";
const CONFIG = join(ROOT, "wrangler.toml");

const { values } = read(() =>
  parseArgs({
    options: {
      "env-file": { type: "string", default: ".dev.vars" },
      port: { type: "string", default: "8787" },
      state: { type: "string", default: ".state" },
      inspect: { type: "string" },
    },
  }),
);
const port = readPort("--port", values.port);
const inspectorPort = values.inspect === undefined ? undefined : readPort("--inspect", values.inspect);
const file = resolve(process.env.INIT_CWD ?? ROOT, values["env-file"]);
if (!existsSync(file)) fail(`There is no file ${values["env-file"]}. ${USAGE}`);
const variables = parseEnv(await readFile(file, "utf8")) as Record<string, string>;

const origin = `http://localhost:${port}`;
if ((variables.ISSUER_URL ?? origin).replace(/\/$/, "") !== origin) {
  fail(
    `ISSUER_URL in ${values["env-file"]} is another origin than ${origin}, where this answers: leave it out or move --port.`,
  );
}
if (!(await isPortFree(port))) fail(`Port ${port} is in use.`);

const state = resolve(process.env.INIT_CWD ?? ROOT, values.state);
await mkdir(state, { recursive: true });
// Before anybody can sign in.
const { database, close } = await openDatabase(CONFIG, "DIRECTORY", state);
await migrate(database, CONFIG);
await close();
const runtime = await startWorkers(
  [
    {
      config: CONFIG,
      variables: { ...variables, ISSUER_URL: origin },
      listen: [{ host: "127.0.0.1", port }],
    },
  ],
  state,
  ({ message }) => console.log(message),
  inspectorPort,
);
startClock(runtime, "ishare-idp");
stopWhenTold(() => runtime.dispose());
console.log(`Listening on ${origin}`);

function read<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    return fail(`${error instanceof Error ? error.message : "bad arguments"} ${USAGE}`);
  }
}

function readPort(flag: string, text: string): number {
  const number = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (number < 1 || number > 65_535) fail(`${flag} must be a number from 1 to 65535. ${USAGE}`);
  return number;
}

function fail(line: string): never {
  console.error(line);
  process.exit(1);
}
