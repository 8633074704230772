/**
 * `npm run bench [-- [growth] [--rounds 5] [--only PART]]`: how fast each endpoint is, beside its floor and a peer, in one
 * run. Owns the rounds, the summary and the files it leaves (`bench/results.json`, `bench/results.svg`; with `--only` none);
 * what is measured is in `bench/subjects`, growth in `bench/growth`.
 */
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { drawChart } from "../bench/chart.ts";
import { createClient } from "../bench/client.ts";
import { measureGrowth } from "../bench/growth.ts";
import { cpuOf, startFloor, startPeer } from "../bench/servers.ts";
import { createSubjects, type Subject } from "../bench/subjects.ts";
import { x5cOf } from "../test/support/pki.ts";
import { startRunning } from "../test/support/running.ts";
import { ROOT } from "./runtime.ts";

const { values, positionals } = parseArgs({
  options: { rounds: { type: "string", default: "5" }, only: { type: "string" } },
  allowPositionals: true,
});
const rounds = Math.max(1, Number(values.rounds) || 5);
const MEMORY = "/dev/shm";
if (existsSync(MEMORY)) process.env.TMPDIR = MEMORY; // where state goes: no disk in the way

if (positionals.includes("growth")) {
  await measureGrowth();
  process.exit(0);
}
console.log(`Starting; state is kept below ${tmpdir()} …`);
const idp = await startRunning();
const floor = await startFloor(idp.world.idp);
const peer = await startPeer(idp.world.sp.leaf, idp.world.idp);
const clients = {
  idp: createClient(idp.url),
  floor: createClient(floor.origin),
  peer: createClient(peer.origin),
};
const cpu = { idp: () => cpuOf(idp.process), floor: floor.cpu, peer: peer.cpu };

interface Round {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  /** milliseconds of CPU per request */
  readonly cpu: number;
}

try {
  const subjects = (await createSubjects(idp, clients)).filter(({ name }) =>
    name.includes(values.only ?? ""),
  );
  const measured = new Map<string, Round[]>(subjects.map(({ name }) => [name, []]));
  for (const subject of subjects) await measure(subject, Math.ceil(subject.count / 3)); // warm-up
  for (let round = 1; round <= rounds; round++) {
    console.log(`Round ${round} of ${rounds} …`);
    for (const subject of subjects) measured.get(subject.name)?.push(await measure(subject, subject.count));
  }
  await report(subjects, measured, await measureChains(), await measureSignatures());
} finally {
  for (const client of Object.values(clients)) client.close();
  await Promise.all([idp.stop(), floor.stop(), peer.stop()]);
}

async function measure(subject: Subject, count: number): Promise<Round> {
  const tasks = await subject.prepare(count);
  const before = cpu[subject.server]();
  const sample = await clients[subject.server].run(tasks, subject.parallel);
  return { ...sample, cpu: ((cpu[subject.server]() - before) * 1000) / count };
}

/** Bare RS256-2048 signatures per second in each runtime: Node, the peer's, uses every processor for them. */
async function measureSignatures(): Promise<{ readonly workerd: number; readonly node: number }> {
  const { privateKey } = idp.world.idp.keys;
  const text = new Uint8Array(1500);
  const inNode = (times: number) =>
    Promise.all(
      Array.from({ length: times }, () => crypto.subtle.sign("RSASSA-PKCS1-v1_5", privateKey, text)),
    );
  const inWorkerd = (times: number) =>
    clients.floor.fetch({ method: "GET", path: `/signatures/${times}`, status: 200 });
  const rate = async (sign: (times: number) => Promise<unknown>, times: number) => {
    const rates: number[] = [];
    for (let round = 0; round <= rounds; round++) {
      const begun = performance.now();
      await sign(times);
      if (round > 0) rates.push((times * 1000) / (performance.now() - begun));
    }
    return spread(rates).median;
  };
  return { workerd: await rate(inWorkerd, 1500), node: await rate(inNode, 4000) };
}

