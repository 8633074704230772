/** Which directory a command works on: one below a state folder, or the deployed one. */
import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Database } from "../../src/directory/human.ts";
import { openRemoteDatabase } from "../remote-database.ts";
import { migrate, openDatabase, ROOT } from "../runtime.ts";
import { BadInput } from "./input.ts";

const CONFIG = join(ROOT, "wrangler.toml");

/** Flags of every command. */
export const PLACE = {
  state: { type: "string" },
  remote: { type: "boolean", default: false },
} as const;

export interface Place {
  readonly state?: string | undefined;
  readonly remote: boolean;
}

/** Runs `work` on the directory that the flags name, brought up to date when it is a local one. */
export async function onDirectory(place: Place, work: (database: Database) => Promise<void>): Promise<void> {
  const { database, close } = await open(place);
  try {
    await work(database);
  } finally {
    await close();
  }
}

async function open({ state, remote }: Place): Promise<{ database: Database; close: () => Promise<void> }> {
  if (remote === (state !== undefined)) throw new BadInput("Give either --state DIR or --remote.");
  if (remote) return openRemoteDatabase(CONFIG, "DIRECTORY");
  const folder = resolve(process.env.INIT_CWD ?? ROOT, state ?? "");
  await mkdir(folder, { recursive: true });
  const local = await openDatabase(CONFIG, "DIRECTORY", folder);
  await migrate(local.database, CONFIG);
  return local;
}
