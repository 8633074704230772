/** Reading wrangler.toml as wrangler does: what the Worker is bound to, and what an environment has already. */
import { unstable_readConfig } from "wrangler";
import { BadInput } from "../directory/input.ts";
import { type Bindings, hasEnvironment } from "./environment.ts";

interface Raw {
  readonly name?: string;
  readonly vars: Readonly<Record<string, unknown>>;
  readonly kv_namespaces: readonly { readonly binding: string; readonly id?: string }[];
  readonly d1_databases: readonly {
    readonly binding: string;
    readonly database_id?: string;
    readonly migrations_dir?: string;
  }[];
  readonly durable_objects: {
    readonly bindings: readonly { readonly name: string; readonly class_name: string }[];
  };
}

/** Kinds of bindings, beside those above, that an environment does not inherit: each a list of tables, and copied. */
const OTHERS = [
  ...["r2_buckets", "ratelimits", "analytics_engine_datasets", "services", "tail_consumers"],
  ...["mtls_certificates", "secrets_store_secrets"],
];
/** Neither are these, and they have other forms; nothing here is bound to any. Who binds one must not lose it unsaid. */
const LEFT_OUT = [
  ...[
    "agent_memory",
    "ai",
    "ai_search",
    "ai_search_namespaces",
    "analytics",
    "artifacts",
    "browser",
    "connect",
  ],
  ...["containers", "define", "dispatch_namespaces", "flagship", "hyperdrive", "images", "k2", "media"],
  ...["pipelines", "queues", "secrets", "send_email", "stream", "streaming_tail_consumers", "unsafe", "vars"],
  ...["vectorize", "version_metadata", "vpc_networks", "vpc_services", "worker_loaders", "workflows"],
];

const read = (config: string, env?: string): Raw & Readonly<Record<string, unknown>> =>
  unstable_readConfig({ config, ...(env !== undefined && { env }) }, { hideWarnings: true }) as never;

/**
 * @param isRoll keys alone are changed: bindings stay as they are
 * @throws BadInput when it has what an environment would be without
 */
export function readTop(
  config: string,
  isRoll = false,
): { readonly name: string; readonly bindings: Bindings } {
  const raw = read(config);
  const lost = LEFT_OUT.filter((kind) => isSet(raw[kind]));
  if (lost.length > 0 && !isRoll)
    throw new BadInput(
      `wrangler.toml has ${lost.join(", ")} at its top, which no environment inherits and setup does not copy: take it out.`,
    );
  const others = OTHERS.flatMap((kind) => {
    const entries = raw[kind];
    return Array.isArray(entries) && entries.length > 0 ? [[kind, entries] as const] : [];
  });
  return {
    name: raw.name ?? "ishare-idp",
    bindings: {
      kv: raw.kv_namespaces.map(({ binding }) => binding),
      d1: raw.d1_databases.map(({ binding, migrations_dir }) => ({
        binding,
        migrationsDir: migrations_dir ?? "migrations",
      })),
      objects: raw.durable_objects.bindings.map(({ name, class_name }) => ({ name, class_name })),
      others: Object.fromEntries(others),
    },
  };
}

/** wrangler fills in empty lists and tables. */
const isSet = (value: unknown): boolean =>
  typeof value === "object" && value !== null ? Object.values(value).some(isSet) : value !== undefined;

export interface Known {
  readonly variables: Readonly<Record<string, string>>;
  /** by binding */
  readonly ids: Readonly<Record<string, string>>;
}

/** What an earlier run wrote; nothing when there was none. @param file the text of `config` */
export function readKnown(config: string, file: string, environment: string): Known {
  if (!hasEnvironment(file, environment)) return { variables: {}, ids: {} };
  const raw = read(config, environment);
  return {
    variables: Object.fromEntries(Object.entries(raw.vars).map(([name, value]) => [name, String(value)])),
    ids: Object.fromEntries([
      ...raw.kv_namespaces.map(({ binding, id }) => [binding, id ?? ""] as const),
      ...raw.d1_databases.map(({ binding, database_id }) => [binding, database_id ?? ""] as const),
    ]),
  };
}
