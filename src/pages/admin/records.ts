/** What the pages of the console are given to show: shapes alone. */
import type { Level } from "../../protocol/assurance.ts";
import type { Organisation } from "../../protocol/grant.ts";
import type { EpochSeconds } from "../../protocol/time.ts";

export interface ListedUser {
  readonly id: string;
  readonly username: string;
  readonly givenName: string;
  readonly familyName: string;
  readonly status: "active" | "inactive";
  readonly roles: readonly string[];
  readonly organisations: readonly Organisation[];
}

export interface User extends ListedUser {
  readonly email: string;
  readonly phone: string | null;
  readonly gender: string | null;
  readonly locale: string | null;
  readonly identityAssurance: Level;
  readonly createdAt: EpochSeconds;
  readonly standing: Standing;
}

/** What a change has to know of the record. */
export interface Standing {
  /** goes into each form: one that began with an older record is refused */
  readonly version: number;
  /** id of the organisation whose directory may change the record */
  readonly home: string | null;
  /** that organisation has a directory */
  readonly isProvisioned: boolean;
  /** by that organisation, for good */
  readonly isRemoved: boolean;
}

export interface CountedOrganisation extends Organisation {
  readonly humans: number;
}

export interface NamedOrganisation extends CountedOrganisation {
  /** how many names memberships have for it */
  readonly names: number;
}

/** Fields of a form as somebody typed them, by name. */
export type Typed = Readonly<Record<string, string>>;

/** What somebody can prove themselves with: no secret, and nothing that one could be made of. */
export interface UserFactors {
  readonly password: Level | undefined;
  readonly totp: Level | undefined;
  readonly recoveryCodes: number;
  readonly passkeys: readonly {
    readonly name: string;
    readonly level: Level;
    readonly hardware: boolean;
    readonly createdAt: EpochSeconds;
    readonly lastUsedAt?: EpochSeconds | undefined;
  }[];
}

export interface Authorisation {
  readonly id: string;
  readonly organisationId: string;
  readonly notBefore: EpochSeconds | null;
  readonly notOnOrAfter: EpochSeconds | null;
  readonly status: "active" | "revoked";
  readonly registeredBy: string;
  readonly registeredAt: EpochSeconds;
  readonly revokedBy: string | null;
  readonly revokedAt: EpochSeconds | null;
  readonly policySets: unknown;
}

/** An authorisation that waits for a second administrator. */
export interface Proposal {
  readonly id: string;
  readonly humanId: string;
  readonly username: string;
  readonly organisationId: string;
  readonly policySets: unknown;
  readonly notBefore: EpochSeconds | null;
  readonly notOnOrAfter: EpochSeconds | null;
  /** id of an administrator */
  readonly proposedBy: string;
  readonly proposedAt: EpochSeconds;
  /** who looks proposed it */
  readonly mine: boolean;
  /** it is about who looks */
  readonly aboutMe: boolean;
}

export interface Token {
  readonly id: string;
  readonly organisation: Organisation;
  readonly usernameSuffix?: string | undefined;
  readonly createdBy: string;
  readonly createdAt: EpochSeconds;
  readonly revokedBy?: string | undefined;
  readonly revokedAt?: EpochSeconds | undefined;
  readonly lastUsedAt?: EpochSeconds | undefined;
}

export interface AuditEntry {
  readonly seq: number;
  readonly at: EpochSeconds;
  readonly actor: string;
  readonly action: string;
  readonly subject?: string | undefined;
  readonly party?: string | undefined;
  readonly reason?: string | undefined;
  readonly correlationId: string;
}

export interface Key {
  /** current, next, previous */
  readonly name: string;
  readonly signs: boolean;
  readonly until: EpochSeconds;
  readonly signsFrom?: EpochSeconds | undefined;
  /** days that are left, when somebody has to do something about it */
  readonly endsIn?: number | undefined;
}

export interface Setting {
  readonly name: string;
  readonly value: string;
}

export interface SeenParty {
  readonly id: string;
  readonly wantedAt: EpochSeconds;
  /** undefined: no answer about it is held */
  readonly name?: string | undefined;
  readonly roles: readonly string[];
  readonly isActive?: boolean | undefined;
}
