/** Whatever strangers and registries send: parsers answer and never throw, and what they accept has one reading. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkClaims, parseHeader, parseJwt } from "../../../src/jwt/profile.ts";
import { parseAuthorizationRequest, parseOuterRequest } from "../../../src/protocol/authorization-request.ts";
import {
  decodeBase64,
  decodeBase64url,
  decodeHex,
  encodeBase64,
  encodeBase64url,
  encodeHex,
} from "../../../src/protocol/encoding.ts";
import { parseParameters } from "../../../src/protocol/form.ts";
import { FRAMEWORK_VERSIONS } from "../../../src/protocol/framework.ts";
import { type JsonObject, parseJson, parseJsonObject } from "../../../src/protocol/json.ts";
import { appendParameters, checkRedirectUri, isLoopback } from "../../../src/protocol/redirect-uri.ts";
import { parseTimestamp } from "../../../src/protocol/time.ts";
import { parseTokenRequest } from "../../../src/protocol/token-request.ts";
import { dialectOf } from "../../../src/registry/dialect.ts";
import { encodePart } from "../../support/jwt.ts";

const settings = { seed: 20261124, numRuns: 500 };
const anyText = fc.oneof(
  fc.string(),
  fc.string({ unit: "binary" }),
  fc.string({ unit: "grapheme", maxLength: 40 }),
);
const anyJson = fc.jsonValue({ maxDepth: 4 });

/** A sound value in which some members are something else. */
const spoiled = (sound: Readonly<Record<string, unknown>>): fc.Arbitrary<JsonObject> =>
  fc
    .dictionary(fc.constantFrom(...Object.keys(sound), "other"), fc.oneof(anyJson, fc.constant(undefined)), {
      maxKeys: 2,
    })
    .map((changes) => ({ ...sound, ...changes }));

describe("encodings", () => {
  test("bytes come back, and what is decoded is encoded to the same text", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect(decodeBase64(encodeBase64(bytes))).toEqual(bytes);
        expect(decodeBase64url(encodeBase64url(bytes))).toEqual(bytes);
        expect(decodeHex(encodeHex(bytes))).toEqual(bytes);
      }),
      settings,
    );
    const near = fc.string({ unit: fc.constantFrom(..."ABQg9-_+/= \n."), maxLength: 12 });
    fc.assert(
      fc.property(near, (text) => {
        const [plain, url] = [decodeBase64(text), decodeBase64url(text)];
        if (plain !== undefined) expect(encodeBase64(plain)).toBe(text);
        if (url !== undefined) expect(encodeBase64url(url)).toBe(text);
      }),
      { ...settings, numRuns: 3000 },
    );
  });
});

describe("JSON", () => {
  test("what is accepted is what JSON.parse reads", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const value = parseJson(text);
        if (value !== undefined) expect(value).toEqual(JSON.parse(text));
      }),
      settings,
    );
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.constantFrom(0, 2), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        if (!text.includes("__proto__")) expect(parseJson(text)).toEqual(JSON.parse(text));
      }),
      settings,
    );
  });

  test("a name twice in one object is refused, wherever the object is and however it is spelt", () => {
    const spell = (text: string) =>
      [...text].map((it) => `\\u${it.charCodeAt(0).toString(16).padStart(4, "0")}`).join("");
    const name = fc.string({ unit: fc.constantFrom("a", "b", "é"), minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(name, anyJson, anyJson, fc.boolean(), fc.nat(5), (twice, one, other, escaped, depth) => {
        const second = escaped ? `"${spell(twice)}"` : JSON.stringify(twice);
        const inner = `{${JSON.stringify(twice)}:${JSON.stringify(one)},${second} : ${JSON.stringify(other)}}`;
        expect(parseJson('{"x":['.repeat(depth) + inner + "]}".repeat(depth))).toBeUndefined();
      }),
      settings,
    );
  });
});

describe("forms", () => {
  test("what is accepted is what URLSearchParams reads, once per name", () => {
    const near = fc.string({ unit: fc.constantFrom(..."ab=&+%204é1;"), maxLength: 20 });
    fc.assert(
      fc.property(fc.oneof(anyText, near), (text) => {
        const result = parseParameters(text);
        if (!result.ok) return;
        // A leading "?" is the one thing that URLSearchParams drops.
        const other = [...new URLSearchParams(`&${text}`)].filter(([, value]) => value !== "");
        expect([...result.value]).toEqual(other);
      }),
      { ...settings, numRuns: 3000 },
    );
  });

  test("what URLSearchParams writes comes back", () => {
    const values = fc.dictionary(
      fc.string({ minLength: 1, unit: "grapheme" }),
      fc.string({ minLength: 1, unit: "grapheme" }),
    );
    fc.assert(
      fc.property(values, (parameters) => {
        const result = parseParameters(new URLSearchParams(parameters).toString());
        expect(result.ok && Object.fromEntries(result.value)).toEqual(parameters);
      }),
      settings,
    );
  });
});

