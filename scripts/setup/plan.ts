/**
 * What has to be done at Cloudflare and in wrangler.toml, and what is there already: from what is wanted and what is seen, a
 * list of steps. Each says what it will do before anything is done. Running them twice does nothing twice.
 */
import { BadInput } from "../directory/input.ts";
import { type Bindings, type Environment, renderEnvironment, spliceEnvironment } from "./environment.ts";
import type { Identity } from "./identity.ts";
import { type Changes, put } from "./roll.ts";
import type { Step } from "./step.ts";
import type { Cloudflare } from "./wrangler.ts";

export interface Wanted {
  readonly environment: string;
  readonly worker: string;
  readonly customDomain: string | undefined;
  readonly variables: Readonly<Record<string, string>>;
  readonly jurisdiction: string | undefined;
  /** key and chain, if they are given: undefined where they have to be there already */
  readonly identity: Identity | undefined;
  /** SIGNER_TOKEN, likewise */
  readonly token: string | undefined;
  readonly dataKey: () => Promise<string>;
}

/** What there is. */
export interface Seen {
  readonly file: string;
  readonly bindings: Bindings;
  /** ids that wrangler.toml has for this environment */
  readonly ids: Readonly<Record<string, string>>;
  readonly namespaces: readonly { readonly id: string; readonly title: string }[];
  readonly databases: readonly { readonly uuid: string; readonly name: string }[];
  readonly secrets: ReadonlySet<string>;
}

/** @param write writes wrangler.toml @throws BadInput when something stands in the way */
export function plan(
  wanted: Wanted,
  seen: Seen,
  cloudflare: Cloudflare,
  write: (file: string) => Promise<void>,
): readonly Step[] {
  const { environment, worker, jurisdiction } = wanted;
  const namespaces: Record<string, string> = {};
  const databases: Record<string, { id: string; name: string }> = {};
  const inPlace = jurisdiction === undefined ? "" : ` (in ${jurisdiction})`;

  const forNamespace = (binding: string): Step => {
    const title = nameFor(worker, binding);
    const found =
      seen.namespaces.find(({ id }) => id === seen.ids[binding]) ??
      seen.namespaces.find((it) => it.title === title);
    if (found !== undefined) {
      namespaces[binding] = found.id;
      return { says: `KV namespace ${found.title} for ${binding}` };
    }
    return {
      says: `create the KV namespace ${title}${inPlace} for ${binding}`,
      run: async () => {
        await cloudflare.createNamespace(title, jurisdiction);
        const made = (await cloudflare.namespaces()).find((it) => it.title === title);
        namespaces[binding] = (made ?? absent(title)).id;
      },
    };
  };
  const forDatabase = ({ binding }: Bindings["d1"][number]): Step => {
    const name = nameFor(worker, binding);
    const found =
      seen.databases.find(({ uuid }) => uuid === seen.ids[binding]) ??
      seen.databases.find((it) => it.name === name);
    if (found !== undefined) {
      databases[binding] = { id: found.uuid, name: found.name };
      return { says: `D1 database ${found.name} for ${binding}` };
    }
    return {
      says: `create the D1 database ${name}${inPlace} for ${binding}`,
      run: async () => {
        await cloudflare.createDatabase(name, jurisdiction);
        const made = (await cloudflare.databases()).find((it) => it.name === name);
        databases[binding] = { id: (made ?? absent(name)).uuid, name };
      },
    };
  };

  const render = (): string => {
    const all: Environment = {
      ...{ name: environment, worker, namespaces, databases },
      ...{ customDomain: wanted.customDomain, variables: wanted.variables },
    };
    const file = spliceEnvironment(seen.file, environment, renderEnvironment(all, seen.bindings));
    if (file !== undefined) return file;
    throw new BadInput(
      `wrangler.toml has an environment ${environment} that setup did not write: take it out, or edit it by hand.`,
    );
  };
  const creations = [...seen.bindings.kv.map(forNamespace), ...seen.bindings.d1.map(forDatabase)];
  const isNew = creations.some(({ run }) => run !== undefined) || render() !== seen.file;
  render(); // refuses before anything is made
  return [
    ...creations,
    isNew
      ? { says: `write [env.${environment}] to wrangler.toml`, run: () => write(render()) }
      : { says: `[env.${environment}] in wrangler.toml` },
    ...seen.bindings.d1.map(({ binding }) => ({
      says: `apply the migrations that ${binding} has not seen`,
      run: async () => void (await cloudflare.migrate(binding, environment)),
    })),
    ...forSecrets(wanted, seen, cloudflare),
  ];
}

/**
 * What is there is never replaced: DATA_KEY would take every seed with it, and keys are rolled, not swapped. The chain goes
 * along with its key in one upload: one beside another's for a moment, and every path answers 503. Where a service has the
 * key (`SIGNER_URL`) there is none here, and a token in its place.
 */
function forSecrets(wanted: Wanted, seen: Seen, cloudflare: Cloudflare): readonly Step[] {
  const { environment, identity, token } = wanted;
  const has = (name: string): boolean => seen.secrets.has(name);
  const isElsewhere = wanted.variables.SIGNER_URL !== undefined || has("SIGNER_URL");
  const needsIdentity = !has("CERTIFICATE_CHAIN") || (!has("SIGNING_KEY") && !isElsewhere);
  if (needsIdentity && identity === undefined)
    throw new BadInput(
      isElsewhere
        ? "--chain is missing: the Worker has no CERTIFICATE_CHAIN yet."
        : "--p12 is missing, or --key and --chain: the Worker has no SIGNING_KEY with its chain yet.",
    );
  const needsToken = isElsewhere && !has("SIGNER_TOKEN");
  if (needsToken && token === undefined)
    throw new BadInput("--signer-token-file is missing: the Worker has no SIGNER_TOKEN yet.");
  const known: Changes = {
    ...(needsIdentity && identity !== undefined ? put("current", identity, seen.secrets) : {}),
    ...(needsToken && token !== undefined ? { SIGNER_TOKEN: token } : {}),
  };
  const missing = [
    ...Object.entries(known).flatMap(([name, value]) => (value === null ? [] : [name])),
    ...(has("DATA_KEY") ? [] : ["DATA_KEY"]),
  ];
  const present = ["SIGNING_KEY", "CERTIFICATE_CHAIN", "SIGNER_TOKEN", "DATA_KEY"].filter(
    (it) => has(it) && known[it] === undefined,
  );
  return [
    ...(present.length > 0 ? [{ says: `secrets ${present.join(", ")}, left as they are` }] : []),
    ...(missing.length > 0
      ? [
          {
            says: `set the secrets ${missing.join(", ")} (by standard input)`,
            run: async () => {
              const dataKey = has("DATA_KEY") ? {} : { DATA_KEY: await wanted.dataKey() };
              await cloudflare.putSecrets({ ...known, ...dataKey }, environment);
            },
          },
        ]
      : []),
  ];
}

export const nameFor = (worker: string, binding: string): string =>
  `${worker}-${binding.toLowerCase().replaceAll("_", "-")}`;

function absent(name: string): never {
  throw new BadInput(`${name} was made, but wrangler does not list it: run setup again in a moment.`);
}
