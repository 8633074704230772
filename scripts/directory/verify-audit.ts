/**
 * `verify-audit`: is the audit log what it was when its checkpoints were signed? Says the first place of each chain where
 * it is not, exit 1; and what such a look can't show.
 */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import {
  type BreakKind,
  type ChainReport,
  type FoundCheckpoint,
  verifyChain,
} from "../../src/audit/verify.ts";
import { countPending, listChains, loadChain, loadCheckpoints } from "../../src/directory/audit-log.ts";
import type { Database } from "../../src/directory/human.ts";
import { readCheckpoint } from "../../src/jwt/audit-checkpoint.ts";
import { readPemChain } from "../../src/jwt/keys.ts";
import { ROOT } from "../runtime.ts";
import { onDirectory, PLACE } from "./database.ts";
import { BadInput, line, readFlags } from "./input.ts";
import { utc } from "./output.ts";

export const USAGE =
  "verify-audit (--state DIR | --remote) --certificate PEM-FILE [--retention-days N] [--checkpoints FILE of exported ones, one per line]";

const PAGE = 1000;

const WORDS: Readonly<Record<BreakKind, string>> = {
  missing: "is missing",
  altered: "was altered",
  reordered: "stands in another's place",
  unlinked: "does not follow the one before it",
  rewritten: "is not the one that was signed: it, and perhaps all before it, was written anew",
  truncated: "and what follows is missing, though a checkpoint was signed for it",
  forged_checkpoint: "has a checkpoint that none of these certificates signed for this place",
};

/** What nobody could show by looking at the log. Said every time, so that no one reads more into an OK. */
const LIMITS = `What this can't show: changes to entries after the last checkpoint by somebody who can rewrite both the
directory and the chain's Durable Object; that entries were never written, or were altered while they waited in the
outbox; the end of a chain that was removed together with its checkpoints (give those exported before as --checkpoints);
and whether entries older than --retention-days, for which a checkpoint stands, were removed by us or by somebody.`;

export async function verifyAudit(args: readonly string[]): Promise<void> {
  const flags = readFlags(args, {
    ...PLACE,
    certificate: { type: "string" },
    checkpoints: { type: "string" },
    "retention-days": { type: "string", default: "0" },
  });
  const days = flags["retention-days"];
  if (!/^\d{1,5}$/.test(days)) throw new BadInput("--retention-days must be a whole number.");
  // 0, as the setting: nothing is removed.
  const removedUntil = days === "0" ? 0 : Math.floor(Date.now() / 1000) - Number(days) * 86_400;
  const pem = await readText(line(flags.certificate, "--certificate", 4096), "--certificate");
  const signers = readPemChain(pem.replaceAll("\\n", "\n"));
  if (signers === undefined) throw new BadInput("--certificate holds no readable PEM certificates.");
  const kept = flags.checkpoints === undefined ? "" : await readText(flags.checkpoints, "--checkpoints");
  const organisations = new Map<string, FoundCheckpoint[]>();
  for (const text of kept
    .split("\n")
    .map((it) => it.trim())
    .filter((it) => it !== "")) {
    const signed = await readCheckpoint(text, signers);
    if (!signed.ok) throw new BadInput("--checkpoints holds a line that none of these certificates signed.");
    const found = { seq: signed.value.seq, signed: signed.value };
    const { organisation } = signed.value;
    organisations.set(organisation, [...(organisations.get(organisation) ?? []), found]);
  }

  await onDirectory(flags, async (database) => {
    const chains = new Set([...(await listChains(database)), ...organisations.keys()]);
    let broken = 0;
    for (const organisation of [...chains].sort()) {
      const stored = await storedCheckpoints(database, organisation, signers);
      const known = [...stored, ...(organisations.get(organisation) ?? [])];
      const report = await verifyChain(organisation, pagesOf(database, organisation), known, removedUntil);
      if (report.broken !== undefined) broken++;
      console.log(describe(report));
    }
    if (chains.size === 0) console.log("There are no entries yet.");
    const pending = await countPending(database);
    if (pending > 0) console.log(`${pending} entries wait in the outbox and have no place in a chain yet.`);
    console.log(`\n${LIMITS}`);
    if (broken > 0) process.exitCode = 1;
  });
}

async function storedCheckpoints(
  database: Database,
  organisation: string,
  signers: readonly Uint8Array[],
): Promise<readonly FoundCheckpoint[]> {
  const found: FoundCheckpoint[] = [];
  for (const { seq, jwt } of await loadCheckpoints(database, organisation)) {
    const signed = await readCheckpoint(jwt, signers);
    found.push({ seq, signed: signed.ok ? signed.value : undefined });
  }
  return found;
}

async function* pagesOf(database: Database, organisation: string) {
  for (let after = 0; ; ) {
    const page = await loadChain(database, organisation, after, PAGE);
    const last = page.at(-1);
    if (last === undefined) return;
    yield page;
    after = last.seq;
  }
}

function describe({ organisation, removedSeq, lastSeq, signedSeq, signedAt, broken }: ChainReport): string {
  const name = organisation === "" ? "the Identity Provider's own" : organisation;
  if (broken !== undefined) return `BROKEN  ${name}: entry ${broken.seq} ${WORDS[broken.kind]}`;
  const removed =
    removedSeq === 0 ? "" : `, of which 1 to ${removedSeq} are removed and a checkpoint stands for them`;
  const since = lastSeq - signedSeq;
  const signed =
    signedAt === undefined
      ? "no checkpoint yet"
      : `signed up to ${signedSeq} on ${utc(signedAt)}, ${since} since`;
  return `OK      ${name}: ${lastSeq} entries${removed}; ${signed}`;
}

async function readText(file: string, flag: string): Promise<string> {
  try {
    return await readFile(resolve(process.env.INIT_CWD ?? ROOT, file), "utf8");
  } catch {
    throw new BadInput(`${flag}: the file can't be read.`);
  }
}