describe("requests", () => {
  const SP = "did:ishare:EU.NL.NTRNL-10000020";
  const form = {
    grant_type: "authorization_code",
    client_id: SP,
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    client_assertion: "a.b.c",
    redirect_uri: "https://sp.example/",
    code: "c",
    code_verifier: "v".repeat(43),
    scope: "iSHARE",
  };
  const scopeRules = { lowercaseIshare: true };
  const requestRules = { ...scopeRules, allowLoopback: true };

  test("parseTokenRequest never throws", () => {
    const parameters = fc.dictionary(fc.constantFrom(...Object.keys(form)), anyText, { maxKeys: 3 });
    fc.assert(
      fc.property(
        parameters,
        fc.constantFrom("authorization_code", "client_credentials"),
        (changes, grant_type) => {
          const result = parseTokenRequest(
            new Map(Object.entries({ ...form, grant_type, ...changes })),
            scopeRules,
          );
          expect(typeof result.ok).toBe("boolean");
        },
      ),
      settings,
    );
  });

  test("parseAuthorizationRequest never throws, and gives back only what it was given", () => {
    const claims = {
      iss: SP,
      client_id: SP,
      response_type: "code",
      scope: "openid iSHARE",
      redirect_uri: "https://sp.example/cb",
      state: "s",
      nonce: "n",
      acr_values: "urn:x",
      prompt: "login",
      max_age: 5,
      login_hint: "x",
      id_token_hint: "x",
      language: "nl",
      ui_locales: "en de",
      code_challenge: "c".repeat(43),
      code_challenge_method: "S256",
      response_mode: "query",
    };
    const outer = { responseType: "code", clientId: SP, scope: "openid iSHARE", request: "x" };
    let accepted = 0;
    fc.assert(
      fc.property(spoiled(claims), (payload) => {
        const result = parseAuthorizationRequest(outer, payload, requestRules);
        if (!result.ok) return;
        accepted++;
        expect(result.value).toMatchObject({
          clientId: payload.client_id,
          redirectUri: payload.redirect_uri,
          state: payload.state,
          nonce: payload.nonce,
        });
      }),
      settings,
    );
    expect(accepted).toBeGreaterThan(20);
    fc.assert(
      fc.property(fc.dictionary(anyText, anyText), (parameters) => {
        expect(parseOuterRequest(new Map(Object.entries(parameters))).ok).toBe(false);
      }),
      settings,
    );
  });
});

describe("redirect URIs", () => {
  const near = fc
    .array(
      fc.constantFrom(
        ..."ahost.:/\\@#?&=%[]1270 \t".split(""),
        "https://",
        "http://",
        "localhost",
        "127.0.0.1",
        "[::1]",
        "sp.example",
        "code",
        "%63",
      ),
      {
        maxLength: 8,
      },
    )
    .map((parts) => parts.join(""));
  const candidates = fc.oneof(
    anyText,
    near,
    near.map((rest) => `https://sp.example${rest}`),
    near.map((rest) => `http://${rest}`),
  );

  test("what is accepted every reader reads alike, and leads where it says", () => {
    let accepted = 0;
    fc.assert(
      fc.property(candidates, fc.boolean(), (uri, allowLoopback) => {
        const result = checkRedirectUri(uri, { allowLoopback });
        if (!result.ok) return;
        accepted++;
        expect(result.value).toBe(uri);
        const url = new URL(uri);
        const written = /^https?:\/\/([^/?]*)/i.exec(uri)?.[1]?.replace(/:\d+$/, "").toLowerCase();
        expect(url.hostname).toBe(written);
        expect([url.username, url.password, url.hash]).toEqual(["", "", ""]);
        expect(url.protocol === "https:" || (allowLoopback && isLoopback(url.hostname))).toBe(true);
        for (const name of ["code", "state", "error", "iss"]) expect(url.searchParams.has(name)).toBe(false);
      }),
      { ...settings, numRuns: 5000 },
    );
    expect(accepted).toBeGreaterThan(200);
  });

  test("appended parameters are read as they were meant, behind what was there", () => {
    const values = fc.record({
      code: fc.string({ unit: "grapheme" }),
      state: fc.string({ unit: "grapheme" }),
    });
    fc.assert(
      fc.property(candidates, values, (uri, parameters) => {
        if (!checkRedirectUri(uri, { allowLoopback: true }).ok) return;
        const appended = appendParameters(uri, parameters);
        expect(appended.startsWith(uri)).toBe(true);
        const url = new URL(appended);
        expect([url.origin, url.pathname]).toEqual([new URL(uri).origin, new URL(uri).pathname]);
        expect(Object.fromEntries(url.searchParams)).toMatchObject(parameters);
      }),
      settings,
    );
  });
});

