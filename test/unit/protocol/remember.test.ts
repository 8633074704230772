/** A bounded memory forgets what is longest in it. */
import { expect, test } from "vitest";
import { remember } from "../../../src/protocol/remember.ts";

test("the one longest in goes first, and one that is put in again is the newest", () => {
  const map = new Map<string, number>();
  for (const [key, value] of [
    ["a", 1],
    ["b", 2],
    ["a", 3],
    ["c", 4],
  ] as const)
    remember(map, key, value, 2);
  expect([...map]).toEqual([
    ["a", 3],
    ["c", 4],
  ]);
});
