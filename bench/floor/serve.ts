/** Runs the floor Worker as `npm run serve` runs the IdP. Arguments: port, state folder, key (PKCS#8, base64). */
import { join } from "node:path";
import { stopWhenTold } from "../../scripts/process.ts";
import { ROOT, startWorkers } from "../../scripts/runtime.ts";

const [port = "", state = "", key = ""] = process.argv.slice(2);
const worker = {
  config: join(ROOT, "bench", "floor", "wrangler.toml"),
  variables: { KEY: key },
  listen: [{ host: "127.0.0.1", port: Number(port) }],
};
const miniflare = await startWorkers([worker], state, ({ message }) => console.log(message));
stopWhenTold(() => miniflare.dispose());
