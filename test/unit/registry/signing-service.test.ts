/** The client of a signing service, against the reference service and whatever else may answer in its place. */
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { createSigningService, kidOf } from "../../../sandbox/signing-service.ts";
import { publicKeyOf } from "../../../src/jwt/keys.ts";
import { KEY_MANAGEMENT, type PrivateKey, SignerUnavailable } from "../../../src/jwt/private-key.ts";
import { openRequestObject } from "../../../src/jwt/request-object.ts";
import { createSigner } from "../../../src/jwt/sign.ts";
import { decodeBase64url, encodeUtf8 } from "../../../src/protocol/encoding.ts";
import { createRemoteKey } from "../../../src/registry/signing-service.ts";
import { encryptFor } from "../../support/jwt.ts";
import { chainPem, dersOf, generateKeys, type Identity, keyPem, mint } from "../../support/pki.ts";
import { accepted, reasonOf } from "../../support/result.ts";

const TOKEN = "t".repeat(40);
const URL_OF = "https://signer.example/v1";
const DATA = encodeUtf8("header.payload");

let idp: Identity;
let other: Identity;
let key: PrivateKey;
let service: ReturnType<typeof createSigningService>;
const lines: string[] = [];
beforeAll(async () => {
  idp = await mint(undefined);
  other = await mint(undefined, { keys: await generateKeys() });
  const keys = await Promise.all(
    [idp, other].map(async (it) => ({ key: await keyPem(it), chain: chainPem(it) })),
  );
  service = createSigningService({ keys, token: TOKEN, log: (line) => lines.push(line) });
  key = await remote(idp);
});
const remote = async (it: Identity, { token = TOKEN, as = it } = {}): Promise<PrivateKey> => {
  const spki = new Uint8Array((await crypto.subtle.exportKey("spki", it.keys.publicKey)) as ArrayBuffer);
  return createRemoteKey({ url: URL_OF, token }, kidOf(chainPem(as)), await publicKeyOf(spki));
};

type Answer = (request: Request) => Response | Promise<Response>;
const genuine: Answer = (request) =>
  service.handle(new Request(request.url.replace(URL_OF, "https://signer.example"), request));
const calls: Request[] = [];
/** What answers, call by call; the last for all after it. */
function answering(...answers: readonly Answer[]): void {
  vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
    const request = new Request(url, init);
    calls.push(request.clone());
    expect(init.redirect).toBe("manual");
    return (answers[Math.min(calls.length, answers.length) - 1] as Answer)(request);
  });
}
beforeEach(() => {
  calls.splice(0);
  answering(genuine);
});
afterEach(() => {
  vi.unstubAllGlobals();
});
const wrapped = async (to: Identity, alg: (typeof KEY_MANAGEMENT)[number]) =>
  decodeBase64url((await encryptFor(to, "x", alg)).split(".")[1] ?? "") ?? new Uint8Array();
const failure = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "none",
    (error) => (error instanceof SignerUnavailable ? error.reason : `another: ${error}`),
  );

describe("with the reference service", () => {
  test("signs as the key itself does; the data stays here", async () => {
    const local = await crypto.subtle.sign("RSASSA-PKCS1-v1_5", idp.keys.privateKey, DATA);
    expect(await key.sign(DATA)).toEqual(new Uint8Array(local));
    const body = await calls[0]?.text();
    expect(Object.keys(JSON.parse(body ?? ""))).toEqual(["kid", "alg", "digest"]);
    expect(body).not.toContain("payload");
    expect(calls[0]?.headers.get("authorization")).toBe(`Bearer ${TOKEN}`);
  });

  test("a whole token, and a whole encrypted request", async () => {
    const token = await createSigner(key, dersOf(idp), "us").sign({ sub: "x" }, 1);
    const [head, body, signature = ""] = token.split(".");
    const bytes = Buffer.from(signature, "base64url");
    const signed = encodeUtf8(`${head}.${body}`);
    expect(await crypto.subtle.verify("RSASSA-PKCS1-v1_5", idp.keys.publicKey, bytes, signed)).toBe(true);
    for (const alg of KEY_MANAGEMENT) {
      const request = await encryptFor(idp, "a.b.c", alg);
      expect(accepted(await openRequestObject(request, [{ privateKey: key }], "required"))).toBe("a.b.c");
    }
    const sent = await Promise.all(calls.map((it) => it.text()));
    expect(sent).toHaveLength(3);
    expect(sent.join()).not.toContain("a.b.c");
  });

  test("what is for another key is none, and no outage", async () => {
    for (const alg of KEY_MANAGEMENT)
      expect(await key.unwrap(alg, await wrapped(other, alg))).toBeUndefined();
    expect(await key.unwrap("RSA-OAEP", await wrapped(idp, "RSA-OAEP-256"))).toBeUndefined();
    const request = await encryptFor(other, "a.b.c");
    expect(reasonOf(await openRequestObject(request, [{ privateKey: key }], "required"))).toBe(
      "jwe_decryption",
    );
  });

  test("what can't be for this key costs no call", async () => {
    for (const length of [0, 255, 257, 512])
      expect(await key.unwrap("RSA-OAEP", new Uint8Array(length))).toBeUndefined();
    expect(calls).toEqual([]);
  });

  test("the wrong token, and a key that it has not, are outages", async () => {
    expect(await failure((await remote(idp, { token: "u".repeat(40) })).sign(DATA))).toBe("status_401");
    const stranger = await mint(undefined);
    expect(await failure((await remote(idp, { as: stranger })).sign(DATA))).toBe("status_404");
    expect(calls).toHaveLength(2); // it would say so again
  });

  test("it tells of each use, and not what for", async () => {
    lines.splice(0);
    await key.sign(DATA);
    expect(lines).toEqual([expect.stringMatching(/^\/sign [\w-]{43} RS256 200$/)]);
  });

  test.each<[string, string, RequestInit, number]>([
    ["another path", "/keys", { method: "POST" }, 404],
    ["GET", "/sign", {}, 405],
    ["no token", "/sign", { method: "POST", body: "{}", headers: { authorization: "" } }, 401],
    ["no JSON", "/sign", { method: "POST", body: "x" }, 400],
    ["a number", "/sign", { method: "POST", body: '{"kid":1}' }, 400],
    ["too much", "/sign", { method: "POST", body: JSON.stringify({ kid: "x".repeat(9000) }) }, 400],
    ["no key", "/sign", { method: "POST", body: "{}" }, 404],
  ])("the service refuses %s", async (_, path, init, status) => {
    const headers = { authorization: `Bearer ${TOKEN}`, ...(init.headers as Record<string, string>) };
    const request = new Request(`https://signer.example${path}`, { ...init, headers });
    expect((await service.handle(request)).status).toBe(status);
  });

  test.each([
    ["/sign", { alg: "RS256", digest: "AAAA" }],
    ["/sign", { alg: "RS512", digest: "A".repeat(43) }],
    ["/sign", { alg: "RS256" }],
    ["/unwrap", { alg: "RSA1_5", encrypted_key: "A".repeat(342) }],
    ["/unwrap", { encrypted_key: "A".repeat(342) }],
  ])("the service does not do %s of %j", async (path, fields) => {
    const request = new Request(`https://signer.example${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${TOKEN}` },
      body: JSON.stringify({ kid: kidOf(chainPem(idp)), ...fields }),
    });
    expect((await service.handle(request)).status).toBe(400);
  });
});

