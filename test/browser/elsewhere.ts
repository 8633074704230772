/**
 * A Service Provider whose pages are spread over two origins: its `redirect_uri` is at one and sends the browser on to
 * the other, as real ones do. Owns both servers, on loopback.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

export interface Elsewhere {
  readonly redirectUri: string;
  /** where everybody ends */
  readonly landing: string;
  /** parameters of each answer, in order */
  readonly answers: readonly URLSearchParams[];
  close(): void;
}

export async function startElsewhere(): Promise<Elsewhere> {
  const answers: URLSearchParams[] = [];
  const last = await listen((_, response) => {
    response.setHeader("content-type", "text/html; charset=utf-8");
    response.end("<!DOCTYPE html><html lang=en><title>Landed</title><main><h1>Landed</h1></main>");
  });
  const landing = `http://sp2.localhost:${last.port}/landed`;
  const first = await listen(async (request, response) => {
    const { searchParams } = new URL(request.url ?? "/", "http://127.0.0.1");
    answers.push(request.method === "POST" ? new URLSearchParams(await text(request)) : searchParams);
    response.writeHead(303, { location: landing }).end();
  });
  return {
    redirectUri: `http://127.0.0.1:${first.port}/back`,
    landing,
    answers,
    close: () => {
      first.close();
      last.close();
    },
  };
}

async function listen(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { port: (server.address() as AddressInfo).port, close };
}
