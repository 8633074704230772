/**
 * Policies: their shapes (wire document §10; OpenAPI `PolicySet`, `Policy`) and bounds. Owns reading them from a file of
 * ours, where a member without meaning is refused since it may be a misspelt restriction, and from another party's
 * evidence, where a policy with such a member gives nothing. What a policy gives is decided in `evaluation`.
 */
import * as v from "valibot";
import { isJsonObject, type JsonObject } from "../protocol/json.ts";

/** A licence identifier; a group of them (`allOf`, `anyOf`) since framework 2.2. Carried, never interpreted. */
export type Licence = string | JsonObject;

/** `*` in a list of a stored policy stands for every value. */
export interface Resource {
  readonly type: string;
  readonly identifiers: readonly string[];
  readonly attributes: readonly string[];
}

export interface Target {
  readonly resource: Resource;
  readonly actions: readonly string[];
  /** which SPs may see and use the policy: absent, any; empty, none */
  readonly environment?: { readonly serviceProviders?: readonly string[] | undefined } | undefined;
  /** framework 3.0: in a policy `{conditions}`, for whoever holds it to evaluate; in a mask, facts to do that with */
  readonly context?: JsonObject | undefined;
}

/** The part of its policy that a rule is about; what is absent is all of it. */
export interface RuleTarget {
  readonly resource?: { readonly [Member in keyof Resource]?: Resource[Member] | undefined } | undefined;
  readonly actions?: readonly string[] | undefined;
}

export interface Rule {
  readonly effect: "Permit" | "Deny";
  readonly target?: RuleTarget | undefined;
  /** framework 3.0: for the SP to evaluate */
  readonly conditions?: JsonObject | undefined;
}

export interface Policy {
  readonly target: Target;
  readonly rules: readonly Rule[];
}

export interface PolicySet {
  readonly maxDelegationDepth?: number | undefined;
  readonly target?:
    | { readonly environment?: { readonly licenses?: readonly Licence[] | undefined } | undefined }
    | undefined;
  readonly policies: readonly Policy[];
}

/** Of a condition, or a group of licences: told again with every policy that hangs on it. */
const MAX_CARRIED = 4000;
export const MAX_TEXT = 500;
export const MAX_VALUES = 200;
const MAX_SETS = 1000;
const MAX_POLICIES = 10_000;
const MAX_RULES = 100;

/** One line of text that can be said again as it came: a lone surrogate would turn into another letter on the way. */
export const text = v.pipe(
  v.string("must be text"),
  v.minLength(1, "must not be empty"),
  v.maxLength(MAX_TEXT, `must not be longer than ${MAX_TEXT} characters`),
  v.check(
    (value) => value.isWellFormed() && !/[\p{Cc}\u2028\u2029]/u.test(value),
    "must be one line of Unicode text",
  ),
);

export const values = v.pipe(
  v.array(text, "must be a list"),
  v.maxLength(MAX_VALUES, `must not have more than ${MAX_VALUES} values`),
);
/** In a rule an empty list would be about nothing, and a Deny without effect. */
const someValues = v.pipe(values, v.minLength(1, "must not be empty"));

/** Carried as it is; depth is bounded by whoever read the JSON. */
export const carried = v.pipe(
  v.custom<JsonObject>(isJsonObject, "must be an object"),
  v.check(
    (value) => JSON.stringify(value).length <= MAX_CARRIED,
    `must not be longer than ${MAX_CARRIED} characters`,
  ),
);

type Shape = <T extends v.ObjectEntries>(
  entries: T,
) => v.GenericSchema<unknown, v.InferOutput<v.ObjectSchema<T, undefined>>>;

/** To the library a list is an object too, and one without members would do for all that are optional. */
const shapeOf =
  (schema: (entries: v.ObjectEntries) => v.GenericSchema): Shape =>
  (entries) =>
    v.pipe(v.custom<unknown>(isJsonObject, "must be an object"), schema(entries)) as never;
export const object = shapeOf(v.object);
const strictObject = shapeOf(v.strictObject);

export const licences = v.pipe(
  v.array(v.union([text, carried], "must be text or an object"), "must be a list"),
  v.maxLength(MAX_VALUES, `must not have more than ${MAX_VALUES} values`),
);

export const maxDelegationDepth = v.pipe(
  v.number("must be a number"),
  v.integer("must be a whole number"),
  v.minValue(0, "must not be negative"),
  v.maxValue(100, "must not be greater than 100"),
);

export const list = <T extends v.GenericSchema>(of: T, least: number, most: number) =>
  v.pipe(
    v.array(of, "must be a list"),
    v.minLength(least, `must have at least ${least}`),
    v.maxLength(most, `must not have more than ${most}`),
  );

export const targetSchema = (shape: Shape, context: v.GenericSchema<unknown, JsonObject>) =>
  shape({
    resource: shape({ type: text, identifiers: values, attributes: values }),
    actions: values,
    environment: v.optional(shape({ serviceProviders: v.optional(values) })),
    context: v.optional(context),
  });

export const setTargetSchema = (shape: Shape) =>
  shape({ environment: v.optional(shape({ licenses: v.optional(licences) })) });

const ruleSchema = (shape: Shape) =>
  shape({
    effect: v.picklist(["Permit", "Deny"], 'must be "Permit" or "Deny"'),
    target: v.optional(
      shape({
        resource: v.optional(
          shape({
            type: v.optional(text),
            identifiers: v.optional(someValues),
            attributes: v.optional(someValues),
          }),
        ),
        actions: v.optional(someValues),
      }),
    ),
    conditions: v.optional(carried),
  });