describe("with one that errs", () => {
  const status =
    (code: number): Answer =>
    () =>
      new Response("oops", { status: code });
  const json =
    (body: unknown): Answer =>
    () =>
      Response.json(body);
  const refused: Answer = () => Promise.reject(new TypeError("connection refused"));

  test.each([
    ["a refused connection", refused],
    ["a 500", status(500)],
    ["a 503", status(503)],
  ])("%s is tried once more, and then it works", async (_, answer) => {
    answering(answer, genuine);
    expect(await failure(key.sign(DATA))).toBe("none");
    expect(calls).toHaveLength(2);
  });

  test.each([
    ["a refused connection", refused, "TypeError"],
    ["a 500", status(500), "status_500"],
  ])("%s twice is an outage", async (_, answer, reason) => {
    answering(answer);
    expect(await failure(key.sign(DATA))).toBe(reason);
    expect(await failure(key.unwrap("RSA-OAEP", await wrapped(idp, "RSA-OAEP")))).toBe(reason);
    expect(calls).toHaveLength(4);
  });

  test.each([400, 403, 404, 422, 429])("a %i is not tried again", async (code) => {
    answering(status(code));
    expect(await failure(key.sign(DATA))).toBe(`status_${code}`);
    expect(calls).toHaveLength(1);
  });

  test("one that sends elsewhere is not followed", async () => {
    answering(() => new Response(null, { status: 307, headers: { location: "https://elsewhere.example/" } }));
    expect(await failure(key.sign(DATA))).toBe("status_307");
    expect(calls).toHaveLength(1);
  });

  test("another's signature, over other data, or none, is given to nobody", async () => {
    const theirs = (await crypto.subtle.sign(
      "RSASSA-PKCS1-v1_5",
      other.keys.privateKey,
      DATA,
    )) as ArrayBuffer;
    const ours = await crypto.subtle.sign("RSASSA-PKCS1-v1_5", idp.keys.privateKey, encodeUtf8("x"));
    for (const signature of [theirs, ours, new ArrayBuffer(0), new ArrayBuffer(256)]) {
      answering(json({ signature: Buffer.from(signature as ArrayBuffer).toString("base64url") }));
      expect(await failure(key.sign(DATA))).toBe("signature");
    }
  });

  test.each([
    ["no JSON", () => new Response("<html>")],
    ["a list", json([])],
    ["no member", json({})],
    ["a number", json({ signature: 1, key: 1 })],
    ["padding", json({ signature: "AA==", key: "AA==" })],
  ])("%s is an outage", async (_, answer) => {
    answering(answer);
    expect(await failure(key.sign(DATA))).toBe("answer_malformed");
    expect(await failure(key.unwrap("RSA-OAEP", await wrapped(idp, "RSA-OAEP")))).toBe("answer_malformed");
  });

  test("an answer without end is cut off", async () => {
    answering(json({ signature: "A".repeat(5000) }));
    expect(await failure(key.sign(DATA))).toBe("answer_too_large");
  });

  test("a slow one has two seconds, for both tries together", async () => {
    const signals: AbortSignal[] = [];
    vi.stubGlobal("fetch", (_: string, { signal }: { signal: AbortSignal }) => {
      signals.push(signal);
      return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    });
    const begun = performance.now();
    expect(await failure(key.sign(DATA))).toBe("TimeoutError");
    expect(performance.now() - begun).toBeGreaterThan(1900);
    expect(signals).toHaveLength(1);
  });

  test("a key of another length opens nothing", async () => {
    answering(json({ key: "AAAA" }));
    const request = await encryptFor(idp, "a.b.c");
    expect(reasonOf(await openRequestObject(request, [{ privateKey: key }], "required"))).toBe(
      "jwe_decryption",
    );
  });
});
