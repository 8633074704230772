/**
 * Authenticators in software: what a passkey's device and browser send, as honest or as false as a test wants it. Makes
 * ES256 keys with WebCrypto, and attestation of every shape: none, self, and a chain. Independent of the library tested.
 */
import { concat } from "./der.ts";

type Bytes = Uint8Array<ArrayBuffer>;

export interface Flags {
  /** user present */
  readonly up?: boolean;
  /** user verified */
  readonly uv?: boolean;
  /** may be backed up */
  readonly be?: boolean;
  /** is backed up */
  readonly bs?: boolean;
}

/** What the browser was asked, and how it answers otherwise than asked. */
export interface Ceremony extends Flags {
  readonly rpId: string;
  readonly origin: string;
  readonly challenge: string;
  readonly type?: string;
  /** more members of the client data */
  readonly clientData?: object;
  readonly counter?: number;
}

export type Attestation =
  | { readonly format: "none" | "self" }
  /** signed by the first certificate's key */
  | { readonly format: "packed"; readonly chain: readonly Bytes[]; readonly key: CryptoKey }
  /** whatever it is: not to be believed */
  | { readonly format: string; readonly statement: ReadonlyMap<string, Cbor> };

export interface Authenticator {
  readonly credentialId: string;
  /** as `PublicKeyCredential.toJSON()` */
  register(ceremony: Ceremony, attestation?: Attestation): Promise<RegistrationJson>;
  sign(ceremony: Ceremony, userHandle?: string): Promise<object>;
}

export interface RegistrationJson {
  readonly id: string;
  readonly rawId: string;
  readonly type: string;
  readonly response: {
    readonly clientDataJSON: string;
    readonly attestationObject: string;
    readonly transports: string[];
  };
}

const utf8 = (text: string): Bytes => Uint8Array.from(new TextEncoder().encode(text));
const sha256 = async (bytes: Bytes): Promise<Bytes> =>
  new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
export const base64url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
export const fromBase64url = (text: string): Bytes =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
export const randomChallenge = (): string => base64url(crypto.getRandomValues(new Uint8Array(32)));

/** @param aaguid the kind it claims to be, 32 hex digits with dashes */
export async function createAuthenticator(
  aaguid = "00000000-0000-0000-0000-000000000000",
): Promise<Authenticator> {
  const scheme = { name: "ECDSA", namedCurve: "P-256" };
  const keys = (await crypto.subtle.generateKey(scheme, true, ["sign", "verify"])) as CryptoKeyPair;
  const id = crypto.getRandomValues(new Uint8Array(32));
  const credentialId = base64url(id);
  const coseKey = await coseKeyOf(keys.publicKey);
  const kind = Uint8Array.from(aaguid.replaceAll("-", "").match(/../g) ?? [], (digits) =>
    Number.parseInt(digits, 16),
  );

  return {
    credentialId,
    register: async (ceremony, attestation = { format: "none" }) => {
      const clientData = clientDataOf(ceremony, "webauthn.create");
      const attested = concat(kind, Uint8Array.of(0, id.length), id, coseKey);
      const authData = concat(await headOf(ceremony, true), attested);
      const signed = concat(authData, await sha256(clientData));
      const object = attestationObject(authData, await statementOf(attestation, signed, keys.privateKey));
      const response = {
        clientDataJSON: base64url(clientData),
        attestationObject: base64url(object),
        transports: ["usb", "x"],
      };
      return { id: credentialId, rawId: credentialId, type: "public-key", response };
    },
    sign: async (ceremony, userHandle) => {
      const clientData = clientDataOf(ceremony, "webauthn.get");
      const authData = await headOf(ceremony, false);
      const signature = await signDer(keys.privateKey, concat(authData, await sha256(clientData)));
      const response = {
        clientDataJSON: base64url(clientData),
        authenticatorData: base64url(authData),
        signature: base64url(signature),
        ...(userHandle === undefined ? {} : { userHandle }),
      };
      return {
        id: credentialId,
        rawId: credentialId,
        type: "public-key",
        response,
        clientExtensionResults: {},
      };
    },
  };
}

const attestationObject = (
  authData: Bytes,
  [format, statement]: readonly [string, ReadonlyMap<string, Cbor>],
): Bytes =>
  cbor(
    new Map<string, Cbor>([
      ["fmt", format],
      ["attStmt", statement],
      ["authData", authData],
    ]),
  );

/**
 * A registration of any authenticator, with the seal of a maker in place of its own: so that a browser's virtual
 * authenticator can be of a kind that somebody vouches for. Its key, AAGUID and flags stay what they were.
 */
