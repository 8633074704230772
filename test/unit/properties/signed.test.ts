/** What is signed, sealed or encoded by others: tokens, certificates and what revokes them, passkeys. Garbage is refused, and changes show. */
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { verifyAuthentication, verifyRegistration } from "../../../src/factors/passkey.ts";
import {
  checkAuthenticatorData,
  checkClientData,
  parseResponse,
  readTransports,
} from "../../../src/factors/passkey-response.ts";
import { CHECKPOINT_SUBJECT, CHECKPOINT_TYPE, readCheckpoint } from "../../../src/jwt/audit-checkpoint.ts";
import { importOwnKeys, type OwnKeys, readPemChain } from "../../../src/jwt/keys.ts";
import { readOwnIdToken } from "../../../src/jwt/own-token.ts";
import { openRequestObject } from "../../../src/jwt/request-object.ts";
import { createSigner } from "../../../src/jwt/sign.ts";
import { parseCertificate } from "../../../src/trust/certificate.ts";
import { readCrl } from "../../../src/trust/crl.ts";
import { readElements, writeElement } from "../../../src/trust/der.ts";
import { readOcsp } from "../../../src/trust/ocsp.ts";
import type { Link } from "../../../src/trust/revocation.ts";
import {
  type Authenticator,
  base64url,
  createAuthenticator,
  randomChallenge,
} from "../../support/authenticator.ts";
import { encodePart, encryptFor, frame, signJwt } from "../../support/jwt.ts";
import { chainPem, createPki, dersOf, type Identity, keyPem, mintLeaf } from "../../support/pki.ts";
import { accepted, reasonOf } from "../../support/result.ts";
import { createCrl, createOcsp, serialOf } from "../../support/revocation.ts";

const settings = { seed: 20261125, numRuns: 300 };
const SLOW = { timeout: 60_000 };
const NOW = Math.floor(Date.now() / 1000);
const US = "did:ishare:EU.NL.NTRNL-10000010";
const SP = "did:ishare:EU.NL.NTRNL-10000020";

type Bytes = Uint8Array<ArrayBuffer>;
let idp: Identity;
let sp: Identity;
let keys: OwnKeys;
let link: Link;
let list: Bytes;
let answer: Bytes;
beforeAll(async () => {
  const pki = await createPki();
  [idp, sp] = [await mintLeaf(pki, "NTRNL-10000010"), await mintLeaf(pki, "NTRNL-10000020")];
  keys = await importOwnKeys(await keyPem(idp));
  const read = async ({ der }: Identity) => accepted(await parseCertificate(der));
  link = { certificate: await read(sp), issuer: await read(pki.issuing) };
  list = await createCrl(pki.issuing);
  answer = await createOcsp(serialOf(sp), pki.issuing);
});

const anyText = fc.oneof(
  fc.string(),
  fc.string({ unit: "binary" }),
  fc.base64String().map((it) => it.replace(/[+/=]/g, "_")),
);
const parts = (count: number) =>
  fc.array(fc.oneof(anyText, fc.json().map(encodePart), fc.constant("AAAA")), {
    minLength: count,
    maxLength: count,
  });
/** A place and another letter there: both are chosen late, since the text is not known yet. */
const change = fc.tuple(fc.nat(1_000_000), fc.constantFrom(..."AQgw_-.=09 é"));
const changed = (text: string, [place, letter]: readonly [number, string]): string => {
  const at = place % text.length;
  return text.slice(0, at) + letter + text.slice(at + 1);
};

