/**
 * Passkeys (WebAuthn): is this a new key of an authenticator, and did its holder sign just now? Owns the verdicts, thin
 * around a library that checks signatures and statements; what a browser is asked is in `passkey-options`, the rules of
 * form in `passkey-response`, trust in hardware in `attestation`, records in `directory/passkey`.
 */
import { encodeBase64url, encodeHex } from "../protocol/encoding.ts";
import { ok, type Result, refuse } from "../protocol/result.ts";
import type { EpochSeconds } from "../protocol/time.ts";
import { type TrustedAuthenticators, verifyHardware } from "./attestation.ts";
import { ALGORITHMS, userHandle } from "./passkey-options.ts";
import {
  bytesOf,
  checkAuthenticatorData,
  checkClientData,
  type Expected,
  parseResponse,
  readTransports,
} from "./passkey-response.ts";

export { authenticationOptions, registrationOptions } from "./passkey-options.ts";

type Bytes = Uint8Array<ArrayBuffer>;

export interface Registration {
  /** base64url */
  readonly credentialId: string;
  /** COSE */
  readonly publicKey: Bytes;
  readonly counter: number;
  readonly transports: readonly string[];
  /** claimed, unless `hardware` */
  readonly aaguid: string;
  /** made to stay on one device */
  readonly deviceBound: boolean;
  readonly backedUp: boolean;
  /** attestation verified to a listed root, on one device, not backed up: what alone can be `high` */
  readonly hardware: boolean;
}

export interface RegistrationAttempt extends Expected {
  /** what `PublicKeyCredential.toJSON()` gave, parsed */
  readonly response: unknown;
  readonly trusted: TrustedAuthenticators;
  readonly now: EpochSeconds;
}

export async function verifyRegistration(attempted: RegistrationAttempt): Promise<Result<Registration>> {
  const { response, trusted, now, ...expected } = attempted;
  const parsed = parseResponse(response, ["clientDataJSON", "attestationObject"]);
  if (!parsed.ok) return parsed;
  const client = checkClientData(parsed.value.members.clientDataJSON, "webauthn.create", expected);
  if (!client.ok) return client;

  const library = await import("./webauthn.ts");
  // CBOR that is well formed may still be anything: the library's types only hope for a map.
  const attestation: unknown = await attempt(() =>
    library.decodeAttestationObject(bytesOf(parsed.value, "attestationObject")),
  );
  if (!(attestation instanceof Map)) return refuse("passkey_malformed");
  const [data, statement] = ["authData", "attStmt"].map((name): unknown => attestation.get(name));
  if (!(data instanceof Uint8Array) || !(statement instanceof Map)) return refuse("passkey_malformed");
  const flags = await checkAuthenticatorData(data, expected);
  if (!flags.ok) return flags;

  // The library would follow addresses in certificates that anybody can send (android-key names its own root). So it
  // sees the one kind of statement that counts here; any other is set aside, and the key counts as not attested.
  const counts = attestation.get("fmt") === "packed";
  const unattested = () =>
    encodeBase64url(
      library.isoCBOR.encode(
        new Map<string, unknown>([
          ["fmt", "none"],
          ["attStmt", new Map()],
          ["authData", data],
        ]) as never,
      ) as Uint8Array,
    );
  const verified = await attempt(() =>
    library.verifyRegistrationResponse({
      response: {
        ...{ id: parsed.value.id, rawId: parsed.value.id, type: "public-key", clientExtensionResults: {} },
        response: {
          clientDataJSON: String(parsed.value.members.clientDataJSON),
          attestationObject: counts ? String(parsed.value.members.attestationObject) : unattested(),
        },
      },
      expectedChallenge: expected.challenge,
      expectedOrigin: expected.origin,
      expectedRPID: expected.rpId,
      requireUserVerification: true,
      supportedAlgorithmIDs: [...ALGORITHMS],
    }),
  );
  if (!verified?.verified) return refuse("passkey_attestation");
  const { credential, aaguid } = verified.registrationInfo;
  if (credential.id !== parsed.value.id) return refuse("passkey_malformed");
  // The library forgives CBOR that is cut short: the key it read must be the one that was sent, byte for byte.
  const keyAt = 55 + bytesOfId(credential.id); // §6.5.1: hash, flags, counter, AAGUID, length; then id and key
  const sent = data.subarray(keyAt, keyAt + credential.publicKey.length);
  if (encodeHex(sent) !== encodeHex(credential.publicKey)) return refuse("passkey_malformed");
  const deviceBound = !flags.value.backupEligible;
  const chain: unknown = statement.get("x5c");
  return ok({
    credentialId: credential.id,
    publicKey: Uint8Array.from(credential.publicKey),
    counter: flags.value.counter,
    transports: readTransports(parsed.value),
    aaguid,
    deviceBound,
    backedUp: flags.value.backedUp,
    hardware: deviceBound && counts && (await verifyHardware(chain, aaguid, trusted, now)),
  });
}

