/** What `npm start` prints when all is up: where to click, as whom to sign in, how to reach which level, who may do what. */
import { join } from "node:path";
import type { PolicySet } from "../src/delegation/policy.ts";
import { otpauthUri } from "../src/factors/totp.ts";
import type { FrameworkVersion } from "../src/protocol/framework.ts";
import { AUTHORISATIONS, KEPT_ELSEWHERE } from "./authorisations.ts";
import { stateFolder } from "./folder.ts";
import type { SandboxKeys } from "./keys.ts";
import {
  AUTHORISATION_REGISTRY,
  FREIGHT_PAPERS,
  HARBOUR_DESK,
  IDENTITY_PROVIDER,
  TULIP_FIELD,
  USERS,
} from "./participants.ts";
import type { Addresses } from "./settings.ts";
import type { EnrolmentCodes } from "./users.ts";

export function welcome(
  keys: SandboxKeys,
  addresses: Addresses,
  codes: EnrolmentCodes,
  folder: string,
  frameworkVersion: FrameworkVersion,
): string {
  const places = [
    ["Sign in at", addresses.originOf(HARBOUR_DESK), HARBOUR_DESK.name],
    ["or at", addresses.originOf(FREIGHT_PAPERS), FREIGHT_PAPERS.name],
    ["Your account", `${addresses.idp}/account`, IDENTITY_PROVIDER.name],
    ["Registry", addresses.registry, ""],
    ["Authorisation Registry", addresses.authorisationRegistry, AUTHORISATION_REGISTRY.name],
  ];
  const users = USERS.map(({ username, prepared, organisations }) => [
    username,
    keys.passwordOf(username),
    prepared === undefined ? "low" : "low, substantial",
    organisations.map(({ name }) => name).join(", "),
  ]);
  return [
    "",
    `The sandbox runs, and speaks iSHARE ${frameworkVersion}. Ctrl+C stops it.`,
    "",
    ...table(places),
    "",
    ...table([["user", "password", "level", "acts for"], ...users]),
    "",
    "The demo asks for the level that is chosen above its button:",
    "",
    ...levels(keys, addresses, codes, folder),
    "",
    "What they may do, as the demo asks once somebody is signed in:",
    "",
    ...rights(),
    "",
    `Clients of your own find keys and addresses in ${join(folder, "sandbox.json")}.`,
    `What a revoked certificate does: npm run sandbox -- revoke ${FREIGHT_PAPERS.slug}; reinstate takes it back.`,
    "Everything is kept for the next run; npm start -- --fresh starts anew.",
    "",
    "Log of the Identity Provider:",
    "",
  ].join("\n");
}

function levels(
  keys: SandboxKeys,
  addresses: Addresses,
  codes: EnrolmentCodes,
  folder: string,
): readonly string[] {
  const apps = Object.entries(keys.remembered.totpSeeds).flatMap(([username, seed]) => [
    ["substantial", `${username}: the password, then a code of an authenticator app that has this key`],
    ["", `  ${seed.match(/.{1,4}/g)?.join(" ")}`],
    ["", `  ${otpauthUri(IDENTITY_PROVIDER.name, username, seed)}`],
  ]);
  const passkeys = Object.entries(codes).flatMap(([username, code]) => [
    ["substantial", `${username}: a passkey, once it is added at ${addresses.idp}/account/passkey`],
    [
      "",
      `  with the enrolment code ${code} (works once, within a day; a start makes another when it is gone)`,
    ],
  ]);
  return table([
    ["low", "everybody: the password alone"],
    ...apps,
    ...passkeys,
    [
      "high",
      "a security key of a kind that HIGH_ASSURANCE_AUTHENTICATORS listed when npm start was called, with a code of",
    ],
    ["", `  npm run directory -- enrol-code --state ${stateFolder(folder)} --username anna --level high`],
  ]);
}

function rights(): readonly string[] {
  const rows = [
    ...AUTHORISATIONS.map(({ username, organisation, policySets }) => ({
      ...{ username, policySets },
      where: `for ${organisation.name}`,
    })),
    ...KEPT_ELSEWHERE.map(({ username, entry: { policySets } }) => ({
      ...{ username, policySets },
      where: `for ${TULIP_FIELD.name}, which keeps that in its Authorisation Registry`,
    })),
  ];
  return table(
    rows.map(({ username, where, policySets }) => [username, describePolicies(policySets), where]),
  );
}

const describePolicies = (sets: readonly PolicySet[]): string =>
  sets
    .flatMap(({ policies }) => policies)
    .map(({ target: { resource, actions } }) => {
      const which = resource.identifiers.join(", ");
      return `${actions.join(", ")} ${which === "*" ? `any ${resource.type}` : `${resource.type} ${which}`}`;
    })
    .join("; ");

function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths =
    rows[0]?.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length))) ?? [];
  return rows.map((row) =>
    `  ${row.map((cell, at) => cell.padEnd((widths[at] ?? 0) + 2)).join("")}`.trimEnd(),
  );
}
