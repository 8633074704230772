/** What browsers, clients, operators and other registries write in text: readers answer, never throw, and give back what was written. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { loadConfig } from "../../../src/config.ts";
import { checkTotp } from "../../../src/factors/totp.ts";
import { buildCookie, readCookie } from "../../../src/http/cookies.ts";
import { MAX_BODY_BYTES, readBearer, readBody, readForm, readQuery } from "../../../src/http/request.ts";
import { openAuthzId, openReturnUrl } from "../../../src/login/return-url.ts";
import { parseAcceptLanguage } from "../../../src/pages/accept-language.ts";
import { addressPrefix } from "../../../src/protocol/address-prefix.ts";
import { parseAcrValues } from "../../../src/protocol/assurance.ts";
import { decodeUtf8, encodeUtf8, normaliseFingerprint } from "../../../src/protocol/encoding.ts";
import { parsePartyId } from "../../../src/protocol/party-id.ts";
import { KNOWN_SCOPES, parseScopes } from "../../../src/protocol/scopes.ts";
import { readDate } from "../../../src/registry/party-fields.ts";
import { parseEvidenceUrl, parsePublicUrl } from "../../../src/registry/public-url.ts";
import {
  createHandles,
  type HandleKind,
  openGrantHandle,
  openObject,
  sealGrantHandle,
  sealObject,
} from "../../../src/store/handle.ts";
import { parseTraceparent } from "../../../src/watch/trace-context.ts";
import "../../support/read-at-least.ts";
import { accepted } from "../../support/result.ts";

const settings = { seed: 20261125, numRuns: 1000 };
const anyText = fc.oneof(
  fc.string(),
  fc.string({ unit: "binary" }),
  fc.string({ unit: "grapheme", maxLength: 40 }),
);
/** Texts of the letters that matter somewhere. */
const near = (letters: string, maxLength = 16) => fc.string({ unit: fc.constantFrom(...letters), maxLength });
const latin = fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((it) => String.fromCharCode(it)) });

