/**
 * `npm run signer -- --key FILE --chain FILE [--key … --chain …] --token-file FILE --port N`: the reference signing service on this
 * machine, until SIGTERM. Owns flags and HTTP; what it signs is `sandbox/signing-service`'s.
 */
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { createSigningService, kidOf } from "../sandbox/signing-service.ts";
import { stopWhenTold } from "./process.ts";
import { ROOT } from "./runtime.ts";

const USAGE =
  "usage: npm run signer -- --key FILE --chain FILE [--key … --chain …] --token-file FILE [--port N]";
const MAX_BODY_BYTES = 16_384;

try {
  const { keys, token, port } = await readArguments();
  const service = createSigningService({ keys, token, log: (line) => console.log(line) });
  const server = createServer((incoming, outgoing) => {
    serve(service.handle, incoming, outgoing).catch(() => outgoing.destroy()); // who asked is gone
  });
  server.listen(port, "127.0.0.1", () => {
    for (const { chain } of keys) console.log(`holds ${kidOf(chain)}`);
    console.log(`Listening on http://127.0.0.1:${port}`);
  });
  stopWhenTold(async () => {
    server.closeAllConnections();
    server.close();
  });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}

async function readArguments() {
  const { values } = parseArgs({
    options: {
      key: { type: "string", multiple: true, default: [] },
      chain: { type: "string", multiple: true, default: [] },
      "token-file": { type: "string" },
      port: { type: "string", default: "8790" },
    },
  });
  const { key, chain, "token-file": tokenFile, port } = values;
  const isPort = /^\d{1,5}$/.test(port) && Number(port) > 0 && Number(port) < 65_536;
  if (key.length === 0 || key.length !== chain.length || tokenFile === undefined || !isPort)
    throw new Error(USAGE);
  const read = (file: string) => readFile(resolve(process.env.INIT_CWD ?? ROOT, file), "utf8");
  const token = (await read(tokenFile)).trim();
  if (token.length < 32) throw new Error("The token has 32 letters or more.");
  const keys = await Promise.all(
    key.map(async (file, at) => ({ key: await read(file), chain: await read(chain[at] as string) })),
  );
  return { keys, token, port: Number(port) };
}

async function serve(
  handle: (request: Request) => Promise<Response>,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) return void outgoing.writeHead(413).end();
    chunks.push(chunk);
  }
  const { method = "GET", url = "/", headers } = incoming;
  const response = await handle(
    new Request(`http://127.0.0.1${url}`, {
      method,
      headers: { authorization: headers.authorization ?? "" },
      ...(method === "GET" || method === "HEAD" ? {} : { body: Buffer.concat(chunks) }),
    }),
  );
  outgoing.writeHead(response.status, { "content-type": "application/json", "cache-control": "no-store" });
  outgoing.end(await response.text());
}
