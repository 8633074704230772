/**
 * The part of wrangler.toml that belongs to one environment: bindings with the ids of this account, and settings. Pure. Owns
 * the block between its two marks and nothing outside; what the Worker is bound to is taken from the file's own top, so
 * that running setup again brings what a new version added. Secrets are never in it.
 */

/** As wrangler reads them from the top of the file. */
export interface Bindings {
  readonly kv: readonly string[];
  readonly d1: readonly { readonly binding: string; readonly migrationsDir: string }[];
  readonly objects: readonly { readonly name: string; readonly class_name: string }[];
  /** others that an environment does not inherit, as they stand at the top */
  readonly others: Readonly<Record<string, readonly Entry[]>>;
}

type Entry = Readonly<Record<string, unknown>>;

export interface Environment {
  readonly name: string;
  readonly worker: string;
  /** undefined: answers on workers.dev */
  readonly customDomain: string | undefined;
  /** binding → id */
  readonly namespaces: Readonly<Record<string, string>>;
  /** binding → database */
  readonly databases: Readonly<Record<string, { readonly id: string; readonly name: string }>>;
  readonly variables: Readonly<Record<string, string>>;
}

const begin = (name: string): string =>
  `# >>> ${name}: written by npm run setup, which keeps the values of vars`;
const end = (name: string): string => `# <<< ${name}`;

export function renderEnvironment(environment: Environment, bindings: Bindings): string {
  const { name, worker, customDomain, namespaces, databases, variables } = environment;
  const at = `env.${name}`;
  return [
    begin(name),
    `[${at}]`,
    `name = ${text(worker)}`,
    `workers_dev = ${customDomain === undefined}`,
    ...(customDomain === undefined
      ? []
      : [`routes = [{ pattern = ${text(customDomain)}, custom_domain = true }]`]),
    ...bindings.kv.flatMap((binding) => [
      "",
      `[[${at}.kv_namespaces]]`,
      ...pairs({ binding, id: namespaces[binding] ?? "" }),
    ]),
    ...bindings.d1.flatMap(({ binding, migrationsDir }) => [
      "",
      `[[${at}.d1_databases]]`,
      ...pairs({
        binding,
        database_name: databases[binding]?.name ?? "",
        database_id: databases[binding]?.id ?? "",
        migrations_dir: migrationsDir,
      }),
    ]),
    "",
    `[${at}.durable_objects]`,
    "bindings = [",
    ...bindings.objects.map((it) => `  { name = ${text(it.name)}, class_name = ${text(it.class_name)} },`),
    "]",
    ...Object.entries(bindings.others).flatMap(([kind, entries]) =>
      entries.flatMap((entry) => ["", `[[${at}.${kind}]]`, ...pairs(ownOf(kind, entry, environment))]),
    ),
    "",
    `[${at}.vars]`,
    ...pairs(variables),
    end(name),
    "",
  ].join("\n");
}

/** What is stored belongs to one environment: in a common bucket one's audit log would stand in the other's way. */
function ownOf(kind: string, entry: Entry, { name, variables }: Environment): Entry {
  const { bucket_name, dataset, binding } = entry;
  if (kind === "analytics_engine_datasets") return { ...entry, dataset: `${dataset ?? binding}_${name}` };
  if (kind !== "r2_buckets" || typeof bucket_name !== "string") return entry;
  return { jurisdiction: variables.DATA_JURISDICTION, ...entry, bucket_name: `${bucket_name}-${name}` };
}

/** @returns undefined when the file has such an environment that setup did not write: it is not ours to change */
export function spliceEnvironment(file: string, name: string, block: string): string | undefined {
  const lines = file.split("\n");
  const start = lines.indexOf(begin(name));
  const stop = lines.indexOf(end(name));
  const outside = start >= 0 && stop > start ? [...lines.slice(0, start), ...lines.slice(stop + 1)] : lines;
  if (outside.some((line) => isOf(line, name) || [begin(name), end(name)].includes(line))) return undefined;
  if (outside === lines) return `${file.trimEnd()}\n\n${block}`;
  return [...lines.slice(0, start), ...block.trimEnd().split("\n"), ...lines.slice(stop + 1)].join("\n");
}

/** Is there one, by whoever's hand? */
export const hasEnvironment = (file: string, name: string): boolean =>
  file.split("\n").some((line) => isOf(line, name));

/** A table of that environment begins here. */
const isOf = (line: string, name: string): boolean =>
  new RegExp(`^\\s*\\[+\\s*env\\s*\\.\\s*["']?${name}["']?\\s*[\\].]`).test(line);

const pairs = (entries: Entry): readonly string[] =>
  Object.entries(entries).flatMap(([key, value]) => (value === undefined ? [] : [`${key} = ${toml(value)}`]));

function toml(value: unknown): string {
  if (typeof value === "string") return text(value);
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return `[${value.map(toml).join(", ")}]`;
  const entries = Object.entries(value as object).filter(([, it]) => it !== undefined);
  return `{ ${entries.map(([key, it]) => `${key} = ${toml(it)}`).join(", ")} }`;
}

/** A basic string (TOML 1.0): JSON's escapes are TOML's, but for DEL, which JSON lets stand. */
const text = (value: string): string => JSON.stringify(value).replaceAll("\u007f", "\\u007F");

/** Cloudflare takes 5 kB in a variable; the Worker reads on in NAME_2, NAME_3. @param limit bytes of one */
export function split(name: string, value: string, limit = 5000): Readonly<Record<string, string>> {
  const parts: string[] = [];
  for (const line of value.split("\n")) {
    const last = parts.at(-1);
    if (last !== undefined && last.length + 1 + line.length <= limit)
      parts[parts.length - 1] = `${last}\n${line}`;
    else parts.push(line);
  }
  return Object.fromEntries(parts.map((part, n) => [n === 0 ? name : `${name}_${n + 1}`, part]));
}