const bytesOfId = (id: string): number => Math.floor((id.length * 3) / 4);

/** What is stored of a passkey that a signature is held against. */
export interface StoredPasskey {
  readonly credentialId: string;
  readonly humanId: string;
  readonly publicKey: Bytes;
  readonly counter: number;
  readonly deviceBound: boolean;
}

export interface AuthenticationAttempt extends Expected {
  /** what `PublicKeyCredential.toJSON()` gave, parsed */
  readonly response: unknown;
  /** the one that the response names */
  readonly credential: StoredPasskey;
}

/** @returns what to store: under a condition on the counter, since two uses can arrive at once */
export async function verifyAuthentication(
  attempted: AuthenticationAttempt,
): Promise<Result<{ readonly newCounter: number; readonly backedUp: boolean }>> {
  const { response, credential: passkey, ...expected } = attempted;
  const parsed = parseResponse(response, ["clientDataJSON", "authenticatorData", "signature"]);
  if (!parsed.ok) return parsed;
  const { id, members } = parsed.value;
  if (id !== passkey.credentialId) return refuse("passkey_unknown");
  // §7.2 step 6: the device says whose key it is; it must be who we think.
  const handle = members.userHandle ?? "";
  if (handle !== "" && handle !== userHandle(passkey.humanId)) return refuse("passkey_unknown");
  const client = checkClientData(members.clientDataJSON, "webauthn.get", expected);
  if (!client.ok) return client;
  const flags = await checkAuthenticatorData(bytesOf(parsed.value, "authenticatorData"), expected);
  if (!flags.ok) return flags;
  const { counter, backedUp, backupEligible } = flags.value;
  // §7.2 step 19: what may be copied was so from the start. A key that stays on one device can't become one that moves.
  if (backupEligible === passkey.deviceBound) return refuse("passkey_backup");

  const library = await import("./webauthn.ts");
  const verified = await attempt(() =>
    library.verifyAuthenticationResponse({
      response: {
        ...{ id, rawId: id, type: "public-key", clientExtensionResults: {} },
        response: {
          clientDataJSON: String(members.clientDataJSON),
          authenticatorData: String(members.authenticatorData),
          signature: String(members.signature),
        },
      },
      expectedChallenge: expected.challenge,
      expectedOrigin: expected.origin,
      expectedRPID: expected.rpId,
      requireUserVerification: true,
      // The counter is judged below, where a wrong signature is not taken for a copied key.
      credential: { id, publicKey: passkey.publicKey, counter: 0 },
    }),
  );
  if (!verified?.verified) return refuse("passkey_signature");
  // §6.1.1: a counter that does not go forward is a sign of a copy. Authenticators without one always send 0.
  if ((counter > 0 || passkey.counter > 0) && counter <= passkey.counter) {
    return refuse("passkey_counter", { stored: passkey.counter, received: counter });
  }
  return ok({ newCounter: counter, backedUp });
}

/** The library throws at whatever it does not like. */
async function attempt<T>(verify: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await verify();
  } catch {
    return undefined;
  }
}
