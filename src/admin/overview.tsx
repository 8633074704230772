/** `/admin` and `/admin/parties`: our keys and settings, and what is held of the registry's answers. Looks nothing up. */
import { countPending } from "../directory/audit-log.ts";
import { endingSets, signingSet } from "../jwt/key-sets.ts";
import { OverviewPage, PartiesPage } from "../pages/admin/overview.tsx";
import { isCurrent } from "../registry/party.ts";
import { pageOf } from "./page.ts";
import { servicesOf, settingsOf } from "./settings.ts";
import { adminPage, asked, askedOffset, respondConsole } from "./visit.ts";

const SHOWN_PARTIES = 50;

export const showAdmin = adminPage(async (visit, deps) => {
  const { config, directory, now } = deps;
  const signing = signingSet(config.keySets, now());
  const ends = endingSets(config.keySets, now());
  const keys = config.keySets.map(({ name, until, signsFrom }) => ({
    ...{ name, until, signsFrom, signs: name === signing?.name },
    endsIn: ends.find(({ set }) => set === name)?.days,
  }));
  const waiting = await countPending(directory);
  const [settings, services] = [await settingsOf(config), servicesOf(config, deps.optional)];
  return respondConsole(
    (shared) => <OverviewPage {...shared} {...{ keys, settings, services, waiting }} />,
    visit,
    deps,
  );
});

export const showParties = adminPage(async (visit, deps) => {
  const at = deps.now();
  const search = asked(visit, "search", 256);
  const offset = askedOffset(visit);
  const { trustedList, parties } = await deps.registry.atHand({ search, offset, limit: SHOWN_PARTIES + 1 });
  const { rows, next } = pageOf(parties, SHOWN_PARTIES, offset);
  const seen = rows.map(({ id, wantedAt, party }) => ({
    ...{ id, wantedAt, name: party?.name },
    roles: [...new Set(party?.roles.filter((role) => isCurrent(role, at)).map(({ role }) => role))],
    isActive: party?.adherence.some((period) => isCurrent(period, at)),
  }));
  const authorities = trustedList && {
    granted: [...trustedList.granted],
    withdrawn: [...trustedList.withdrawn],
  };
  return respondConsole(
    (shared) => <PartiesPage {...shared} parties={seen} offset={next} {...{ search, authorities }} />,
    visit,
    deps,
  );
});
