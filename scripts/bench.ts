/**
 * `npm run bench [-- [growth | memory] [--rounds 5] [--only PART] [--logins 100000]]`: how fast each endpoint is, beside its floor and a peer, in one
 * run. Owns the rounds, the summary and the files it leaves (`bench/results.json`, `bench/results.svg`; with `--only` none);
 * what is measured is in `bench/subjects`, growth in `bench/growth`, memory in `bench/memory`.
 */
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { parseArgs } from "node:util";
import { drawChart } from "../bench/chart.ts";
import { get, type Sample } from "../bench/client.ts";
import { keep, type Spread, spread } from "../bench/figures.ts";
import { measureGrowth } from "../bench/growth.ts";
import { measureMemory } from "../bench/memory.ts";
import { startServers } from "../bench/servers.ts";
import { createSubjects, type Subject } from "../bench/subjects.ts";
import { x5cOf } from "../test/support/pki.ts";
import { ROOT } from "./runtime.ts";

const { values, positionals } = parseArgs({
  options: { rounds: { type: "string", default: "5" }, only: { type: "string" }, logins: { type: "string" } },
  allowPositionals: true,
});
const rounds = Math.max(1, Number(values.rounds) || 5);
const MEMORY = "/dev/shm";
if (existsSync(MEMORY)) process.env.TMPDIR = MEMORY; // where state goes: no disk in the way

if (positionals.includes("growth")) {
  await measureGrowth(values.only);
  process.exit(0);
}
if (positionals.includes("memory")) {
  await measureMemory(Number(values.logins) || 100_000);
  process.exit(0);
}
console.log(`Starting; state is kept below ${tmpdir()} …`);
const servers = await startServers();
const { idp, clients, cpu } = servers;

/** Ten seconds after its last call workerd closes an object: not while the next round's requests are timed. */
const PUT_AWAY_MS = 11_000;

/** Rounds that do not count: V8 is done with the floor's few lines long before it is with the IdP. */
const WARM_UPS = 3;

interface Round extends Sample {
  /** milliseconds of CPU per request */
  readonly cpu: number;
}

try {
  const subjects = (await createSubjects(servers)).filter(({ name }) => name.includes(values.only ?? ""));
  const measured = new Map<string, Round[]>(subjects.map(({ name }) => [name, []]));
  const isWhole = values.only === undefined;
  const signatures: Signatures[] = [];
  for (let round = 1 - WARM_UPS; round <= rounds; round++) {
    console.log(round < 1 ? "Warming up …" : `Round ${round} of ${rounds} …`);
    await setTimeout(PUT_AWAY_MS);
    if (isWhole && round >= 1) signatures.push(await measureSignatures());
    for (const subject of subjects) {
      const sample = await measure(subject);
      if (round >= 1) measured.get(subject.name)?.push(sample);
    }
  }
  const endpoints = summarise(subjects, measured);
  if (isWhole) await report(endpoints, await measureChains(), comparePeer(measured, signatures));
} finally {
  await servers.stop();
}

/** Before what is timed come a few requests that are not: they open connections and wake objects. */
async function measure({ server, count, parallel, prepare }: Subject): Promise<Round> {
  const lead = Math.max(parallel, Math.ceil(count / 10));
  const tasks = await prepare(lead + count);
  await clients[server].run(tasks.slice(0, lead), parallel);
  const before = cpu(server);
  const sample = await clients[server].run(tasks.slice(lead), parallel);
  return { ...sample, cpu: ((cpu(server) - before) * 1000) / count };
}

/** Bare RS256-2048 signatures per second in each runtime. */
interface Signatures {
  readonly workerd: number;
  /** the peer's runtime, on every processor */
  readonly node: number;
}

async function measureSignatures(): Promise<Signatures> {
  const { privateKey } = idp.world.idp.keys;
  const text = new Uint8Array(6700); // as long as the floor's
  const inNode = (times: number) =>
    Promise.all(
      Array.from({ length: times }, () => crypto.subtle.sign("RSASSA-PKCS1-v1_5", privateKey, text)),
    );
  const inWorkerd = (times: number) => clients.floor.fetch(get(`/signatures/${times}`));
  const rate = async (sign: (times: number) => Promise<unknown>, times: number) => {
    const begun = performance.now();
    await sign(times);
    return (times * 1000) / (performance.now() - begun);
  };
  return { workerd: await rate(inWorkerd, 1000), node: await rate(inNode, 3000) };
}