describe("tokens and registry answers", () => {
  const header = { alg: "RS256", typ: "JWT", x5c: ["AQID"] };
  const payload = { iss: "x", sub: "x", aud: "us", jti: "x", iat: 1, exp: 31 };

  test("parseJwt and parseHeader never throw", () => {
    const part = fc.oneof(
      anyText,
      anyText.map(encodePart),
      anyJson.map(encodePart),
      spoiled(header).map(encodePart),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          anyText,
          fc.array(part, { maxLength: 5 }).map((parts) => parts.join(".")),
        ),
        (text) => {
          expect(typeof parseHeader(text, ["RS256"]).ok).toBe("boolean");
          expect(typeof parseJwt(text).ok).toBe("boolean");
        },
      ),
      settings,
    );
    fc.assert(
      fc.property(spoiled(header), spoiled(payload), (head, body) => {
        expect(typeof parseJwt(`${encodePart(head)}.${encodePart(body)}.AAAA`).ok).toBe("boolean");
        const result = parseHeader(encodePart(head), ["RS256"]);
        if (result.ok)
          expect(
            Object.keys(head)
              .filter((name) => head[name] !== undefined)
              .sort(),
          ).toEqual(["alg", "typ", "x5c"]);
      }),
      settings,
    );
  });

  test("checkClaims never throws, and takes six claims of their types or nothing", () => {
    const claimRules = { audience: ["us"], now: 20, skew: 10, checkLife: true };
    fc.assert(
      fc.property(spoiled(payload), (claims) => {
        const result = checkClaims(claims, claimRules);
        if (!result.ok) return;
        const { iss, sub, aud, jti, iat, exp } = result.value;
        expect([iss, sub, aud, jti].every((it) => typeof it === "string")).toBe(true);
        expect([aud, exp - iat]).toEqual(["us", 30]);
      }),
      settings,
    );
  });

  test("readParty and readTrustedList never throw, in any dialect", () => {
    const record = {
      id: "x",
      party_id: ["x"],
      alsoKnownAs: ["eori:x"],
      adherence: { status: "Active" },
      certificates: [],
    };
    const certificate = spoiled({ x5c: "AAAA", "x5t#s256": "aa".repeat(32) });
    const adherence = spoiled({ status: "Active", start_date: "2024-01-01", end_date: "" });
    const party = fc
      .tuple(spoiled(record), fc.array(certificate), adherence)
      .map(([it, certificates, status]) => ({ adherence: status, certificates, ...it }));
    const claim = fc
      .constantFrom("frameworkCompliance", "frameworkRole", "x509Certificate", "authRegistry")
      .chain((type) =>
        spoiled({ type, status: "active", startDate: "2024-01-01", roleId: "x", x5c: "AAAA", authUrl: "u" }),
      );
    const shapes = [
      party.map((party_info) => ({ party_info })),
      fc.array(fc.oneof(party, anyJson)).map((data) => ({ parties_info: { data } })),
      spoiled({ party_info: record, parties_info: { data: [record] } }),
      fc.array(fc.oneof(claim, anyJson)).map((claims) => ({ partyInfo: { id: "x", claims } })),
      spoiled({ partyInfo: { id: "x", claims: [] }, partiesInfo: { data: [{ id: "x", claims: [] }] } }),
    ] as const;
    fc.assert(
      fc.property(fc.oneof(...(shapes as readonly fc.Arbitrary<JsonObject>[])), (answer) => {
        for (const version of FRAMEWORK_VERSIONS) {
          const result = dialectOf(version).readParty(answer, "x");
          if (result.ok) expect(typeof result.value.id).toBe("string");
        }
      }),
      settings,
    );
    const fingerprint = "aa".repeat(32);
    const entry = fc
      .constantFrom("certificate_fingerprint", "certificateFingerprint")
      .chain((name) => spoiled({ [name]: fingerprint, validity: "valid", status: "granted" }));
    fc.assert(
      fc.property(fc.oneof(anyJson, fc.array(fc.oneof(entry, anyJson))), (list) => {
        for (const version of FRAMEWORK_VERSIONS) {
          const result = dialectOf(version).readTrustedList({ trusted_list: list, trustedList: list });
          if (result.ok) for (const it of result.value.granted) expect(it).toMatch(/^[0-9a-f]{64}$/);
        }
      }),
      settings,
    );
  });

  test("parseJsonObject and parseTimestamp never throw", () => {
    fc.assert(
      fc.property(fc.oneof(anyText, anyJson), (value) => {
        expect(["number", "undefined"]).toContain(typeof parseTimestamp(value));
        if (typeof value === "string")
          expect(["object", "undefined"]).toContain(typeof parseJsonObject(value));
      }),
      settings,
    );
  });
});
