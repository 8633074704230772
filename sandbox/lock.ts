/**
 * One sandbox at a time per folder: two on the same databases, or one that starts anew under another's feet, would ruin
 * both. Owns the lock: a local socket that only lives as long as its process, so a crash leaves nothing to clean up, and
 * that tells whoever comes second where the first one answers.
 */
import { createHash } from "node:crypto";
import { rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";

/**
 * Takes the lock for the rest of the process's life.
 * @param address where this sandbox will answer @returns where the sandbox that has the lock answers, if another has it
 */
export async function takeLock(folder: string, address: string): Promise<string | undefined> {
  const path = socketPath(folder);
  if (await listen(path, address)) return undefined;
  const holder = await ask(path);
  if (holder !== undefined) return holder;
  rmSync(path, { force: true }); // left behind by a process that was killed
  return (await listen(path, address)) ? undefined : ((await ask(path)) ?? address);
}

/** Not in the folder itself: a socket's path may have some hundred bytes only. */
function socketPath(folder: string): string {
  const name = `ishare-idp-${createHash("sha256").update(resolve(folder)).digest("hex").slice(0, 16)}`;
  return process.platform === "win32" ? `\\\\.\\pipe\\${name}` : join(tmpdir(), `${name}.sock`);
}

function listen(path: string, address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.on("error", () => {}).end(address));
    server.once("error", () => resolve(false));
    server.listen(path, () => {
      server.unref();
      process.on("exit", () => rmSync(path, { force: true }));
      resolve(true);
    });
  });
}

/** @returns the holder's address; undefined when nobody listens */
async function ask(path: string): Promise<string | undefined> {
  const socket = connect(path);
  socket.setTimeout(2000, () => socket.destroy());
  return text(socket).catch(() => undefined);
}