/** In multiples of one bare RSA-2048 verification: a chain of three certificates. */
async function measureChains() {
  const x5c = JSON.stringify(x5cOf(idp.world.sp.leaf).slice(0, 3));
  const post = (kind: string, times: number) =>
    clients.floor.fetch({ method: "POST", path: `/chains/${kind}/${times}`, body: x5c, status: 200 });
  const milliseconds = async (kind: string, times: number) => {
    const begun = performance.now();
    await post(kind, times);
    return performance.now() - begun;
  };
  const each: Record<"verify" | "unseen" | "seen", number[]> = { verify: [], unseen: [], seen: [] };
  for (let round = 0; round <= rounds; round++)
    for (const [kind, times] of [
      ["verify", 3000],
      ["unseen", 200],
      ["seen", 3000],
    ] as const) {
      const empty = await milliseconds("none", 1);
      const one = ((await milliseconds(kind, times)) - empty) / times;
      if (round > 0) each[kind].push(one);
    }
  const ratio = (kind: "unseen" | "seen") =>
    spread(each[kind].map((it, round) => it / (each.verify[round] ?? Number.NaN)));
  return {
    verifyMicroseconds: spread(each.verify.map((it) => it * 1000)),
    unseen: ratio("unseen"),
    seen: ratio("seen"),
  };
}

async function report(
  subjects: readonly Subject[],
  measured: ReadonlyMap<string, readonly Round[]>,
  chains: Awaited<ReturnType<typeof measureChains>>,
  signatures: Awaited<ReturnType<typeof measureSignatures>>,
) {
  const of = (name: string, figure: keyof Round) =>
    spread((measured.get(name) ?? []).map((it) => it[figure]));
  const endpoints = subjects.map(({ name, floor: against }) => {
    const perSecond = of(name, "perSecond");
    // Each round by itself: what disturbed the one disturbed the other.
    const ratios = (other: string) =>
      spread(
        (measured.get(name) ?? []).map(
          (it, round) => it.perSecond / (measured.get(other)?.[round]?.perSecond ?? Number.NaN),
        ),
      );
    return {
      name,
      perSecond,
      p50: of(name, "p50"),
      p99: of(name, "p99"),
      cpuPerRequest: of(name, "cpu"),
      ...(against === undefined
        ? {}
        : { floor: against.name, least: against.least, ofFloor: ratios(against.name) }),
      ofSignature: ratios("one signature"),
    };
  });
  console.table(
    Object.fromEntries(
      endpoints.map((it) => [
        it.name,
        {
          "requests/s": Math.round(it.perSecond.median),
          min: Math.round(it.perSecond.min),
          max: Math.round(it.perSecond.max),
          "p50 ms": Number(it.p50.median.toFixed(1)),
          "p99 ms": Number(it.p99.median.toFixed(1)),
          "CPU ms": Number(it.cpuPerRequest.median.toFixed(2)),
          "of its floor": it.ofFloor === undefined ? "" : it.ofFloor.median.toFixed(2),
          wanted: it.least ?? "",
          "of one signature": it.ofSignature.median.toFixed(2),
        },
      ]),
    ),
  );
  const times = ({ median }: { readonly median: number }) => median.toFixed(1);
  console.log(
    `A chain of three in bare RSA-2048 verifications (${times(chains.verifyMicroseconds)} µs each): never seen ${times(chains.unseen)}, seen ${times(chains.seen)}.`,
  );
  const perSignature = {
    own: of("token, code", "perSecond").median / signatures.workerd,
    peer: of("peer: token, code", "perSecond").median / signatures.node,
  };
  console.log(
    `Bare signatures per second: workerd ${Math.round(signatures.workerd)}, Node ${Math.round(signatures.node)}. Token, code, in shares of that: ${perSignature.own.toFixed(2)}, the peer ${perSignature.peer.toFixed(2)}.`,
  );
  if (values.only !== undefined) return;
  const result = {
    at: new Date().toISOString(),
    conditions: {
      processors: cpus().length,
      model: cpus()[0]?.model,
      node: process.version,
      state: tmpdir(),
      rounds,
      load: "one process beside the servers, connections kept alive",
    },
    endpoints,
    chains,
    signatures,
    perSignature,
  };
  await writeFile(
    join(ROOT, "bench", "results.json"),
    `${JSON.stringify(result, (_, it) => (typeof it === "number" ? Number(it.toPrecision(4)) : it), 2)}\n`,
  );
  await writeFile(
    join(ROOT, "bench", "results.svg"),
    drawChart(endpoints.map(({ name, perSecond }) => ({ name, ...perSecond }))),
  );
}

function spread(figures: readonly number[]) {
  const sorted = figures.toSorted((one, other) => one - other);
  const middle = sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
  return { median: middle, min: sorted[0] ?? Number.NaN, max: sorted.at(-1) ?? Number.NaN };
}
