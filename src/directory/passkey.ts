/** Passkeys enrolled, several per human: records and their queries. What makes one count is in `factors/passkey`. */
import type { Level } from "../protocol/assurance.ts";
import { decodeBase64url, encodeBase64url } from "../protocol/encoding.ts";
import type { EpochSeconds } from "../protocol/time.ts";
import { runAudited } from "./audited.ts";
import type { Database } from "./human.ts";

export interface NewPasskey {
  readonly humanId: string;
  /** base64url */
  readonly credentialId: string;
  /** COSE */
  readonly publicKey: Uint8Array<ArrayBuffer>;
  readonly counter: number;
  readonly transports: readonly string[];
  readonly aaguid: string;
  /** made to stay on one device */
  readonly deviceBound: boolean;
  /** attestation verified as listed hardware */
  readonly hardware: boolean;
  readonly backedUp: boolean;
  /** the level that the enrolment was authorised at */
  readonly level: Level;
  /** what the human calls it */
  readonly name: string;
}

export interface Passkey extends NewPasskey {
  readonly createdAt: EpochSeconds;
  readonly lastUsedAt: EpochSeconds | undefined;
}

/** A passkey with what a sign-in needs of its human. */
export interface PasskeyLogin extends Passkey {
  readonly username: string;
  readonly identityAssurance: Level;
}

interface Row {
  readonly human_id: string;
  readonly credential_id: string;
  readonly public_key: string;
  readonly counter: number;
  readonly transports: string;
  readonly aaguid: string;
  readonly device_bound: number;
  readonly hardware: number;
  readonly backed_up: number;
  readonly level: Level;
  readonly name: string;
  readonly created_at: number;
  readonly last_used_at: number | null;
}

/** @returns false when this credential is enrolled already, whoever has it */
export async function addPasskey(
  database: Database,
  passkey: NewPasskey,
  now: EpochSeconds,
  audit: readonly D1PreparedStatement[] = [],
): Promise<boolean> {
  const change = database
    .prepare(
      `INSERT INTO passkeys (credential_id, human_id, public_key, counter, transports, aaguid, device_bound, hardware,
         backed_up, level, name, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (credential_id) DO NOTHING`,
    )
    .bind(
      ...[passkey.credentialId, passkey.humanId, encodeBase64url(passkey.publicKey), passkey.counter],
      ...[passkey.transports.join(" "), passkey.aaguid, Number(passkey.deviceBound)],
      ...[Number(passkey.hardware), Number(passkey.backedUp), passkey.level, passkey.name, now],
    );
  return (await runAudited(database, change, audit)) === 1;
}

/** Oldest first. */
export async function listPasskeys(database: Database, humanId: string): Promise<readonly Passkey[]> {
  const { results } = await database
    .prepare("SELECT * FROM passkeys WHERE human_id = ? ORDER BY created_at, credential_id")
    .bind(humanId)
    .all<Row>();
  return results.map(read);
}

/** A passkey of an active human. */
export async function findPasskey(
  database: Database,
  credentialId: string,
): Promise<PasskeyLogin | undefined> {
  const row = await database
    .prepare(
      `SELECT passkeys.*, humans.username, humans.identity_assurance FROM passkeys
       JOIN humans ON humans.id = passkeys.human_id WHERE credential_id = ? AND status = 'active'`,
    )
    .bind(credentialId)
    .first<Row & { username: string; identity_assurance: Level }>();
  if (row === null) return undefined;
  return { ...read(row), username: row.username, identityAssurance: row.identity_assurance };
}

/**
 * Notes a use. Of uses with the same counter one passes; authenticators without a counter always send 0.
 * @returns false when the counter does not go forward: a sign of a copy (WebAuthn §6.1.1)
 */
export async function usePasskey(
  database: Database,
  credentialId: string,
  counter: number,
  backedUp: boolean,
  now: EpochSeconds,
): Promise<boolean> {
  const { meta } = await database
    .prepare(
      `UPDATE passkeys SET counter = ?, backed_up = ?, last_used_at = ?
       WHERE credential_id = ? AND (counter < ? OR (counter = 0 AND ? = 0))`,
    )
    .bind(counter, Number(backedUp), now, credentialId, counter, counter)
    .run();
  return meta.changes === 1;
}

/** @returns false when the human has no such passkey */
export async function renamePasskey(
  database: Database,
  humanId: string,
  credentialId: string,
  name: string,
  audit: readonly D1PreparedStatement[] = [],
): Promise<boolean> {
  const change = database
    .prepare("UPDATE passkeys SET name = ? WHERE human_id = ? AND credential_id = ?")
    .bind(name, humanId, credentialId);
  return (await runAudited(database, change, audit)) === 1;
}

/** @returns false when the human has no such passkey */
export async function removePasskey(
  database: Database,
  humanId: string,
  credentialId: string,
  audit: readonly D1PreparedStatement[] = [],
): Promise<boolean> {
  const change = database
    .prepare("DELETE FROM passkeys WHERE human_id = ? AND credential_id = ?")
    .bind(humanId, credentialId);
  return (await runAudited(database, change, audit)) === 1;
}

function read(row: Row): Passkey {
  const publicKey = decodeBase64url(row.public_key);
  if (publicKey === undefined) throw new Error("a stored public key can't be read");
  return {
    humanId: row.human_id,
    credentialId: row.credential_id,
    publicKey,
    counter: row.counter,
    transports: row.transports.split(" ").filter((transport) => transport !== ""),
    aaguid: row.aaguid,
    deviceBound: row.device_bound === 1,
    hardware: row.hardware === 1,
    backedUp: row.backed_up === 1,
    level: row.level,
    name: row.name,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at ?? undefined,
  };
}
