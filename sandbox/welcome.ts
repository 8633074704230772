/** What `npm start` prints when all is up: where to click, and as whom to sign in. */
import { join } from "node:path";
import type { SandboxKeys } from "./keys.ts";
import { FREIGHT_PAPERS, HARBOUR_DESK, USERS } from "./participants.ts";
import type { Addresses } from "./settings.ts";

export function welcome(keys: SandboxKeys, addresses: Addresses, folder: string): string {
  const places = [
    ["Sign in at", addresses.originOf(HARBOUR_DESK), HARBOUR_DESK.name],
    ["or at", addresses.originOf(FREIGHT_PAPERS), FREIGHT_PAPERS.name],
    ["Identity Provider", addresses.idp, ""],
    ["Registry", addresses.registry, ""],
  ];
  const users = USERS.map(({ username, organisations }) => [
    username,
    keys.passwordOf(username),
    organisations.map(({ name }) => name).join(", "),
  ]);
  return [
    "",
    "The sandbox runs. Ctrl+C stops it.",
    "",
    ...table(places),
    "",
    ...table([["user", "password", "acts for"], ...users]),
    "",
    `Clients of your own find keys and addresses in ${join(folder, "sandbox.json")}.`,
    "Everything is kept for the next run; npm start -- --fresh starts anew.",
    "",
    "Log of the Identity Provider:",
    "",
  ].join("\n");
}

function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths =
    rows[0]?.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length))) ?? [];
  return rows.map((row) =>
    `  ${row.map((cell, at) => cell.padEnd((widths[at] ?? 0) + 2)).join("")}`.trimEnd(),
  );
}
