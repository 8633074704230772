/**
 * A flood of chains that nobody knows does not starve those who are known: against a running instance, strangers send
 * the dearest requests that fit while a Service Provider and its users go on.
 */
import { sign } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { signIn } from "../support/browser.ts";
import {
  createKeys,
  type Der,
  type Draft,
  type Key,
  type Keys,
  mint,
  OID,
  setExtension,
  withSpki,
} from "../support/chains/draft.ts";
import { createRandom } from "../support/chains/random.ts";
import { createSound } from "../support/chains/sound.ts";
import { bytesOf, tlv } from "../support/der.ts";
import { encodePart, encryptFor, frame } from "../support/jwt.ts";
import { type Running, startRunning, USER } from "../support/running.ts";
import { authorizeForm, IDP_ID, machineForm, outer, requestClaims } from "../support/world.ts";

let idp: Running;
let hostile: readonly Post[];
beforeAll(async () => {
  idp = await startRunning();
  hostile = await createFlood();
});
afterAll(async () => {
  await idp?.stop();
});

interface Post {
  readonly what: string;
  readonly path: string;
  readonly form: Readonly<Record<string, string>>;
}

const post = ({ path, form }: Omit<Post, "what">) =>
  fetch(idp.url + path, { method: "POST", body: new URLSearchParams(form), redirect: "manual" });

/** Signed as it should be, by the leaf of a chain that ends nowhere. */
function signStranger(chain: readonly Der[], { privateKey }: Key, claims: object): string {
  const x5c = chain.map((der) => Buffer.from(der).toString("base64"));
  const text = `${encodePart({ alg: "RS256", typ: "JWT", x5c })}.${encodePart(JSON.stringify(claims))}`;
  return `${text}.${sign("SHA256", Buffer.from(text), privateKey).toString("base64url")}`;
}

/** As many names as an extension may hold: reading them is what costs most. */
function widen(draft: Draft, names: number): void {
  const attribute = tlv(0x31, tlv(0x30, bytesOf("0603550403"), bytesOf("0c0178")));
  const name = tlv(0xa4, tlv(0x30, ...Array<Der>(20).fill(attribute)));
  const point = tlv(0x30, tlv(0xa0, tlv(0xa0, ...Array<Der>(names).fill(name))));
  setExtension(draft, OID.distributionPoints, tlv(0x30, point));
}

function chainOf(keys: Keys, number: number, change: (drafts: Draft[]) => void): [readonly Der[], Key] {
  const { drafts } = createSound(createRandom(number), keys, 5);
  for (const draft of drafts) {
    draft.notBefore = 0;
    draft.notAfter = Date.parse("2049-01-01T00:00:00Z") / 1000;
  }
  change(drafts);
  return [drafts.map(mint), (drafts[0] as Draft).key];
}

/** RSA of the most bits, and nobody has the private half. */
function withHugeKey(draft: Draft): void {
  const modulus = tlv(0x02, bytesOf("00"), new Uint8Array(1024).fill(0xff));
  const bits = tlv(0x03, bytesOf("00"), tlv(0x30, modulus, bytesOf("0203010001")));
  draft.key = { ...draft.key, ...withSpki(tlv(0x30, bytesOf("300d06092a864886f70d0101010500"), bits)) };
}

const THOUSANDS = Array.from({ length: 2500 }, (_, at) => ({
  oid: `2a${(0x100 + (at >> 7)).toString(16).slice(1)}${(0x100 + (at & 127)).toString(16).slice(1)}`,
  critical: false,
  value: bytesOf("0500"),
}));

