/**
 * `npm run bench -- memory [--logins 100000]`: does one workerd keep something of each sign-in? Humans sign in by their session,
 * again and again, each to a code and a token; the memory of the process is read on the way, and once more when objects that
 * nobody calls have left it. Leaves `bench/memory.json`.
 */
import { codeForm } from "../test/support/world.ts";
import { post } from "./client.ts";
import { keep, range } from "./figures.ts";
import { type Browser, signInAs, startHumans } from "./humans.ts";
import { memoryOf, startServers } from "./servers.ts";

const READINGS = 20;
const PARALLEL = 8;
/** workerd keeps an object for ten seconds after its last call. */
const QUIET_MS = 30_000;

export async function measureMemory(logins: number): Promise<void> {
  const servers = await startServers();
  const { idp, clients } = servers;
  const { sp } = idp.world;
  const readings: { readonly logins: number; readonly mebibytes: number; readonly seconds: number }[] = [];
  try {
    const humans = await startHumans(idp);
    const begun = performance.now();
    const read = async (done: number) => {
      const seconds = (performance.now() - begun) / 1000;
      readings.push({ logins: done, mebibytes: memoryOf(idp.process), seconds });
      console.log(readings.at(-1));
      const unit = "memory of workerd that no file backs";
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
    await servers.stop();
  }
}
