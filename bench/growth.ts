/**
 * `npm run bench -- growth`: does it stay as fast when there is more of everything? Humans in the directory and live grants
 * are added by powers of ten, and the same requests are timed after each. Leaves `bench/growth.json`.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openDatabase, ROOT } from "../scripts/runtime.ts";
import { startRunning } from "../test/support/running.ts";
import { authorizeForm, ORGANISATION } from "../test/support/world.ts";
import { createClient, post } from "./client.ts";
import { startFloor, startPeer } from "./servers.ts";
import { createSubjects } from "./subjects.ts";

const WATCHED = ["token, code", "token, client", "userinfo", "sign-in by session"];
const HUMANS = [1_000, 10_000, 100_000, 1_000_000];
const GRANTS = [1_000, 10_000, 100_000];
const ROUNDS = 5;

type Point = { readonly size: number } & Readonly<Record<string, number>>;

export async function measureGrowth(): Promise<void> {
  // Pending sign-ins must outlive the filling.
  const idp = await startRunning({ LOGIN_SECONDS: "3600" });
  const floor = await startFloor(idp.world.idp);
  const peer = await startPeer(idp.world.sp.leaf, idp.world.idp);
  const clients = {
    idp: createClient(idp.url),
    floor: createClient(floor.origin),
    peer: createClient(peer.origin),
  };
  try {
    const subjects = (await createSubjects(idp, clients)).filter(({ name }) => WATCHED.includes(name));
    const measure = async (size: number): Promise<Point> => {
      const medians: Record<string, number> = {};
      for (const { name, prepare } of subjects) {
        const times: number[] = [];
        for (let round = 0; round <= ROUNDS; round++) {
          // Few at once: the time that one takes, not how many wait.
          const { p50 } = await clients.idp.run(await prepare(100), 2);
          if (round > 0) times.push(p50);
        }
        medians[name] = times.toSorted((one, other) => one - other)[Math.floor(ROUNDS / 2)] ?? 0;
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
    console.log("Live grants");
    const grants: Point[] = [];
    for (const [at, size] of GRANTS.entries()) {
      const missing = size - (GRANTS[at - 1] ?? 0);
      for (let made = 0; made < missing; made += 500) {
        const forms = Array.from({ length: Math.min(500, missing - made) }, () =>
          authorizeForm(idp.world.sp),
        );
        await clients.idp.run(
          (await Promise.all(forms)).map((form) => post("/connect/authorize", form, 302)),
          16,
        );
      }
      grants.push(await measure(size));
    }
    const result = { at: new Date().toISOString(), unit: "p50 in ms, two at once", humans, grants };
    const text = JSON.stringify(
      result,
      (_, it) => (typeof it === "number" ? Number(it.toPrecision(4)) : it),
      2,
    );
    await writeFile(join(ROOT, "bench", "growth.json"), `${text}\n`);
    console.table(humans);
    console.table(grants);
  } finally {
    for (const client of Object.values(clients)) client.close();
    await Promise.all([idp.stop(), floor.stop(), peer.stop()]);
  }
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
