/** A mask and its parts, and places in it to spoil, for tests of what reads masks and stored policies. */

export type Path = readonly (string | number)[];

export const ORGANISATION = "did:ishare:EU.NL.NTRNL-10000001";
const SP = "did:ishare:EU.NL.NTRNL-20000001";

export const policy = {
  target: {
    resource: { type: "Container", identifiers: ["c1"], attributes: ["eta"] },
    actions: ["read"],
    environment: { serviceProviders: [SP] },
  },
  rules: [{ effect: "Permit" }],
};
export const set = {
  maxDelegationDepth: 1,
  target: { environment: { licenses: ["ISHARE.0001", { anyOf: ["ISHARE.0002", "ISHARE.0003"] }] } },
  policies: [policy],
};
export const mask = { policyIssuer: ORGANISATION, target: { accessSubject: "human-1" }, policySets: [set] };

/** A copy with one place changed; undefined: without it. */
export function changed(whole: object, path: Path, value: unknown): object {
  const copy = structuredClone(whole);
  const last = path.at(-1) ?? "";
  const place = path.slice(0, -1).reduce((at: object, key) => Reflect.get(at, key), copy);
  if (value === undefined) Reflect.deleteProperty(place, last);
  else Reflect.set(place, last, value);
  return copy;
}

export const SET: Path = ["policySets", 0];
export const POLICY: Path = [...SET, "policies", 0];
export const RULE: Path = [...POLICY, "rules", 0];
export const RESOURCE: Path = [...POLICY, "target", "resource"];

/** `policySets[0].policies`, as problems are told. */
const spelt = (path: Path): string =>
  path
    .map((key) => (typeof key === "number" ? `[${key}]` : `.${key}`))
    .join("")
    .slice(1);

export const needed: readonly Path[] = [
  ["policyIssuer"],
  ["policySets"],
  [...SET, "policies"],
  [...POLICY, "target"],
  RESOURCE,
  [...RESOURCE, "type"],
  [...RESOURCE, "identifiers"],
  [...RESOURCE, "attributes"],
  [...POLICY, "target", "actions"],
  [...POLICY, "rules"],
  [...RULE, "effect"],
];
export const optional: readonly Path[] = [
  [...SET, "maxDelegationDepth"],
  [...SET, "target"],
  [...SET, "target", "environment"],
  [...SET, "target", "environment", "licenses"],
  [...POLICY, "target", "environment"],
  [...POLICY, "target", "environment", "serviceProviders"],
];
export const lists: readonly Path[] = [
  [...RESOURCE, "identifiers"],
  [...RESOURCE, "attributes"],
  [...POLICY, "target", "actions"],
  [...POLICY, "target", "environment", "serviceProviders"],
  [...SET, "target", "environment", "licenses"],
];
export const texts: readonly Path[] = [
  ["policyIssuer"],
  [...RESOURCE, "type"],
  ...lists.map((path) => [...path, 0]),
];

export const inMask: readonly Path[] = [["target"], ["target", "accessSubject"]];
export const places = (paths: readonly Path[]) => paths.map((path) => [spelt(path), path] as const);

const LONG = "x".repeat(500);
export const ODD_TEXTS = [
  ["", "must not be empty"],
  [`${LONG}x`, "must not be longer than 500 characters"],
  ["\ud800", "must be one line of Unicode text"],
  ["a\udc00b", "must be one line of Unicode text"],
  ["\udc00\ud800", "must be one line of Unicode text"],
  ["a\nb", "must be one line of Unicode text"],
  ["a\u0000", "must be one line of Unicode text"],
  ["\u007f", "must be one line of Unicode text"],
  ["\u0085", "must be one line of Unicode text"],
] as const;
