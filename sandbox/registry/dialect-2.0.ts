/** The answers of framework version 2.0: parties are only searched for, and are known by `party_id`, one text or many. */
import type { Dialect } from "./dialect.ts";
import { buildPage, buildRecord, DIALECT_2_1 } from "./dialect-2.1.ts";

export const DIALECT_2_0: Dialect = {
  trustedListPath: DIALECT_2_1.trustedListPath,
  buildTrustedList: DIALECT_2_1.buildTrustedList,
  buildParties: (found, page, registrarId) =>
    buildPage(found, page, (party) => {
      const { id, alsoKnownAs: _, ...rest } = buildRecord(party, registrarId);
      return { party_id: party.alsoKnownAs.length === 0 ? id : [id, ...party.alsoKnownAs], ...rest };
    }),
};