describe("words of a request", () => {
  test("parseTraceparent takes what has one form, and nothing near it", () => {
    const hex = (length: number) =>
      fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), ...exactly(length) });
    const exactly = (length: number) => ({ minLength: length, maxLength: length });
    fc.assert(
      fc.property(hex(32), hex(16), hex(2), near("0af-,G ", 3), (trace, parent, flags, behind) => {
        const read = parseTraceparent(`00-${trace}-${parent}-${flags}${behind}`);
        const isSound = behind === "" && /[^0]/.test(trace) && /[^0]/.test(parent);
        expect(read).toEqual(isSound ? { traceId: trace, parentId: parent } : undefined);
      }),
      settings,
    );
    fc.assert(
      fc.property(anyText, (text) => void parseTraceparent(text)),
      settings,
    );
  });

  test("parseScopes gives what was there of what is known, in single spaces", () => {
    const lists = fc
      .array(fc.constantFrom<string>(...KNOWN_SCOPES, "ishare", "x", ""))
      .map((it) => it.join(" "));
    fc.assert(
      fc.property(fc.oneof(anyText, lists), fc.boolean(), (text, lowercaseIshare) => {
        const result = parseScopes(text, { lowercaseIshare });
        if (!result.ok) return;
        expect(text).toBe(
          text
            .split(" ")
            .filter((it) => it !== "")
            .join(" "),
        );
        const written = new Set(text.split(" "));
        for (const scope of result.value)
          expect(written.has(scope) || (lowercaseIshare && scope === "iSHARE" && written.has("ishare"))).toBe(
            true,
          );
      }),
      settings,
    );
  });

  test("parseAcrValues gives levels only, in the order that was written", () => {
    const urn = fc
      .constantFrom("low", "substantial", "high")
      .map((it) => `urn:http://eidas.europa.eu/LoA/NotNotified/${it}`);
    const lists = fc.array(fc.oneof(urn, near("low urn:"))).map((it) => it.join(" "));
    fc.assert(
      fc.property(fc.oneof(anyText, lists), (text) => {
        let from = 0;
        for (const level of parseAcrValues(text) ?? []) {
          const at = text.indexOf(level, from);
          expect(at).toBeGreaterThanOrEqual(0);
          from = at;
        }
      }),
      settings,
    );
  });

  test("parsePartyId gives the text itself, and nothing that a URL, a page or a log line reads otherwise", () => {
    const ids = fc.oneof(anyText, near("aA0.:%#+/@-_ <\"'\n"), near("did:eEU.NL-0"), fc.anything());
    fc.assert(
      fc.property(ids, (value) => {
        const id = parsePartyId(value);
        if (id === undefined) return;
        expect(id).toBe(value);
        expect(id).toMatch(/^[\x21-\x7e]{1,256}$/);
        expect(id).not.toMatch(/["'<>\\]|\.\./);
      }),
      settings,
    );
  });

  test("parseAcceptLanguage gives two letters each, none twice", () => {
    const header = fc.oneof(anyText, near("nlde,;q=0.1* -", 40), fc.constant(null));
    fc.assert(
      fc.property(header, (text) => {
        const tags = parseAcceptLanguage(text);
        expect(new Set(tags).size).toBe(tags.length);
        for (const tag of tags) expect(tag).toMatch(/^[a-z]{2}$/);
      }),
      settings,
    );
  });

  test("addressPrefix is one spelling of an address for all of its own", () => {
    fc.assert(
      fc.property(fc.oneof(anyText, near("0123456789abcdef:.", 39)), (text) => {
        expect(addressPrefix(text)).toMatch(/^(none|[\d.]+|[0-9a-f:]+::\/64)$/);
      }),
      settings,
    );
    fc.assert(
      fc.property(fc.ipV6(), fc.ipV4(), (six, four) => {
        expect(addressPrefix(six)).not.toBe("none");
        expect(addressPrefix(six.toUpperCase())).toBe(addressPrefix(six));
        expect(addressPrefix(four)).toBe(four);
      }),
      settings,
    );
  });

  test("checkTotp takes six digits or nothing", () => {
    fc.assert(
      fc.property(fc.oneof(anyText, near("0123456789 ", 8)), fc.nat(), (code, now) => {
        const step = checkTotp("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", code, now);
        if (step !== undefined) expect(code.replaceAll(" ", "")).toMatch(/^\d{6}$/);
      }),
      settings,
    );
  });
});

describe("requests", () => {
  test("readBody and readForm: any bytes are a text, a form or a refusal", async () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      anyText.map(encodeUtf8),
      fc.constant(new Uint8Array(MAX_BODY_BYTES + 1)),
    );
    await fc.assert(
      fc.asyncProperty(bytes, async (body) => {
        const content = Uint8Array.from(body);
        const headers = { "content-type": "application/x-www-form-urlencoded" };
        const make = () => new Request("https://idp.example/x", { method: "POST", body: content, headers });
        const text = await readBody(make());
        if (text.ok) expect(encodeUtf8(text.value)).toEqual(content);
        expect(typeof (await readForm(make())).ok).toBe("boolean");
      }),
      { ...settings, numRuns: 300 },
    );
  });

  test("readQuery and readBearer never throw; a bearer token is a word of the header", () => {
    const header = fc.oneof(
      latin,
      near("Bearer abc=.", 20).map((it) => `Bearer ${it}`),
    );
    fc.assert(
      fc.property(anyText, header, (query, authorization) => {
        const url = new URL("https://idp.example/x");
        url.search = query;
        const request = new Request(url, { headers: { authorization } });
        expect(typeof readQuery(request).ok).toBe("boolean");
        const token = readBearer(request);
        if (token.ok)
          expect(authorization.trim().split(/ +/)).toEqual([expect.stringMatching(/^bearer$/i), token.value]);
      }),
      settings,
    );
  });

  test("readCookie finds what buildCookie set, among whatever else a browser sends", () => {
    const secret = fc.string({ unit: fc.constantFrom(..."aZ09-_"), minLength: 43, maxLength: 43 });
    const others = fc.array(
      latin.filter((it) => !it.includes(";") && !it.trim().startsWith("__Host-browser=")),
    );
    fc.assert(
      fc.property(secret, others, others, fc.boolean(), (value, before, after, secure) => {
        fc.pre(![...before, ...after].some((it) => it.trim().startsWith("browser=")));
        const [pair = ""] = buildCookie("browser", value, { secure }).split(";");
        const header = [...before, pair, ...after].join("; ");
        expect(readCookie(header, "browser", { secure })).toBe(value);
      }),
      settings,
    );
    fc.assert(
      fc.property(anyText, (header) => {
        for (const name of ["browser", "session", "language"] as const)
          expect(readCookie(header, name, { secure: true }) ?? "aa").toMatch(/^[\w-]+$/);
      }),
      settings,
    );
  });
});

