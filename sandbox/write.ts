/** Files of the sandbox are written whole or not at all: first under another name, then renamed. Owns that name. */
import { mkdir, rename, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";

/** How the names of half-made things start. */
export const UNFINISHED = ".unfinished-";

/** @param file relative to the sandbox folder */
export async function writeJson(folder: string, file: string, value: unknown): Promise<void> {
  await mkdir(folder, { recursive: true });
  const unfinished = join(folder, `${UNFINISHED}${process.pid}-${basename(file)}`);
  await writeFile(unfinished, jsonText(value), { mode: 0o600 });
  await rename(unfinished, join(folder, file));
}

export const jsonText = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