/** Tokens for codes, in shares of the signatures that the runtime could make in the same round. */
function comparePeer(measured: ReadonlyMap<string, readonly Round[]>, signatures: readonly Signatures[]) {
  const shares = (name: string, runtime: keyof Signatures) =>
    (measured.get(name) ?? []).map(
      ({ perSecond }, round) => perSecond / (signatures[round]?.[runtime] ?? Number.NaN),
    );
  const [own, peer] = [shares("token, code", "workerd"), shares("peer: token, code", "node")];
  return {
    signatures: {
      workerd: spread(signatures.map(({ workerd }) => workerd)),
      node: spread(signatures.map(({ node }) => node)),
    },
    perSignature: {
      own: spread(own),
      peer: spread(peer),
      times: spread(own.map((share, round) => share / (peer[round] ?? Number.NaN))),
    },
  };
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

function summarise(subjects: readonly Subject[], measured: ReadonlyMap<string, readonly Round[]>) {
  const roundsOf = (name: string) => measured.get(name) ?? [];
  const endpoints = subjects.map(({ name, server, floor: against }) => {
    const of = (figure: keyof Round) => spread(roundsOf(name).map((it) => it[figure]));
    // Each round by itself: what disturbed the one disturbed the other.
    const shareOf = (other: string) =>
      spread(
        roundsOf(name).map((it, round) => it.perSecond / (roundsOf(other)[round]?.perSecond ?? Number.NaN)),
      );
    return {
      ...{ name, server, perSecond: of("perSecond"), p50: of("p50"), p99: of("p99") },
      cpuPerRequest: of("cpu"),
      ...(against === undefined
        ? {}
        : { floor: against.name, least: against.least, ofFloor: shareOf(against.name) }),
      ofSignature: shareOf("one signature"),
    };
  });
  const rows = endpoints.map((it) => [
    it.name,
    {
      "requests/s": Math.round(it.perSecond.median),
      min: Math.round(it.perSecond.min),
      max: Math.round(it.perSecond.max),
      "p50 ms": Number(it.p50.median.toFixed(1)),
      "p99 ms": Number(it.p99.median.toFixed(1)),
      "CPU ms": Number(it.cpuPerRequest.median.toFixed(2)),
      "of its floor": it.ofFloor?.median.toFixed(2) ?? "",
      wanted: it.least ?? "",
      "of one signature": it.ofSignature.median.toFixed(2),
    },
  ]);
  console.table(Object.fromEntries(rows));
  return endpoints;
}

async function report(
  endpoints: ReturnType<typeof summarise>,
  chains: Awaited<ReturnType<typeof measureChains>>,
  peer: ReturnType<typeof comparePeer>,
): Promise<void> {
  const times = ({ median }: Spread) => median.toFixed(1);
  console.log(
    `A chain of three in bare RSA-2048 verifications (${times(chains.verifyMicroseconds)} µs each): never seen ${times(chains.unseen)}, seen ${times(chains.seen)}.`,
  );
  const { signatures, perSignature } = peer;
  const [own, others] = [perSignature.own, perSignature.peer].map(({ median }) => median.toFixed(2));
  console.log(
    `Bare signatures per second: workerd ${Math.round(signatures.workerd.median)}, Node ${Math.round(signatures.node.median)}. Token, code, in shares of that: ${own}, the peer ${others}; ${times(perSignature.times)} times the peer.`,
  );
  const conditions = {
    processors: cpus().length,
    model: cpus()[0]?.model,
    node: process.version,
    state: tmpdir(),
    rounds,
    load: "one process beside the servers, connections kept alive",
  };
  const at = new Date().toISOString();
  await keep("results.json", { at, conditions, endpoints, chains, ...peer });
  const bars = endpoints.map(({ name, server, perSecond }) => ({ name, server, ...perSecond }));
  await writeFile(join(ROOT, "bench", "results.svg"), drawChart(bars));
}
