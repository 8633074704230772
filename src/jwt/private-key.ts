/**
 * The port to our private key: it signs, and it unwraps what was encrypted to us; nobody reads it. Beside the secret in
 * the Worker (`keys`) there is one that lives elsewhere (`registry/signing-service`).
 */

export const KEY_MANAGEMENT = ["RSA-OAEP", "RSA-OAEP-256"] as const;
export type KeyManagement = (typeof KEY_MANAGEMENT)[number];

export interface PrivateKey {
  /** Whether it lives elsewhere: it may then be out of reach, and each use is a call. */
  readonly isRemote: boolean;
  /** RSASSA-PKCS1-v1_5 with SHA-256. @throws SignerUnavailable */
  sign(data: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * The content-encryption key of a JWE (RFC 7516 §5.2 step 10).
   * @returns undefined when it was not encrypted to this key, whatever is wrong with it
   * @throws SignerUnavailable
   */
  unwrap(
    algorithm: KeyManagement,
    encryptedKey: Uint8Array<ArrayBuffer>,
  ): Promise<Uint8Array<ArrayBuffer> | undefined>;
}

/** An outage of the key, and no refusal. @property reason for the log */
export class SignerUnavailable extends Error {
  readonly reason: string;
  constructor(reason: string) {
    super(`the signing key can't be used: ${reason}`);
    this.name = "SignerUnavailable";
    this.reason = reason;
  }
}
