/**
 * DATA_KEY: 32 random bytes, made once. Cloudflare shows a secret to nobody again, so a copy for the day of a move or a
 * restore is kept where the operator says, readable by nobody else.
 */
import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { BadInput } from "../directory/input.ts";

/** @param file holds it, or will; undefined: no copy is kept */
export async function dataKey(file: string | undefined): Promise<string> {
  if (file === undefined) return randomBytes(32).toString("base64");
  const kept = await readFile(file, "utf8").catch((error: { code?: string }) => {
    if (error.code === "ENOENT") return undefined;
    throw new BadInput(`${file} can't be read.`);
  });
  if (kept !== undefined) {
    if (Buffer.from(kept.trim(), "base64").length !== 32)
      throw new BadInput(`${file} holds no DATA_KEY: 32 bytes in base64.`);
    return kept.trim();
  }
  const made = randomBytes(32).toString("base64");
  // `wx`: if another run made it meanwhile, that one holds.
  await writeFile(file, `${made}\n`, { mode: 0o600, flag: "wx" }).catch(() => {
    throw new BadInput(`${file} can't be written.`);
  });
  return made;
}
