/** `/admin/audit`: the audit log as the database has it, unverified: `npm run directory -- verify-audit` proves it. */
import { countPending, searchChain } from "../directory/audit-log.ts";
import { AuditPage } from "../pages/admin/audit.tsx";
import type { AuditEntry } from "../pages/admin/records.ts";
import { isJsonObject, parseJson } from "../protocol/json.ts";
import { adminPage, asked, respondConsole } from "./visit.ts";

const PER_PAGE = 50;

export const showAudit = adminPage(async (visit, deps) => {
  const { directory } = deps;
  const organisation = asked(visit, "organisation", 256);
  const search = asked(visit, "search");
  const before = Number(asked(visit, "before", 15) ?? Number.NaN);
  const [{ records, older }, waiting] = await Promise.all([
    searchChain(directory, organisation ?? "", {
      limit: PER_PAGE,
      ...(search === undefined ? {} : { text: search }),
      ...(Number.isSafeInteger(before) ? { before } : {}),
    }),
    countPending(directory),
  ]);
  const entries = records.map(({ seq, at, entry }) => readEntry(seq, at, entry));
  return respondConsole(
    (shared) => <AuditPage {...shared} {...{ entries, organisation, search, older, waiting }} />,
    visit,
    deps,
  );
});

/** Whoever can write the database may have written something else: only text is shown, as text. */
function readEntry(seq: number, at: number, json: string): AuditEntry {
  const entry = parseJson(json);
  const text = (name: string): string | undefined => {
    const value = isJsonObject(entry) ? entry[name] : undefined;
    return typeof value === "string" ? value : undefined;
  };
  return {
    ...{ seq, at, subject: text("subject"), party: text("party"), reason: text("reason") },
    ...{ actor: text("actor") ?? "?", action: text("action") ?? "?" },
    correlationId: text("correlationId") ?? "?",
  };
}