/** @param context of a policy's target @param least how many there must be of sets, of policies in each, of rules in each */
function policySetsSchema(shape: Shape, context: v.GenericSchema<unknown, JsonObject>, least: 0 | 1) {
  const policy = shape({
    target: targetSchema(shape, context),
    rules: list(ruleSchema(shape), least, MAX_RULES),
  });
  const set = shape({
    maxDelegationDepth: v.optional(maxDelegationDepth),
    target: v.optional(setTargetSchema(shape)),
    policies: list(policy, least, MAX_POLICIES),
  });
  return { policy, set, sets: list(set, least, MAX_SETS) };
}

/** Whole seconds since 1970; what is beyond the year 9999 was milliseconds. */
const time = v.pipe(
  v.number("must be a number of seconds"),
  v.integer("must be whole seconds"),
  v.minValue(0, "must not be negative"),
  v.maxValue(253_402_300_799, "must be in seconds, not milliseconds"),
);

/** What an administrator registers: `{policyIssuer, notBefore?, notOnOrAfter?, policySets}`. */
const registration = v.pipe(
  strictObject({
    policyIssuer: text,
    notBefore: v.optional(time),
    notOnOrAfter: v.optional(time),
    policySets: policySetsSchema(strictObject, strictObject({ conditions: carried }), 1).sets,
  }),
  v.rawCheck(({ dataset, addIssue }) => {
    const place = dataset.typed ? findForeignType(dataset.value.policySets) : undefined;
    if (place !== undefined) addIssue({ message: "must be the type of its policy", path: place });
  }),
  v.forward(
    v.check(
      ({ notBefore, notOnOrAfter }) =>
        notBefore === undefined || notOnOrAfter === undefined || notBefore < notOnOrAfter,
      "must be after notBefore",
    ),
    ["notOnOrAfter"],
  ),
);
export type Registration = v.InferOutput<typeof registration>;

/** A rule about another type than its policy's is about nothing: a Deny without effect. */
function findForeignType(sets: readonly PolicySet[]): PathTo | undefined {
  for (const [set, { policies }] of sets.entries()) {
    for (const [policy, { target, rules }] of policies.entries()) {
      for (const [rule, { target: own }] of rules.entries()) {
        const type = own?.resource?.type;
        if (type === undefined || type === target.resource.type) continue;
        const keys = ["policySets", set, "policies", policy, "rules", rule, "target", "resource", "type"];
        return keys.map((key) => ({ key })) as unknown as PathTo;
      }
    }
  }
  return undefined;
}
type PathTo = [v.IssuePathItem, ...v.IssuePathItem[]];

/** Another party's word on what somebody may do: `DelegationEvidence` of the OpenAPI files. */
const foreignTime = v.pipe(v.number("must be a number"), v.integer("must be a whole number"));
const loose = policySetsSchema(object, carried, 0);
const evidence = object({
  notBefore: foreignTime,
  notOnOrAfter: foreignTime,
  policyIssuer: v.string("must be text"),
  target: object({ accessSubject: v.string("must be text") }),
  policySets: loose.sets,
});
export type ForeignEvidence = Omit<v.InferOutput<typeof evidence>, "policySets"> & {
  readonly policySets: readonly PolicySet[];
};

/** What is in a policy beside its shape may be a restriction: such a policy gives nothing, and so does one in such a set. */
const understood = policySetsSchema(strictObject, carried, 0);
const isUnderstood = (schema: v.GenericSchema, json: unknown): boolean => v.is(schema, json);

/** @param json what `readForeignEvidence` accepts @returns its policies without those that we do not fully understand */
function onlyUnderstood(json: unknown): readonly PolicySet[] {
  const { policySets } = json as { policySets: readonly { readonly policies: readonly unknown[] }[] };
  return policySets.flatMap((set) => {
    const kept = {
      ...set,
      policies: set.policies.filter((policy) => isUnderstood(understood.policy, policy)),
    };
    return isUnderstood(understood.set, kept) ? [kept as unknown as PolicySet] : [];
  });
}

export type Read<T> =
  | { readonly ok: true; readonly value: T }
  /** where in the JSON, and what is wrong there, in words */
  | { readonly ok: false; readonly place: string; readonly problem: string };

export const readRegistration = (json: unknown): Read<Registration> => read(registration, json);
export function readForeignEvidence(json: unknown): Read<ForeignEvidence> {
  const parsed = read(evidence, json);
  return parsed.ok ? { ok: true, value: { ...parsed.value, policySets: onlyUnderstood(json) } } : parsed;
}

/** The first thing that is wrong is enough. */
export function read<T extends v.GenericSchema>(schema: T, json: unknown): Read<v.InferOutput<T>> {
  const parsed = v.safeParse(schema, json, { abortEarly: true });
  if (parsed.success) return { ok: true, value: parsed.output };
  const [issue] = parsed.issues;
  return { ok: false, place: spellPath((issue.path ?? []).map(({ key }) => key)), problem: problemOf(issue) };
}

/** `policySets[0].policies[2].target`; empty: all of it. A name that is none of ours is quoted. */
export const spellPath = (path: readonly unknown[]): string =>
  path
    .map((key) =>
      typeof key === "number"
        ? `[${key}]`
        : /^\w+$/.test(String(key))
          ? `.${key}`
          : `[${JSON.stringify(key)}]`,
    )
    .join("")
    .replace(/^\./, "");

/** In words of ours: what the library says by itself repeats what it found. */
function problemOf(issue: v.BaseIssue<unknown>): string {
  if (issue.expected === "never") return "has no meaning here";
  if (issue.input === undefined) return "is missing";
  return issue.message.startsWith("Invalid ") ? "is not what it must be" : issue.message;
}
