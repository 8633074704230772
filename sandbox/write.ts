/** Files of the sandbox are written whole or not at all: first under another name, then renamed. Owns that name. */
import { mkdir, rename, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";

/** How the names of half-made things start. */
export const UNFINISHED = ".unfinished-";

/** @param file relative to the sandbox folder */
export const writeJson = (folder: string, file: string, value: unknown): Promise<void> =>
  writeText(folder, file, jsonText(value));

/** @param file relative to the sandbox folder */
export async function writeText(folder: string, file: string, text: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const unfinished = join(folder, `${UNFINISHED}${process.pid}-${basename(file)}`);
  await writeFile(unfinished, text, { mode: 0o600 });
  await rename(unfinished, join(folder, file));
}

export const jsonText = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
