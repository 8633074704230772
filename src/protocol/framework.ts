/**
 * The iSHARE framework version that is spoken (wire document §11): algorithms and spelling that depend on it.
 */

export const FRAMEWORK_VERSIONS = ["2.0", "2.1", "2.2", "3.0"] as const;
export type FrameworkVersion = (typeof FRAMEWORK_VERSIONS)[number];

/** Algorithms accepted in an iSHARE JWT (§2). We sign with the first. */
export const algorithmsOf = (version: FrameworkVersion): readonly string[] =>
  version === "3.0" ? ["RS256", "RS384", "RS512"] : ["RS256"];

/** `userinfo_token` up to 2.2, `userinfoToken` from 3.0. */
export const memberName = (version: FrameworkVersion, name: string): string =>
  version === "3.0" ? name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()) : name;

/** What of a policy can be told to others: conditions from 3.0, groups of licences from 2.2 (OpenAPI `policy`, `licenseRule`). */
export const tellsConditions = (version: FrameworkVersion): boolean => version === "3.0";
export const tellsLicenceGroups = (version: FrameworkVersion): boolean =>
  version === "2.2" || version === "3.0";
