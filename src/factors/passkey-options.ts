/**
 * What a browser is asked for: making a passkey, and signing with one (WebAuthn §5.4, §5.5). Owns the wishes; that they
 * were met is checked in `passkey`, since a browser can answer anything.
 */
import { encodeBase64url, encodeUtf8 } from "../protocol/encoding.ts";

/** COSE: EdDSA, ES256, RS256. */
export const ALGORITHMS: readonly number[] = [-8, -7, -257];
const TIMEOUT_MS = 300_000;

export interface KnownCredential {
  readonly credentialId: string;
  readonly transports: readonly string[];
}

export interface RegistrationWish {
  /** hostname of ISSUER_URL: passkeys are tied to it */
  readonly rpId: string;
  readonly rpName: string;
  readonly human: { readonly id: string; readonly username: string; readonly displayName: string };
  /** base64url */
  readonly challenge: string;
  /** those the human has: a device makes no second one */
  readonly exclude: readonly KnownCredential[];
}

/** For `PublicKeyCredential.parseCreationOptionsFromJSON`. */
export const registrationOptions = ({ rpId, rpName, human, challenge, exclude }: RegistrationWish) =>
  ({
    challenge,
    rp: { id: rpId, name: rpName },
    // The handle comes back at sign-in. The human's id says nothing about them to who reads the device (§14.6.1).
    user: { id: userHandle(human.id), name: human.username, displayName: human.displayName },
    pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: "public-key", alg }) as const),
    timeout: TIMEOUT_MS,
    excludeCredentials: exclude.map(describe),
    authenticatorSelection: {
      residentKey: "required", // so that nobody has to type a name
      requireResidentKey: true,
      userVerification: "required",
    },
    attestation: "direct", // only so can hardware be told from software
    extensions: { credProps: true },
  }) as const;

export interface AuthenticationWish {
  readonly rpId: string;
  /** base64url */
  readonly challenge: string;
  /** none: the human chooses on the device */
  readonly allow?: readonly KnownCredential[];
}

/** For `PublicKeyCredential.parseRequestOptionsFromJSON`. */
export const authenticationOptions = ({ rpId, challenge, allow = [] }: AuthenticationWish) =>
  ({
    ...{ challenge, rpId, timeout: TIMEOUT_MS },
    allowCredentials: allow.map(describe),
    userVerification: "required",
  }) as const;

export const userHandle = (humanId: string): string => encodeBase64url(encodeUtf8(humanId));

const describe = ({ credentialId, transports }: KnownCredential) =>
  ({ type: "public-key", id: credentialId, transports }) as const;