describe("handles", () => {
  const KINDS: readonly HandleKind[] = [
    ...(["authzId", "code", "access_token", "party_token", "error_reference"] as const),
    ...(["known_browser", "session", "logout"] as const),
  ];
  const handles = crypto.subtle
    .importKey("raw", new Uint8Array(32), { name: "HMAC", hash: "SHA-256" }, false, ["sign"])
    .then(createHandles);
  const stranger = fc.oneof(
    anyText,
    near("AZaz09-_", 120),
    fc.base64String().map((it) => it.replace(/[+/=]/g, "-")),
  );

  test("what nobody sealed opens nothing", async () => {
    const its = await handles;
    await fc.assert(
      fc.asyncProperty(stranger, fc.constantFrom(...KINDS), async (text, kind) => {
        expect(await its.open(kind, text)).toBeUndefined();
        expect(await openObject(its, kind, text)).toBeUndefined();
        expect(await openGrantHandle(its, "code", text)).toBeUndefined();
        expect((await openAuthzId(text, its)).ok).toBe(false);
        const url = `/connect/authorize/callback?authzId=${text}`;
        expect((await openReturnUrl(url, its)).ok || (await openReturnUrl(text, its)).ok).toBe(false);
      }),
      { ...settings, numRuns: 400 },
    );
  });

  test("what was sealed comes back, as its own kind and no other, and not with any one character changed", async () => {
    const its = await handles;
    const content = fc.jsonValue().map((it) => ({ it: JSON.parse(JSON.stringify(it)) }));
    const sound = content.filter((it) => !JSON.stringify(it).includes("__proto__"));
    const kinds = fc.tuple(fc.constantFrom(...KINDS), fc.constantFrom(...KINDS));
    await fc.assert(
      fc.asyncProperty(
        sound,
        kinds,
        fc.nat(),
        near("AZaz09-_", 1),
        async (object, [kind, other], at, letter) => {
          const handle = await sealObject(its, kind, object);
          expect(await openObject(its, kind, handle)).toEqual(object);
          if (other !== kind) expect(await openObject(its, other, handle)).toBeUndefined();
          const place = at % handle.length;
          const changed = handle.slice(0, place) + letter + handle.slice(place + 1);
          if (changed !== handle) expect(await its.open(kind, changed)).toBeUndefined();
        },
      ),
      { ...settings, numRuns: 400 },
    );
    const id = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((it) => Buffer.from(it).toString("hex"));
    await fc.assert(
      fc.asyncProperty(id, async (it) => {
        const sealed = await sealGrantHandle(its, "code", it);
        expect(await openGrantHandle(its, "code", sealed.handle)).toEqual({
          id: it,
          secretHash: sealed.secretHash,
        });
        const { handle } = await sealGrantHandle(its, "authzId", it);
        const url = `/connect/authorize/callback?authzId=${handle}`;
        expect(accepted(await openReturnUrl(url, its))).toEqual({ id: it, authzId: handle });
        expect((await openReturnUrl(`${url}&`, its)).ok).toBe(false);
      }),
      { ...settings, numRuns: 100 },
    );
  });
});

