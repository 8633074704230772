/**
 * What the Participant Registry says of us: is our chain on its list, are we active, is this our certificate, are we an
 * Identity Provider there? Asks as the Worker does, by the same code and with our own key, but keeps nothing.
 */
import type { Config } from "../../src/config.ts";
import { createRollingSigner, signingSet } from "../../src/jwt/key-sets.ts";
import { createPathCache, type PathCache } from "../../src/jwt/path-cache.ts";
import type { Signer } from "../../src/jwt/sign.ts";
import type { Failure } from "../../src/protocol/failure.ts";
import type { EpochSeconds } from "../../src/protocol/time.ts";
import { createAnswerCache, createAnswerMemory } from "../../src/registry/cache.ts";
import { createRegistryClient } from "../../src/registry/client.ts";
import { isCurrent, type Party } from "../../src/registry/party.ts";
import { createRegistry, type Registry } from "../../src/registry/registry.ts";
import {
  createRevocationCheck,
  createRevocationMemory,
  uncheckedRevocation,
} from "../../src/registry/revocation.ts";
import { type VerifiedChain, verifyPath } from "../../src/trust/chain.ts";
import { sentence } from "./certificates.ts";
import { type Finding, good, unknown, warning, wrong } from "./finding.ts";
import { wordsFor } from "./words.ts";

export async function askRegistry(config: Config, now: () => EpochSeconds): Promise<readonly Finding[]> {
  const paths = createPathCache();
  const chain = signingSet(config.keySets, now())?.chain.map(({ der }) => der) ?? [];
  const path = await verifyPath(chain);
  if (!path.ok) return []; // told by who judges the chain
  const { leaf } = path.value;

  const registry = connect(config, createRollingSigner(config.keySets, config.partyId), now, paths);
  const list = await registry.anchor(path.value);
  if (!list.ok && list.failure.reason === "registry_unavailable") return [outage(list.failure, config)];
  const findings: Finding[] = [
    good("registry", `${config.registry.url} answers, as ${config.registry.partyId}.`),
    list.ok
      ? good("trusted list", "our chain reaches a CA on it.")
      : wrong(
          "trusted list",
          sentence(wordsFor(list.failure)),
          "Is this the eSEAL for this scheme: test or production?",
        ),
  ];
  if (list.ok) findings.push(await askAboutRevocation(config, now, list.value));
  const party = await registry.describe(config.partyId);
  if (!party.ok) {
    const isOutage = party.failure.reason === "registry_unavailable";
    return [...findings, isOutage ? outage(party.failure, config) : notOurs(party.failure, config)];
  }
  const sound = await registry.party(config.partyId, leaf);
  findings.push(
    sound.ok
      ? good("party", `the registry has ${config.partyId} as active, with this certificate.`)
      : notOurs(sound.failure, config),
  );
  return [...findings, ...judgeParty(party.value, config, now())];
}

/** What the record says beyond what a sign-in needs. Pure. */
export function judgeParty(
  party: Party,
  config: Pick<Config, "partyId" | "partyName">,
  now: EpochSeconds,
): readonly Finding[] {
  const findings: Finding[] = [];
  if (party.id !== config.partyId)
    findings.push(
      warning(
        "party",
        `the registry's own identifier for us is ${party.id}, PARTY_ID is ${config.partyId}.`,
        "Set PARTY_ID to the registry's, and the other as PARTY_ALIASES: clients compare `iss`.",
      ),
    );
  if (party.name !== config.partyName)
    findings.push(
      warning(
        "name",
        `the registry knows us as ${JSON.stringify(party.name)}, PARTY_NAME is another.`,
        "Humans compare names: make them the same.",
      ),
    );
  const roles = party.roles.filter((it) => isCurrent(it, now)).map(({ role }) => role);
  const isOurs = roles.some((role) =>
    role
      .toLowerCase()
      .replace(/[^a-z]/g, "")
      .includes("identityprovider"),
  );
  if (isOurs) findings.push(good("role", "registered as IdentityProvider."));
  else if (party.roles.length === 0)
    findings.push(unknown("role", "the registry's record names no roles at all."));
  else
    findings.push(
      wrong(
        "role",
        `not registered as IdentityProvider${roles.length > 0 ? `, but as ${roles.join(", ")}` : ""}.`,
        "Ask the Participant Registry for the role; Service Providers may refuse us without it.",
      ),
    );
  return findings;
}

async function askAboutRevocation(
  config: Config,
  now: () => EpochSeconds,
  chain: VerifiedChain,
): Promise<Finding> {
  const check = createRevocationCheck({
    ...asking(now),
    mode: "hard", // silence is told, not passed over
    memory: createRevocationMemory(),
    skew: config.clockSkewSeconds,
    allowLoopback: !config.secure,
  });
  const checked = await check(chain);
  if (checked.ok) return good("revocation", "no certificate of our chain is revoked.");
  return checked.failure.reason === "certificate_revoked"
    ? wrong("revocation", sentence(wordsFor(checked.failure)), "Nobody should trust us: see docs/operate.md.")
    : unknown("revocation", `it can't be told whether our chain is revoked: ${wordsFor(checked.failure)}.`);
}

function connect(config: Config, signer: Signer, now: () => EpochSeconds, paths: PathCache): Registry {
  const { partyId, frameworkVersion, registry: pin } = config;
  return createRegistry({
    ...{ now, paths, pin, frameworkVersion, audience: config.audience, skew: config.clockSkewSeconds },
    client: createRegistryClient({
      ...{ now, signer, partyId, frameworkVersion, url: pin.url, peerId: pin.partyId, bearer: {} },
    }),
    cache: createAnswerCache({ ...asking(now), memory: createAnswerMemory(), fresh: 300, stale: 0 }),
    checkRevocation: uncheckedRevocation, // asked apart, so that one fault does not hide another
  });
}

/** Nothing is kept, and everybody may ask. */
const asking = (now: () => EpochSeconds) => ({
  now,
  kv: {
    get: async () => null,
    put: async () => {},
    delete: async () => {},
    list: async () => ({ keys: [] }),
  } as never,
  gates: { admit: async () => true, markUnknown: async () => {}, isUnknown: async () => false },
  waitUntil: () => {},
  warn: () => {},
});

function outage(failure: Failure, { registry }: Config): Finding {
  const cause = String(failure.data?.cause ?? "");
  if (cause === "registry_signer")
    return wrong(
      "registry",
      sentence(wordsFor(failure)),
      "Look at REGISTRY_PARTY_ID, REGISTRY_ROOT_FINGERPRINTS and REGISTRY_LEAF_FINGERPRINTS; and at this machine's clock.",
    );
  const todo =
    failure.data?.at === "/connect/token"
      ? "The registry refuses our token request: is our party active there, and is this its certificate?"
      : `Look at REGISTRY_URL (${registry.url}) and FRAMEWORK_VERSION, and whether the registry has an outage.`;
  return wrong("registry", sentence(wordsFor(failure)), todo);
}

const notOurs = (failure: Failure, { partyId }: Config): Finding =>
  wrong(
    "party",
    `${sentence(wordsFor(failure))}`,
    `Ask the Participant Registry about ${partyId}, or look at PARTY_ID.`,
  );
