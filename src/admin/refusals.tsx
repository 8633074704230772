/** `/admin/refusals`: what requests were refused for lately, by the reference that somebody quotes. */
import { RefusalsPage } from "../pages/admin/refusals.tsx";
import { adminPage, asked, respondConsole } from "./visit.ts";

const PER_PAGE = 50;

export const showRefusals = adminPage(async (visit, deps) => {
  const filter = {
    reference: asked(visit, "reference", 256),
    reason: asked(visit, "reason", 256),
    party: asked(visit, "party", 256),
    endpoint: asked(visit, "endpoint", 256),
  };
  const before = Number(asked(visit, "before", 15) ?? Number.NaN);
  const page = await deps.refusals.search(
    // As people copy it: the error page's address has more behind a dot.
    { ...filter, reference: filter.reference?.split(".")[0]?.toLowerCase() },
    PER_PAGE,
    Number.isSafeInteger(before) ? before : undefined,
    deps.now(),
  );
  return respondConsole((shared) => <RefusalsPage {...shared} {...{ ...page, filter }} />, visit, deps);
});