describe("what registries, certificates and operators name", () => {
  const address = fc.oneof(
    anyText,
    fc.webUrl(),
    fc.webUrl({ withQueryParameters: true, withFragments: true }),
    near("ahost.:/\\@#?&%[]127.0 \t", 20).map((it) => `https://${it}`),
    fc.constantFrom(
      "https://127.0.0.1/",
      "https://[::1]/",
      "http://10.0.0.1/",
      "https://2130706433/",
      "https://x.internal/",
    ),
  );

  test("parsePublicUrl and parseEvidenceUrl lead to public names, whatever is written", () => {
    let called = 0;
    fc.assert(
      fc.property(address, (text) => {
        for (const href of [parsePublicUrl(text, false), parseEvidenceUrl(text, false)]) {
          if (href === undefined) continue;
          called++;
          const url = new URL(href);
          expect(url.hostname).toMatch(/\.[a-z][a-z0-9-]+$/); // a name, and no address
          expect(url.hostname).not.toMatch(/(^|\.)(localhost|local|internal)$/);
          expect([url.username, url.password, url.search, url.hash]).toEqual(["", "", "", ""]);
        }
        const own = parsePublicUrl(text, false);
        if (own !== undefined) expect(own).toMatch(/^https:/);
      }),
      settings,
    );
    expect(called).toBeGreaterThan(50);
  });

  test("readDate and normaliseFingerprint never throw, and give one spelling", () => {
    const written = fc.oneof(
      fc.anything(),
      near("0123456789-T:Z.+ ", 30),
      fc.date({ noInvalidDate: true }).map((it) => it.toISOString()),
    );
    fc.assert(
      fc.property(written, near("0aAfF9: g", 95), (date, text) => {
        expect(["number", "undefined"]).toContain(typeof readDate(date));
        expect(normaliseFingerprint(text) ?? "0".repeat(64)).toMatch(/^[0-9a-f]{64}$/);
      }),
      settings,
    );
    const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((it) => Buffer.from(it).toString("hex"));
    fc.assert(
      fc.property(hash, (hex) => {
        const colons = (hex.match(/../g) ?? []).join(":").toUpperCase();
        expect([normaliseFingerprint(hex), normaliseFingerprint(colons)]).toEqual([hex, hex]);
      }),
      settings,
    );
  });

  test("decodeUtf8 gives back what encodes to the same bytes, or nothing", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.string({ unit: "binary" }).map(encodeUtf8)),
        (bytes) => {
          const text = decodeUtf8(bytes);
          if (text !== undefined) expect(encodeUtf8(text)).toEqual(Uint8Array.from(bytes));
        },
      ),
      settings,
    );
  });

  test("loadConfig: any settings are in order or every problem is named, never thrown", async () => {
    const names = [
      ...[
        "ISSUER_URL",
        "PARTY_ID",
        "PARTY_NAME",
        "SIGNING_KEY",
        "CERTIFICATE_CHAIN",
        "REGISTRY_URL",
        "DATA_KEY",
      ],
      ...["REGISTRY_PARTY_ID", "REGISTRY_ROOT_FINGERPRINTS", "CODE_SECONDS", "COMPAT", "FRAMEWORK_VERSION"],
      ...["HIGH_ASSURANCE_AUTHENTICATORS", "ATTESTATION_ROOTS", "ISHARE_LOGO", "MINIMUM_ASSURANCE"],
    ];
    const value = fc.oneof(
      anyText,
      fc.constantFrom(
        "https://idp.example",
        "-----BEGIN CERTIFICATE-----",
        "data:image/png;base64,AAAA",
        "60",
      ),
      fc.anything(),
    );
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.constantFrom(...names), value), async (env) => {
        const loaded = await loadConfig(env, 1_700_000_000);
        expect(loaded).not.toHaveProperty("config"); // SIGNING_KEY never is one
        expect(JSON.stringify(loaded)).toContain("SIGNING_KEY");
      }),
      { ...settings, numRuns: 300 },
    );
  });
});
