/**
 * The load client: prepared requests over keep-alive connections, so many at a time. Owns the connections and the times;
 * a process of its own beside the servers. An answer that is not the expected one ends the measurement.
 */
import { Agent, request as send } from "node:http";

export interface Prepared {
  readonly method: "GET" | "POST";
  /** with its query */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly status: number;
}

/** One thing done: a single prepared request, or a way through several. */
export type Task = Prepared | (() => Promise<void>);

export interface Sample {
  readonly perSecond: number;
  /** milliseconds */
  readonly p50: number;
  readonly p99: number;
}

export interface Client {
  readonly origin: string;
  run(tasks: readonly Task[], parallel: number): Promise<Sample>;
  fetch(task: Prepared): Promise<string>;
  close(): void;
}

/** workerd hangs up on a connection that was idle for five seconds: nobody may be sending on it then. */
const IDLE_MS = 3000;

export function createClient(origin: string): Client {
  const agent = new Agent({ keepAlive: true, maxSockets: 64, timeout: IDLE_MS });
  const { hostname, port } = new URL(origin);
  const once = (task: Prepared): Promise<string> =>
    new Promise((resolve, reject) => {
      const headers = {
        ...(task.body === undefined
          ? {}
          : {
              "content-type": "application/x-www-form-urlencoded",
              "content-length": String(Buffer.byteLength(task.body)),
            }),
        ...task.headers,
      };
      const options = { agent, host: "127.0.0.1", port, method: task.method, path: task.path };
      const sent = send({ ...options, headers: { host: `${hostname}:${port}`, ...headers } }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on("data", (chunk: Buffer) => chunks.push(chunk));
        answer.on("end", () => {
          const text = Buffer.concat(chunks).toString("utf8");
          if (answer.statusCode === task.status) resolve(text || String(answer.headers.location ?? ""));
          else reject(new Error(`${task.method} ${task.path}: ${answer.statusCode} ${text.slice(0, 300)}`));
        });
      });
      sent.on("error", reject);
      sent.end(task.body);
    });

  async function run(tasks: readonly Task[], parallel: number): Promise<Sample> {
    const times: number[] = [];
    let next = 0;
    const work = async () => {
      for (let task = tasks[next++]; task !== undefined; task = tasks[next++]) {
        const begun = performance.now();
        await (typeof task === "function" ? task() : once(task));
        times.push(performance.now() - begun);
      }
    };
    const begun = performance.now();
    await Promise.all(Array.from({ length: parallel }, work));
    const seconds = (performance.now() - begun) / 1000;
    times.sort((one, other) => one - other);
    const at = (share: number) => times[Math.floor((times.length - 1) * share)] ?? 0;
    return { perSecond: tasks.length / seconds, p50: at(0.5), p99: at(0.99) };
  }
  return { origin, run, fetch: once, close: () => agent.destroy() };
}

export const post = (path: string, form: Readonly<Record<string, string>>, status = 200): Prepared => ({
  method: "POST",
  path,
  body: new URLSearchParams(form).toString(),
  status,
});
export const get = (
  path: string,
  headers: Readonly<Record<string, string>> = {},
  status = 200,
): Prepared => ({
  method: "GET",
  path,
  headers,
  status,
});