describe("tokens", () => {
  test("openRequestObject: of garbage comes a refusal, or what already was a JWS", async () => {
    const header = fc
      .dictionary(
        fc.constantFrom("alg", "enc", "typ", "cty", "zip", "p2c", "kid"),
        fc.oneof(anyText, fc.anything()),
        { maxKeys: 2 },
      )
      .map((it) => encodePart(JSON.stringify({ alg: "RSA-OAEP", enc: "A256GCM", ...it }) ?? ""));
    const jwe = fc.tuple(header, parts(4)).map(([head, rest]) => [head, ...rest].join("."));
    const text = fc.oneof(
      anyText,
      jwe,
      fc
        .integer({ min: 1, max: 6 })
        .chain(parts)
        .map((it) => it.join(".")),
    );
    await fc.assert(
      fc.asyncProperty(text, async (request) => {
        const result = await openRequestObject(request, [{ privateKey: keys }], "optional");
        if (result.ok) expect([result.value, request.split(".").length]).toEqual([request, 3]);
      }),
      { ...settings, numRuns: 600 },
    );
  });

  test(
    "openRequestObject: what was encrypted comes back, and not with any one character changed",
    SLOW,
    async () => {
      const jwt = await signJwt(sp, frame(SP, "urn:TBD", US, NOW));
      const sealed = await encryptFor(idp, jwt);
      expect(accepted(await openRequestObject(sealed, [{ privateKey: keys }], "required"))).toBe(jwt);
      await fc.assert(
        fc.asyncProperty(change, async (edit) => {
          const text = changed(sealed, edit);
          fc.pre(text !== sealed);
          expect(reasonOf(await openRequestObject(text, [{ privateKey: keys }], "required"))).not.toBe(
            "accepted",
          );
        }),
        settings,
      );
    },
  );

  test("readOwnIdToken: ours and unchanged, or nothing", SLOW, async () => {
    const signer = createSigner(keys, dersOf(idp), US);
    const claims = { sub: "pseudonym", aud: SP, azp: SP, nonce: "n", jti: "j" };
    const token = await signer.sign(claims, NOW);
    expect(await readOwnIdToken(token, [{ publicKey: keys }], US)).toEqual({
      sub: "pseudonym",
      aud: SP,
      jti: "j",
    });
    const other = createSigner(await importOwnKeys(await keyPem(sp)), dersOf(idp), US);
    expect(await readOwnIdToken(await other.sign(claims, NOW), [{ publicKey: keys }], US)).toBeUndefined();
    const stranger = fc.oneof(
      anyText,
      fc
        .nat(5)
        .chain(parts)
        .map((it) => it.join(".")),
    );
    await fc.assert(
      fc.asyncProperty(change, stranger, async (edit, text) => {
        const near = changed(token, edit);
        if (near !== token) expect(await readOwnIdToken(near, [{ publicKey: keys }], US)).toBeUndefined();
        expect(await readOwnIdToken(text, [{ publicKey: keys }], US)).toBeUndefined();
      }),
      settings,
    );
  });

  test("readCheckpoint: ours and unchanged, or refused", SLOW, async () => {
    const claims = { sub: CHECKPOINT_SUBJECT, organisation: "", seq: 1, hash: "0".repeat(64) };
    const jwt = await createSigner(keys, dersOf(idp), US).sign(claims, NOW, CHECKPOINT_TYPE);
    expect(reasonOf(await readCheckpoint(jwt, dersOf(idp)))).toBe("accepted");
    await fc.assert(
      fc.asyncProperty(change, anyText, async (edit, text) => {
        const near = changed(jwt, edit);
        if (near !== jwt) expect(reasonOf(await readCheckpoint(near, dersOf(idp)))).not.toBe("accepted");
        expect(reasonOf(await readCheckpoint(text, dersOf(idp)))).not.toBe("accepted");
      }),
      settings,
    );
  });

  test("readPemChain: what was written comes back; anything else is whole or nothing", () => {
    const pem = chainPem(idp);
    expect(readPemChain(pem)).toEqual(dersOf(idp));
    fc.assert(
      fc.property(
        fc.oneof(
          anyText,
          change.map((edit) => changed(pem, edit)),
        ),
        (text) => {
          const chain = readPemChain(text);
          if (chain !== undefined)
            expect(chain.length).toBe(text.split("-----BEGIN CERTIFICATE-----").length - 1);
        },
      ),
      settings,
    );
  });
});

describe("DER", () => {
  test("readElements: what was written is read, and what is read fills the bytes", () => {
    const element = fc.tuple(
      fc.constantFrom(0x02, 0x04, 0x30, 0x80, 0xa0),
      fc.uint8Array({ maxLength: 300 }),
    );
    fc.assert(
      fc.property(fc.array(element, { maxLength: 5 }), (written) => {
        const bytes = Uint8Array.from(written.flatMap(([tag, content]) => [...writeElement(tag, content)]));
        const read = readElements(bytes);
        expect(read?.map(({ tag, content }) => [tag, [...content]])).toEqual(
          written.map(([tag, content]) => [tag, [...content]]),
        );
      }),
      settings,
    );
    const near = fc.array(fc.constantFrom(0x00, 0x02, 0x30, 0x7f, 0x80, 0x81, 0x82, 0x01, 0xff, 0x1f), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(fc.oneof(near, fc.array(fc.nat(255), { maxLength: 40 })), (list) => {
        const read = readElements(Uint8Array.from(list));
        if (read !== undefined) expect(read.flatMap(({ raw }) => [...raw])).toEqual(list);
      }),
      { ...settings, numRuns: 2000 },
    );
  });

  test(
    "readCrl and readOcsp: garbage and what was changed say nothing of anybody, and nothing is thrown",
    SLOW,
    async () => {
      expect([reasonOf(await readCrl(list, link)), reasonOf(await readOcsp(answer, link, NOW))]).toEqual([
        "accepted",
        "accepted",
      ]);
      const edit = fc.record({
        place: fc.nat(1_000_000),
        byte: fc.nat(255),
        how: fc.constantFrom("change", "insert", "remove"),
      });
      const edited = (
        whole: Bytes,
        edits: readonly { place: number; byte: number; how: string }[],
      ): Bytes => {
        const bytes = [...whole];
        for (const { place, byte, how } of edits)
          bytes.splice(place % bytes.length, how === "insert" ? 0 : 1, ...(how === "remove" ? [] : [byte]));
        return Uint8Array.from(bytes);
      };
      const same = (one: Bytes, other: Bytes) => Buffer.from(one).equals(Buffer.from(other));
      await fc.assert(
        fc.asyncProperty(
          fc.array(edit, { minLength: 1, maxLength: 3 }),
          fc.uint8Array({ maxLength: 120 }),
          async (edits, noise) => {
            const garbage = Uint8Array.from(noise);
            for (const bytes of [edited(list, edits), garbage])
              if (!same(bytes, list)) expect((await readCrl(bytes, link)).ok).toBe(false);
            for (const bytes of [edited(answer, edits), garbage])
              if (!same(bytes, answer)) expect((await readOcsp(bytes, link, NOW)).ok).toBe(false);
          },
        ),
        settings,
      );
    },
  );
});

