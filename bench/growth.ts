/**
 * `npm run bench -- growth [--only parties]`: does it stay as fast when there is more of everything? Humans in the directory,
 * parties that call and live grants are added by powers of ten, and the same requests are timed after each. Leaves
 * `bench/growth.json`, where a curve that was not measured stays as it was.
 */
import { readFile } from "node:fs/promises";
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

const CURVES = ["humans", "parties", "grants"] as const;

/** @param only one of the curves; all, unless given */
export async function measureGrowth(only?: string): Promise<void> {
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

    const humans = async (points: Point[]) => {
      for (const [at, size] of HUMANS.entries()) {
        await addHumans(idp.state, HUMANS[at - 1] ?? 0, size);
        points.push(await measure(size));
      }
    };
    const parties = async (points: Point[]) => {
      const known: Sp[] = [];
      for (const size of PARTIES) {
        while (known.length < size) {
          const added = await Promise.all(range(100).map((at) => newParty(idp, known.length + at)));
          known.push(...added);
          await clients.idp.run(await forms(added), 8); // each has called once
        }
        // Each as likely to call as any other.
        const times: number[] = [];
        for (let round = 0; round <= ROUNDS; round++) {
          const callers = range(200).map(() => known[Math.floor(Math.random() * known.length)] as Sp);
          const { p50 } = await clients.idp.run(await forms(callers), 2);
          if (round > 0) times.push(p50);
        }
        points.push({ size, "token, client": spread(times).median } as Point);
        console.log(points.at(-1));
      }
    };
    const grants = async (points: Point[]) => {
      for (const [at, size] of GRANTS.entries()) {
        const missing = size - (GRANTS[at - 1] ?? 0);
        for (let made = 0; made < missing; made += 500) {
          const requests = range(Math.min(500, missing - made)).map(async () =>
            post("/connect/authorize", await authorizeForm(idp.world.sp), 302),
          );
          await clients.idp.run(await Promise.all(requests), 16);
        }
        points.push(await measure(size));
      }
    };
    const curves = { humans, parties, grants };
    for (const name of CURVES) {
      if (only !== undefined && only !== name) continue;
      console.log(`More ${name} …`);
      const points: Point[] = [];
      await curves[name](points);
      console.table(points);
      const before = JSON.parse(await readFile(join(ROOT, "bench", "growth.json"), "utf8"));
      const measured = { at: new Date().toISOString(), points };
      await keep("growth.json", { ...before, unit: "p50 in ms, two at once", [name]: measured });
    }
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
