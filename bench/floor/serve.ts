/** Runs the floor Worker as `npm run serve` runs the IdP. Arguments: port, state folder, key (PKCS#8, base64). */
import { join } from "node:path";
import { stopWhenTold } from "../../scripts/process.ts";
import { migrate, openDatabase, ROOT, startWorkers } from "../../scripts/runtime.ts";
import { addHuman } from "../../src/directory/human.ts";

const ORGANISATION = "did:ishare:EU.NL.NTRNL-10000001";
const [port = "", state = "", key = ""] = process.argv.slice(2);
const config = join(ROOT, "bench", "floor", "wrangler.toml");
const { database, close } = await openDatabase(config, "DIRECTORY", state);
await migrate(database, config);
const human = await addHuman(
  database,
  {
    ...{ username: "floor", givenName: "A", familyName: "B", email: "floor@example.com" },
    identityAssurance: "low",
    organisations: [{ id: ORGANISATION, name: "C" }],
  },
  0,
);
await close();
const worker = {
  config,
  variables: { KEY: key, HUMAN: human, ORGANISATION },
  listen: [{ host: "127.0.0.1", port: Number(port) }],
};
const miniflare = await startWorkers([worker], state, ({ message }) => console.log(message));
stopWhenTold(() => miniflare.dispose());