describe("passkeys", () => {
  const HUMAN = "b7a2a5a0-0000-4000-8000-000000000001";
  const expected = { rpId: "idp.example", origin: "https://idp.example", challenge: randomChallenge() };
  let authenticator: Authenticator;
  beforeAll(async () => {
    authenticator = await createAuthenticator();
  });
  const value = fc.oneof(fc.anything({ maxDepth: 2 }), anyText, fc.json().map(encodePart));
  const members = fc.dictionary(
    fc.constantFrom(
      "clientDataJSON",
      "attestationObject",
      "authenticatorData",
      "signature",
      "userHandle",
      "transports",
    ),
    value,
  );

  test("parseResponse, readTransports, checkClientData and checkAuthenticatorData never throw", async () => {
    const names = ["clientDataJSON", "signature"];
    const outer = fc.dictionary(fc.constantFrom("id", "rawId", "type", "response"), fc.oneof(value, members));
    const whole = members.map((response) => ({ id: "AAAA", rawId: "AAAA", type: "public-key", response }));
    const rpIdHash = new Uint8Array(
      await crypto.subtle.digest("SHA-256", new TextEncoder().encode(expected.rpId)),
    );
    const noise = fc.uint8Array({ maxLength: 60 });
    const short = fc.uint8Array({ maxLength: 4 }).map((rest) => Uint8Array.of(...rpIdHash, ...rest));
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.anything(), outer, whole),
        value,
        fc.oneof(noise, short),
        async (response, text, data) => {
          const result = parseResponse(response, names);
          if (result.ok) {
            for (const transport of readTransports(result.value)) expect(typeof transport).toBe("string");
            for (const name of names) expect(typeof result.value.members[name]).toBe("string");
          }
          expect(checkClientData(text, "webauthn.get", expected).ok).toBe(false);
          expect((await checkAuthenticatorData(data, expected)).ok).toBe(false);
        },
      ),
      { ...settings, numRuns: 1000 },
    );
  });

  test(
    "verifyRegistration and verifyAuthentication: a genuine answer holds, and with any member something else it is refused",
    SLOW,
    async () => {
      const attempt = { ...expected, trusted: { pairs: [] }, now: NOW };
      const made = await authenticator.register(expected);
      const stored = accepted(await verifyRegistration({ ...attempt, response: made }));
      const credential = { ...stored, humanId: HUMAN };
      const signed = (await authenticator.sign({ ...expected, counter: 1 })) as {
        response: Record<string, unknown>;
      };
      const verify = async (response: unknown) =>
        reasonOf(await verifyAuthentication({ ...expected, response, credential }));
      expect(await verify(signed)).toBe("accepted");

      const essential = ["clientDataJSON", "attestationObject"];
      const text = fc.oneof(value, fc.uint8Array({ maxLength: 80 }).map(base64url));
      await fc.assert(
        fc.asyncProperty(fc.constantFrom(...essential), text, async (name, it) => {
          const response = { ...made, response: { ...made.response, [name]: it } };
          expect((await verifyRegistration({ ...attempt, response })).ok).toBe(false);
        }),
        settings,
      );
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom("clientDataJSON", "authenticatorData", "signature"),
          text,
          async (name, it) => {
            expect(await verify({ ...signed, response: { ...signed.response, [name]: it } })).not.toBe(
              "accepted",
            );
          },
        ),
        settings,
      );
      const member = fc.constantFrom("clientDataJSON", "authenticatorData", "signature");
      await fc.assert(
        fc.asyncProperty(member, change, async (name, edit) => {
          const near = changed(String(signed.response[name]), edit);
          fc.pre(near !== signed.response[name]);
          expect(await verify({ ...signed, response: { ...signed.response, [name]: near } })).not.toBe(
            "accepted",
          );
        }),
        settings,
      );
    },
  );
});
