/**
 * The sandbox's ports: is each of them free? Asked before anything is made, because workerd would find out last.
 */
import { createServer } from "node:net";

/** A browser may try IPv6 first, so a stranger there would be taken for us. */
const HOSTS = ["127.0.0.1", "::1"];

/** @returns the first port that somebody listens on */
export async function findTaken(ports: readonly number[]): Promise<number | undefined> {
  for (const port of ports) {
    for (const host of HOSTS) if (!(await isFree(host, port))) return port;
  }
  return undefined;
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    // Any other error means that this machine has no such address, so nobody listens there.
    server.once("error", ({ code }: NodeJS.ErrnoException) =>
      resolve(code !== "EADDRINUSE" && code !== "EACCES"),
    );
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
