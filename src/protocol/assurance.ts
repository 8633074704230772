/**
 * Levels of assurance (wire document §5): names, order, and which level answers `acr_values`.
 * low = one factor; substantial = multi-factor; high = multi-factor with a key in tamper-resistant hardware.
 */

const PREFIX = "urn:http://eidas.europa.eu/LoA/NotNotified/";
export const LEVELS = ["low", "substantial", "high"] as const;
export type Level = (typeof LEVELS)[number];

export const acrOf = (level: Level): string => PREFIX + level;

/** The lower of two levels: a strong key in the hands of someone weakly identified is weak. */
export const lower = (one: Level, other: Level): Level =>
  LEVELS.indexOf(one) < LEVELS.indexOf(other) ? one : other;

export const reaches = (level: Level, wanted: Level): boolean =>
  LEVELS.indexOf(level) >= LEVELS.indexOf(wanted);

export const isLevel = (text: string): text is Level => (LEVELS as readonly string[]).includes(text);

/** `acr_values` in order of preference; unknown values are skipped. Undefined: the SP asked for nothing. */
export function parseAcrValues(text: string | undefined): readonly Level[] | undefined {
  if (text === undefined) return undefined;
  return text
    .split(" ")
    .filter((value) => value.startsWith(PREFIX))
    .map((value) => value.slice(PREFIX.length))
    .filter(isLevel);
}

/** One proof of identity, given now or earlier in a session. */
export interface UsedFactor {
  /** `recovery` stands in for a lost factor, and never for a strong one */
  readonly kind: "pwd" | "otp" | "passkey" | "recovery";
  /** the level that its enrolment was authorised at: it counts for no more */
  readonly level: Level;
  /** when it was proven, in seconds */
  readonly at?: number;
  /** a password: when it was set, in seconds; one that was changed since proves nothing any more */
  readonly since?: number;
  /** a passkey whose attestation was verified as device-bound hardware */
  readonly hardware?: boolean;
}

/** What a human has enrolled, with the level that each enrolment was authorised at. */
export interface EnrolledFactors {
  readonly password?: Level;
  readonly totp?: Level;
  readonly passkeys: readonly { readonly level: Level; readonly hardware: boolean }[];
}

const higher = (one: Level, other: Level): Level => (lower(one, other) === one ? other : one);

/**
 * The level that these proofs reach together. Password and one-time code: substantial. A passkey, which demands user
 * verification: substantial; high with verified hardware. Anything else: low.
 * @param identityAssurance how well the human was identified at registration: nothing exceeds it
 */
export function levelOf(factors: readonly UsedFactor[], identityAssurance: Level): Level {
  const best = (kind: UsedFactor["kind"], cap: (factor: UsedFactor) => Level): Level =>
    factors
      .filter((factor) => factor.kind === kind)
      .reduce<Level>((level, factor) => higher(level, lower(factor.level, cap(factor))), "low");
  const passkey = best("passkey", ({ hardware }) => (hardware ? "high" : "substantial"));
  const password = best("pwd", () => "substantial");
  const code = best("otp", () => "substantial");
  return lower(higher(passkey, lower(password, code)), identityAssurance);
}

/** The level that a human could reach with everything enrolled. */
export const reachableLevel = (enrolled: EnrolledFactors, identityAssurance: Level): Level =>
  levelOf(allOf(enrolled), identityAssurance);

function allOf({ password, totp, passkeys }: EnrolledFactors): UsedFactor[] {
  return [
    ...(password === undefined ? [] : [{ kind: "pwd", level: password } as const]),
    ...(totp === undefined ? [] : [{ kind: "otp", level: totp } as const]),
    ...passkeys.map(({ level, hardware }) => ({ kind: "passkey", level, hardware }) as const),
  ];
}

/** Factors worth asking for next: each leads to `target`, alone or with what was proven. Empty: nothing does. */
export function waysTo(
  target: Level,
  enrolled: EnrolledFactors,
  proven: readonly UsedFactor[],
  identityAssurance: Level,
): readonly ("pwd" | "otp" | "passkey")[] {
  const all = allOf(enrolled);
  const reach = (factors: readonly UsedFactor[]) => reaches(levelOf(factors, identityAssurance), target);
  const ways: ("pwd" | "otp" | "passkey")[] = [];
  if (reach([...proven, ...all.filter(({ kind }) => kind !== "passkey")])) {
    const hasPassword = proven.some(({ kind }) => kind === "pwd");
    ways.push(hasPassword && enrolled.totp !== undefined ? "otp" : "pwd");
  }
  if (all.some((factor) => factor.kind === "passkey" && reach([...proven, factor]))) ways.push("passkey");
  return ways;
}

/** Authentication method references (RFC 8176 §2): what was used, and no more than is known of it. */
export function amrOf(factors: readonly UsedFactor[]): readonly string[] {
  const kinds = new Set(factors.map(({ kind }) => kind));
  const amr: string[] = [];
  if (kinds.has("pwd")) amr.push("pwd");
  if (kinds.has("otp")) amr.push("otp");
  if (kinds.has("recovery")) amr.push("kba"); // a code known beforehand
  const passkeys = factors.filter(({ kind }) => kind === "passkey");
  if (passkeys.length > 0) amr.push(passkeys.some(({ hardware }) => hardware) ? "hwk" : "pop", "user");
  if (passkeys.length > 0 || (kinds.has("pwd") && kinds.has("otp"))) amr.push("mfa");
  return amr;
}

/**
 * The level that a sign-in has to reach: the first wish that the human can reach, and never below the floor.
 * @param wanted `acr_values`; undefined: no wish @param floor MINIMUM_ASSURANCE
 * @returns undefined when nothing that is wanted can be reached
 */
export function targetLevel(
  wanted: readonly Level[] | undefined,
  floor: Level,
  reachable: Level,
): Level | undefined {
  const candidates = wanted === undefined ? [floor] : wanted.map((level) => higher(level, floor));
  return candidates.find((level) => reaches(reachable, level));
}
