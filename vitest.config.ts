/** Four kinds of tests: pure rules in Node, Workers code in workerd, the whole thing as a running process, and in Chromium. */
import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // Of what runs in this process and in the test runner's workerd: running instances and browsers are not counted.
    coverage: {
      provider: "istanbul",
      include: ["src/**/*.{ts,tsx}"],
      reporter: ["text-summary", "json-summary"],
      reportsDirectory: "coverage/report",
      thresholds: { lines: 95, branches: 90 },
    },
    maxWorkers: "100%", // by default one processor is left idle, which is half of a small machine
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/unit/**/*.test.{ts,tsx}"],
          environment: "node",
          testTimeout: 30_000, // properties, under the counting of coverage, on a slow machine
        },
      },
      {
        plugins: [
          cloudflareTest({
            wrangler: { configPath: "./wrangler.toml" },
            // Nothing reaches out: tests that play the registry replace `fetch`.
            miniflare: {
              cf: false,
              r2Buckets: ["TEST_BUCKET"], // bound as AUDIT_EXPORT by the tests that want one
              outboundService: () => new Response("no network in tests", { status: 599 }),
            },
          }),
        ],
        test: {
          name: "worker",
          include: [
            "test/{store,endpoint}/**/*.test.ts",
            "test/unit/protocol/encoding.test.ts", // workerd decodes base64 itself, Node does not yet
            "test/unit/http/request.test.ts", // and reads a body in one piece
          ],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "running",
          include: ["test/running/**/*.test.ts"],
          environment: "node",
          testTimeout: 60_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          sequence: { groupOrder: 1 }, // behind the others: some of these look at a clock
        },
      },
      {
        test: {
          name: "browser",
          include: ["test/browser/**/*.test.ts"],
          environment: "node",
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
