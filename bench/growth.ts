/**
 * `npm run bench -- growth`: does it stay as fast when there is more of everything? Humans in the directory, parties that call
 * and live grants are added by powers of ten, and the same requests are timed after each. Leaves `bench/growth.json`.
 */
import { join } from "node:path";
import { openDatabase, ROOT } from "../scripts/runtime.ts";
import { mintLeaf } from "../test/support/pki.ts";
import type { Running } from "../test/support/running.ts";
import { authorizeForm, machineForm, ORGANISATION, type Sp } from "../test/support/world.ts";
import { post } from "./client.ts";
import { keep, range, spread } from "./figures.ts";
import { startServers } from "./servers.ts";
import { createSubjects } from "./subjects.ts";

const WATCHED = ["token, code", "token, client", "userinfo", "sign-in by session"];
const HUMANS = [1_000, 10_000, 100_000, 1_000_000];
const PARTIES = [100, 1_000, 10_000];
const GRANTS = [1_000, 10_000, 100_000];
const ROUNDS = 5;

type Point = { readonly size: number } & Readonly<Record<string, number>>;

export async function measureGrowth(): Promise<void> {
  // Pending sign-ins must outlive the filling.
  const servers = await startServers({ LOGIN_SECONDS: "3600" });
  const { idp, clients } = servers;
  try {
    const subjects = (await createSubjects(servers)).filter(({ name }) => WATCHED.includes(name));
    const measure = async (size: number): Promise<Point> => {
      const medians: Record<string, number> = {};
      for (const { name, prepare } of subjects) {
        const times: number[] = [];
        for (let round = 0; round <= ROUNDS; round++) {
          // Few at once: the time that one takes, not how many wait.
          const { p50 } = await clients.idp.run(await prepare(100), 2);
          if (round > 0) times.push(p50);
        }
        medians[name] = spread(times).median;
      }
      console.log(size, medians);
      return { size, ...medians } as Point;
    };

    console.log("Humans in the directory");
    const humans: Point[] = [];
    for (const [at, size] of HUMANS.entries()) {
      await addHumans(idp.state, HUMANS[at - 1] ?? 0, size);
      humans.push(await measure(size));
    }
    console.log("Parties, each as likely to call as any other");
    const parties: Point[] = [];
    const known: Sp[] = [];
    for (const size of PARTIES) {
      while (known.length < size) {
        const added = await Promise.all(range(100).map((at) => newParty(idp, known.length + at)));
        known.push(...added);
        await clients.idp.run(await forms(added), 8); // each has called once
      }
      const times: number[] = [];
      for (let round = 0; round <= ROUNDS; round++) {
        const callers = range(200).map(() => known[Math.floor(Math.random() * known.length)] as Sp);
        const { p50 } = await clients.idp.run(await forms(callers), 2);
        if (round > 0) times.push(p50);
      }
      parties.push({ size, "token, client": spread(times).median } as Point);
      console.log(parties.at(-1));
    }
    console.log("Live grants");
    const grants: Point[] = [];
    for (const [at, size] of GRANTS.entries()) {
      const missing = size - (GRANTS[at - 1] ?? 0);
      for (let made = 0; made < missing; made += 500) {
        const requests = range(Math.min(500, missing - made)).map(async () =>
          post("/connect/authorize", await authorizeForm(idp.world.sp), 302),
        );
        await clients.idp.run(await Promise.all(requests), 16);
      }
      grants.push(await measure(size));
    }
    const result = { at: new Date().toISOString(), unit: "p50 in ms, two at once", humans, parties, grants };
    await keep("growth.json", result);
    console.table(humans);
    console.table(parties);
    console.table(grants);
  } finally {
    await servers.stop();
  }
}

const forms = (callers: readonly Sp[]) =>
  Promise.all(callers.map(async (sp) => post("/connect/token", await machineForm(sp))));

/** Registered, with a certificate of its own. */
async function newParty({ world }: Running, number: number): Promise<Sp> {
  const registration = `NTRNL-2${String(number).padStart(7, "0")}`;
  const leaf = await mintLeaf(world.pki, registration);
  const party = { id: `did:ishare:EU.NL.${registration}`, name: `Service ${number}`, leaf };
  world.registry.parties.push(party);
  return { ...party, redirectUri: "https://sp.example/return" };
}

/** Whole humans, with a password and an organisation each, as many rows as genuine ones have. */
async function addHumans(state: string, from: number, to: number): Promise<void> {
  const { database, close } = await openDatabase(join(ROOT, "wrangler.toml"), "DIRECTORY", state);
  for (let start = from; start < to; start += 20_000) {
    const end = Math.min(start + 20_000, to);
    const numbers = `WITH RECURSIVE n (x) AS (SELECT ${start} UNION ALL SELECT x + 1 FROM n WHERE x + 1 < ${end})`;
    const insert = (into: string, select: string) =>
      database.prepare(`INSERT INTO ${into} ${numbers} SELECT ${select} FROM n`);
    const id = "printf('00000000-0000-4000-8000-%012d', x)";
    await database.batch([
      insert(
        "humans (id, username, username_key, given_name, family_name, email, identity_assurance, created_at)",
        `${id}, 'crowd-' || x, 'crowd-' || x, 'A', 'B', 'crowd-' || x || '@example.com', 'low', 0`,
      ),
      insert("passwords (human_id, hash, changed_at)", `${id}, 'none', 0`),
      insert(
        "memberships (human_id, organisation_id, organisation_name, position)",
        `${id}, '${ORGANISATION.id}', '${ORGANISATION.name}', 0`,
      ),
    ]);
  }
  await close();
}
