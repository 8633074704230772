/** Evaluation is linear in mask × stored policies: measured for one human with very many of them. */
import { expect, test } from "vitest";
import type { Authorisation } from "../../../src/delegation/evaluation.ts";
import { answerMask, type EvidenceRules } from "../../../src/delegation/evidence.ts";
import type { Mask } from "../../../src/delegation/mask.ts";

const TYPE = "Container";
const rules: EvidenceRules = {
  now: 1_800_000_000,
  serviceProvider: new Set(["sp"]),
  tellsConditions: false,
  tellsLicenceGroups: false,
  seconds: 60,
};

/** All of the type asked, each another container; a tenth of them for all containers, so that many are compared. */
const stored = (policies: number): Authorisation[] => [
  {
    policySets: [
      {
        maxDelegationDepth: 1,
        target: { environment: { licenses: ["ISHARE.0001"] } },
        policies: Array.from({ length: policies }, (_, index) => ({
          target: {
            resource: {
              type: TYPE,
              identifiers: index % 10 === 0 ? ["*"] : [`c${index}`],
              attributes: ["*"],
            },
            actions: ["read", "write"],
            environment: { serviceProviders: ["sp"] },
          },
          rules: [
            { effect: "Permit" },
            { effect: "Deny", target: { resource: { identifiers: [`d${index}`] }, actions: ["write"] } },
          ],
        })),
      },
    ],
  },
];

const mask = (policies: number): Mask => ({
  policyIssuer: "organisation",
  target: { accessSubject: "human" },
  policySets: [
    {
      policies: Array.from({ length: policies }, (_, index) => ({
        target: {
          resource: { type: TYPE, identifiers: [`c${index}`], attributes: ["eta"] },
          actions: ["read"],
        },
        rules: [{ effect: "Permit" }],
      })),
    },
  ],
});

const ROUNDS = 7;
/** Before Node 23.9 the threads that collect garbage count too. */
const usageOf = (process.threadCpuUsage ?? process.cpuUsage).bind(process);
/** A full cache of a busy neighbour slows the large end more; work that is not linear would fail every time. */
const NOISY = { timeout: 30_000, retry: 2 };
const SIZES = [1000, 3000, 10_000];

/** @returns milliseconds of one answer, of the processor's time: what others do in the meantime does not count */
function timeOf(asked: Mask, authorisations: readonly Authorisation[], times: number): number {
  const start = usageOf();
  for (let round = 0; round < times; round++) answerMask(asked, authorisations, rules);
  const { user, system } = usageOf(start);
  return (user + system) / 1000 / times;
}

test.each([1, 50])(
  "ten times the policies take about ten times as long, for a mask of %d",
  NOISY,
  (asked) => {
    const question = mask(asked);
    const all = SIZES.map((size) => ({ size, authorisations: stored(size), rounds: [] as number[] }));
    for (const { authorisations } of all) timeOf(question, authorisations, 3); // warm up
    // Sizes take turns, with as much work each: what else the machine does hits all of them.
    for (let round = 0; round < ROUNDS; round++) {
      for (const { size, authorisations, rounds } of all) {
        const times = (asked === 1 ? 8 : 1) * Math.ceil(10_000 / size);
        rounds.push(timeOf(question, authorisations, times));
      }
    }
    const measured = all.map(({ size, rounds }) => {
      const ms = Math.min(...rounds); // other work only adds
      return { size, ms, each: (ms * 1e6) / (asked * size) };
    });
    const figures = measured.map(
      ({ size, ms, each }) => `${size}: ${ms.toFixed(2)} ms, ${each.toFixed(0)} ns each`,
    );
    console.log(`mask of ${asked}, stored ${figures.join("; ")}`);

    const [least, most] = [measured[0]?.each ?? 0, measured.at(-1)?.each ?? Number.POSITIVE_INFINITY];
    // Work that grew with the square would take ten times as long each; caches alone can make it three times.
    expect(most / least).toBeLessThan(5);
  },
);