export async function sealAsMaker<T extends RegistrationJson>(
  registration: T,
  maker: Extract<Attestation, { readonly key: CryptoKey }>,
): Promise<T> {
  const { response } = registration;
  const object = fromBase64url(response.attestationObject);
  const label = utf8("authData");
  const at = object.findIndex((_, position) => label.every((byte, n) => object[position + n] === byte));
  const authData = object.slice(at + label.length + 2); // the last member: a byte string of fewer than 256 bytes
  if (at < 0 || object[at + label.length] !== 0x58 || object[at + label.length + 1] !== authData.length)
    throw new Error("no authenticator data where they should be");
  const signed = concat(authData, await sha256(fromBase64url(response.clientDataJSON)));
  const sealed = attestationObject(authData, await statementOf(maker, signed, maker.key));
  return { ...registration, response: { ...response, attestationObject: base64url(sealed) } };
}

function clientDataOf({ type, challenge, origin, clientData }: Ceremony, usual: string): Bytes {
  return utf8(JSON.stringify({ type: type ?? usual, challenge, origin, crossOrigin: false, ...clientData }));
}

/** rpIdHash, flags, counter (WebAuthn §6.1) */
async function headOf(ceremony: Ceremony, attested: boolean): Promise<Bytes> {
  const { up = true, uv = true, be = false, bs = false, counter = 0, rpId } = ceremony;
  const flags =
    Number(up) | (Number(uv) << 2) | (Number(be) << 3) | (Number(bs) << 4) | (Number(attested) << 6);
  const count = new Uint8Array(4);
  new DataView(count.buffer).setUint32(0, counter);
  return concat(await sha256(utf8(rpId)), Uint8Array.of(flags), count);
}

async function statementOf(
  attestation: Attestation,
  signed: Bytes,
  credentialKey: CryptoKey,
): Promise<[string, ReadonlyMap<string, Cbor>]> {
  if ("statement" in attestation) return [attestation.format, attestation.statement];
  if (attestation.format === "none") return ["none", new Map()];
  const key = "key" in attestation ? attestation.key : credentialKey;
  const statement = new Map<string, Cbor>([
    ["alg", -7],
    ["sig", await signDer(key, signed)],
  ]);
  if ("chain" in attestation) statement.set("x5c", attestation.chain);
  return ["packed", statement];
}

/** ES256 as WebAuthn wants it: DER, where WebCrypto gives r and s in a row. */
async function signDer(key: CryptoKey, data: Bytes): Promise<Bytes> {
  const raw = new Uint8Array(await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, key, data));
  const integer = (bytes: Uint8Array): Bytes => {
    const start = bytes.findIndex((byte) => byte !== 0);
    const digits = bytes.subarray(start);
    const padded = (digits[0] ?? 0) >= 0x80 ? concat(Uint8Array.of(0), digits) : Uint8Array.from(digits);
    return concat(Uint8Array.of(2, padded.length), padded);
  };
  const both = concat(integer(raw.subarray(0, 32)), integer(raw.subarray(32)));
  return concat(Uint8Array.of(0x30, both.length), both);
}

async function coseKeyOf(key: CryptoKey): Promise<Bytes> {
  const jwk = (await crypto.subtle.exportKey("jwk", key)) as JsonWebKey;
  return cbor(
    new Map<number, Cbor>([
      [1, 2], // EC2
      [3, -7], // ES256
      [-1, 1], // P-256
      [-2, fromBase64url(jwk.x ?? "")],
      [-3, fromBase64url(jwk.y ?? "")],
    ]),
  );
}

export type Cbor = number | string | Uint8Array | readonly Cbor[] | ReadonlyMap<string | number, Cbor>;

/** RFC 8949, as much as is needed. */
export function cbor(value: Cbor): Bytes {
  if (typeof value === "number") return value >= 0 ? cborHead(0, value) : cborHead(1, -1 - value);
  if (typeof value === "string") return concat(cborHead(3, utf8(value).length), utf8(value));
  if (value instanceof Uint8Array) return concat(cborHead(2, value.length), value);
  if (value instanceof Map)
    return concat(cborHead(5, value.size), ...[...value].flatMap(([name, it]) => [cbor(name), cbor(it)]));
  const items = value as readonly Cbor[];
  return concat(cborHead(4, items.length), ...items.map(cbor));
}

function cborHead(major: number, length: number): Bytes {
  if (length < 24) return Uint8Array.of((major << 5) | length);
  if (length < 256) return Uint8Array.of((major << 5) | 24, length);
  return Uint8Array.of((major << 5) | 25, length >> 8, length & 0xff);
}
