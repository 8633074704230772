/**
 * The sandbox's folder: what is where in it, and starting anew. Owns the files that are written at each start; what is
 * made once is in `keys`.
 */
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { hasKeys } from "./keys.ts";
import { UNFINISHED, writeJson } from "./write.ts";

export const stateFolder = (folder: string): string => join(folder, "state");
const DESCRIPTION = "sandbox.json";
const REGISTRY_DATA = "registry.json";
const OURS: readonly string[] = ["keys", "state", DESCRIPTION, REGISTRY_DATA];

/** All that is ours, half-made things included; other commands may keep theirs beside it. */
export async function clear(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  const ours = names.filter((name) => OURS.includes(name) || name.startsWith(UNFINISHED));
  await Promise.all(ours.map((name) => rm(join(folder, name), { recursive: true })));
}

/** Missing, empty, or a sandbox already: nobody else's folder is filled, or cleared by `--fresh`. */
export async function isForSandbox(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch(() => []);
  const foreign = names.filter((name) => !name.startsWith(UNFINISHED));
  return foreign.length === 0 || hasKeys(folder);
}

export const writeDescription = (folder: string, description: unknown): Promise<void> =>
  writeJson(folder, DESCRIPTION, description);

/** What the last start wrote; of what is in it, the part that commands need. */
export async function readDescription(
  folder: string,
): Promise<{ readonly registry: { readonly url: string } }> {
  return JSON.parse(await readFile(join(folder, DESCRIPTION), "utf8"));
}

/** To look at; the registry itself gets the same as a variable. */
export const writeRegistryData = (folder: string, data: unknown): Promise<void> =>
  writeJson(folder, REGISTRY_DATA, data);
