/** Which directory a command works on: one below a state folder, or the deployed one; and whom in it. */
import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { findAnyHuman, findHumanId } from "../../src/directory/administration.ts";
import type { Database, Status } from "../../src/directory/human.ts";
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

/** @throws BadInput when nobody active has that name */
export async function activeHuman(database: Database, username: string): Promise<string> {
  const humanId = await findHumanId(database, username);
  if (humanId === undefined) throw new BadInput(`There is no active user ${JSON.stringify(username)}.`);
  return humanId;
}

/** @throws BadInput when nobody has that name, active or not */
export async function anyHuman(
  database: Database,
  username: string,
): Promise<{ readonly id: string; readonly status: Status }> {
  const human = await findAnyHuman(database, username);
  if (human === undefined) throw new BadInput(`There is no user ${JSON.stringify(username)}.`);
  return human;
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
