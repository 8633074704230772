/**
 * `npm run bench -- memory [--logins 100000]`: does the IdP keep something of each sign-in? Humans sign in by their session,
 * again and again, each to a code and a token. On the way, and once more when nobody calls any more, two things are read: the
 * heap of the IdP's isolate with its buffers, which is what 128 MB are allowed for, and the memory of workerd, which holds all that
 * Cloudflare keeps elsewhere (objects, their alarms, D1, KV). Leaves `bench/memory.json`.
 */
import { freePort } from "../test/support/running.ts";
import { codeForm } from "../test/support/world.ts";
import { post } from "./client.ts";
import { keep, range } from "./figures.ts";
import { openHeap } from "./heap.ts";
import { type Browser, signInAs, startHumans } from "./humans.ts";
import { memoryOf, startServers } from "./servers.ts";

const READINGS = 20;
const PARALLEL = 8;
/** workerd keeps an object for ten seconds after its last call. */
const QUIET_MS = 30_000;

export async function measureMemory(logins: number): Promise<void> {
  const port = await freePort();
  const servers = await startServers({}, ["--inspect", String(port)]);
  const heap = await openHeap(port, "ishare-idp");
  const { idp, clients } = servers;
  const { sp } = idp.world;
  const readings: {
    readonly logins: number;
    readonly heap: number;
    readonly workerd: number;
    readonly seconds: number;
  }[] = [];
  try {
    const humans = await startHumans(idp);
    const begun = performance.now();
    const read = async (done: number) => {
      const seconds = (performance.now() - begun) / 1000;
      readings.push({ logins: done, heap: await heap.read(), workerd: memoryOf(idp.process), seconds });
      console.log(readings.at(-1));
      const unit = "MiB: heap and buffers after garbage is collected; memory of workerd that no file backs";
      await keep("memory.json", { at: new Date().toISOString(), unit, readings });
    };
    await read(0);
    const step = Math.ceil(logins / READINGS);
    for (let done = 0; done < logins; done += step) {
      const tasks = range(step).map((at) => async () => {
        const code = await signInAs(humans[at % humans.length] as Browser, sp);
        await clients.idp.fetch(post("/connect/token", await codeForm(sp, code)));
      });
      await clients.idp.run(tasks, PARALLEL);
      await read(done + step);
    }
    await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
    await read(Math.ceil(logins / step) * step);
  } finally {
    heap.close();
    await servers.stop();
  }
}
