/**
 * What is used of the WebAuthn library. A file of its own, so that the library is evaluated when the first passkey is
 * looked at and not each time the Worker starts.
 */
export { verifyAuthenticationResponse, verifyRegistrationResponse } from "@simplewebauthn/server";
export { decodeAttestationObject, isoCBOR } from "@simplewebauthn/server/helpers";
