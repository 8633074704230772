/** Counting and summarising, and how figures are kept: four digits, since the rest is noise. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ROOT } from "../scripts/runtime.ts";

export const range = (count: number): number[] => Array.from({ length: count }, (_, at) => at);

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function spread(figures: readonly number[]): Spread {
  const sorted = figures.toSorted((one, other) => one - other);
  const middle = sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
  return { median: middle, min: sorted[0] ?? Number.NaN, max: sorted.at(-1) ?? Number.NaN };
}

/** @param name of a file beside this one */
export async function keep(name: string, result: object): Promise<void> {
  const digits = (_: string, it: unknown) => (typeof it === "number" ? Number(it.toPrecision(4)) : it);
  await writeFile(join(ROOT, "bench", name), `${JSON.stringify(result, digits, 2)}\n`);
}
