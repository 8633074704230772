/**
 * The tests that mutants of one folder meet: that folder's own and the properties. Not those that mint thousands of chains
 * or turn every bit: they would take a day.
 */
import { defineConfig } from "vitest/config";

const folder = process.env.MUTATED_FOLDER ?? "delegation";
const SLOW = [
  "differential",
  "mutation",
  "subset",
  "revocation-differential",
  "bounds",
  "linear",
  "integrity",
];

export default defineConfig({
  test: {
    include: [`test/unit/{${folder},properties}/**/*.test.ts`],
    exclude: SLOW.map((name) => `test/unit/*/${name}.test.ts`),
    environment: "node",
  },
});
