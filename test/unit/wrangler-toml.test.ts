/**
 * Durable Object classes are versioned: a tag that was deployed never changes, and each class that is bound has come by
 * exactly one. And what an environment does not inherit is the same for all, by the block that setup writes.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { unstable_readConfig } from "wrangler";

const ROOT = join(import.meta.dirname, "..", "..");

interface Settings {
  readonly migrations: readonly {
    readonly tag: string;
    readonly new_sqlite_classes?: readonly string[];
    readonly new_classes?: readonly string[];
    readonly deleted_classes?: readonly string[];
    readonly renamed_classes?: readonly unknown[];
  }[];
  readonly durable_objects: { readonly bindings: readonly { readonly class_name: string }[] };
}
const { migrations, durable_objects } = unstable_readConfig({
  config: join(ROOT, "wrangler.toml"),
}) as unknown as Settings;

/** Deployed ones: a line here is never edited, only added to. */
const DEPLOYED: Readonly<Record<string, readonly string[]>> = {
  v1: ["Grant", "ReplayMarks", "RefreshGate"],
  v2: ["LoginCounter", "Session"],
  v3: ["AuditChain"],
  v4: ["RecentRefusals"],
};

test("what was deployed stays as it was, and comes first", () => {
  const tags = Object.keys(DEPLOYED);
  expect(migrations.slice(0, tags.length).map(({ tag }) => tag)).toEqual(tags);
  for (const { tag, new_sqlite_classes } of migrations.slice(0, tags.length))
    expect(new_sqlite_classes, tag).toEqual(DEPLOYED[tag]);
});

test("every class that is bound came with one tag, as SQLite, and none was taken away or renamed", () => {
  const made = migrations.flatMap(({ new_sqlite_classes = [] }) => new_sqlite_classes);
  expect(new Set(made).size).toBe(made.length);
  expect([...made].sort()).toEqual(durable_objects.bindings.map(({ class_name }) => class_name).sort());
  for (const { deleted_classes, renamed_classes, new_classes } of migrations)
    expect([deleted_classes, renamed_classes, new_classes].flat().filter(Boolean)).toEqual([]);
});

test("the entry exports each of them", () => {
  const entry = readFileSync(join(ROOT, "src", "index.ts"), "utf8");
  for (const { class_name } of durable_objects.bindings)
    expect(entry).toMatch(new RegExp(`export \\{ ${class_name} \\} from`));
});