async function createFlood(): Promise<Post[]> {
  const keys = await createKeys();
  const posts: Post[] = [];
  const shapes: readonly [what: string, change: (drafts: Draft[]) => void][] = [
    ["six sound certificates", () => {}],
    ["names without end", (drafts) => drafts.forEach((draft) => void widen(draft, 18))],
    ["thousands of extensions", ([leaf]) => void (leaf as Draft).extensions.push(...THOUSANDS)],
    ["a huge key", (drafts) => withHugeKey(drafts[0] as Draft)],
    ["a forged root", (drafts) => Object.assign(drafts.at(-2) as Draft, { signer: keys.attacker })],
  ];
  const { sp, idp: party } = idp.world;
  for (let number = 0; number < 40; number++) {
    const [what, change] = shapes[number % shapes.length] as (typeof shapes)[number];
    const [chain, key] = chainOf(keys, number, change);
    const assertion = signStranger(chain, key, frame(sp.id, sp.id, IDP_ID));
    const machine = await machineForm(sp, { client_assertion: assertion });
    posts.push({ what, path: "/connect/token", form: machine });
    const claims = requestClaims(sp);
    const request = signStranger(chain, key, claims);
    posts.push({ what, path: "/connect/authorize", form: outer(claims, request) });
    const wrapped = await encryptFor(party, request);
    if (wrapped.length < 60_000)
      posts.push({ what, path: "/connect/authorize", form: outer(claims, wrapped) });
  }
  const huge = "A".repeat(70_000);
  posts.push({
    what: "too much",
    path: "/connect/token",
    form: await machineForm(sp, { client_assertion: huge }),
  });
  return posts;
}

async function machine(): Promise<void> {
  const answer = await post({ path: "/connect/token", form: await machineForm(idp.world.sp) });
  expect(answer.status).toBe(200);
}

async function human(): Promise<void> {
  const browser = idp.browser();
  const begun = await browser.post("/connect/authorize", await authorizeForm(idp.world.sp));
  const end = await signIn(browser, begun.headers.get("location") ?? "", USER);
  expect(end.searchParams.get("code")).toMatch(/./);
}

/** @returns milliseconds, the middle and the worst */
async function timed(times: number, work: () => Promise<void>): Promise<{ middle: number; worst: number }> {
  const taken: number[] = [];
  for (let time = 0; time < times; time++) {
    const started = performance.now();
    await work();
    taken.push(performance.now() - started);
  }
  taken.sort((a, b) => a - b);
  return { middle: taken[taken.length >> 1] ?? 0, worst: taken.at(-1) ?? 0 };
}

describe("a flood of unknown chains", () => {
  const AT_ONCE = 16;

  test("good requests are answered all the while", { timeout: 120_000 }, async () => {
    await timed(3, machine);
    await timed(2, human);
    const idle = { machine: await timed(30, machine), human: await timed(5, human) };

    let isOver = false;
    const outcomes = new Map<string, number>();
    const strangers = Array.from({ length: AT_ONCE }, async (_, first) => {
      for (let at = first; !isOver; at += AT_ONCE) {
        const it = hostile[at % hostile.length] as Post;
        const answer = await post(it);
        await answer.text();
        const page = new URL(answer.headers.get("location") ?? "/", idp.url).pathname;
        const outcome = `${answer.status}${page === "/" ? "" : ` ${page}`}`;
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      }
    });
    await new Promise((resolve) => setTimeout(resolve, 500));
    const flooded = { machine: await timed(30, machine), human: await timed(5, human) };
    isOver = true;
    await Promise.all(strangers);

    // None was taken for somebody; and they were not refused at the door, but for what it took to find out.
    expect([...outcomes.keys()].sort()).toEqual(["302 /error", "400", "413"]);
    expect([...outcomes.values()].reduce((sum, it) => sum + it, 0)).toBeGreaterThan(200);
    const reasons = ["chain_not_anchored", "jwt_signature", "certificate_signature", "certificate_malformed"];
    for (const reason of reasons) expect(idp.log()).toContain(reason);

    // Measured with two processors: 4 ms become 33, and 140 become 270. Sixteen in flight take turns with each step.
    const times = JSON.stringify({ idle, flooded });
    expect(flooded.machine.middle, times).toBeLessThan(idle.machine.middle * 40 + 500);
    expect(flooded.machine.worst, times).toBeLessThan(idle.machine.worst * 40 + 1000);
    expect(flooded.human.middle, times).toBeLessThan(idle.human.middle * 10 + 1000);
  });
});
