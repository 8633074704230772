/** Calls to the registry: URLs, the bearer token and its renewal, and every way in which an answer can be odd. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { SignerUnavailable } from "../../../src/jwt/private-key.ts";
import type { FrameworkVersion } from "../../../src/protocol/framework.ts";
import type { Result } from "../../../src/protocol/result.ts";
import { createRegistryClient, type Fetched } from "../../../src/registry/client.ts";
import type { Bearer } from "../../../src/registry/peer.ts";
import { dataOf, reasonOf } from "../../support/result.ts";

const URL_ = "https://registry.example/api";
const REGISTRY = "did:ishare:EU.NL.NTRNL-10000000";
const US = "did:ishare:EU.NL.NTRNL-10000010";
const SP = "did:ishare:EU.NL.NTRNL-10000020";

interface Call {
  readonly url: string;
  readonly init: RequestInit;
}
let calls: Call[];
let now: number;
let bearer: Bearer;
/** one answer for each call to come; the last one stays */
let answers: ((call: Call) => Response | Promise<Response>)[];

beforeEach(() => {
  calls = [];
  now = 1_800_000_000;
  bearer = {};
  vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
    const call = { url, init };
    calls.push(call);
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    if (answer === undefined) throw new Error("nobody expected this call");
    return answer(call);
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const signed: unknown[] = [];
const client = (frameworkVersion: FrameworkVersion = "2.1") =>
  createRegistryClient({
    frameworkVersion,
    url: URL_,
    peerId: REGISTRY,
    partyId: US,
    bearer,
    now: () => now,
    signer: {
      sign: async (claims, at) => {
        signed.push([claims, at]);
        return "our.client.assertion";
      },
    },
  });

const json =
  (body: unknown, status = 200) =>
  () =>
    Response.json(body, { status });
const token = json({ access_token: "bearer-1", token_type: "Bearer", expires_in: 3600 });
const party = json({ party_token: "a.b.c" });
const paths = () => calls.map(({ url }) => url.slice(URL_.length));
const authorizations = () =>
  calls.map(({ init }) => new Headers(init.headers as HeadersInit).get("authorization"));

const describeResult = (result: Result<Fetched>): string =>
  result.ok
    ? result.value.kind === "token"
      ? result.value.token
      : `unknown${result.value.soft ? ", perhaps" : ""}`
    : reasonOf(result);
const askParty = async (id = SP) => describeResult(await client().party(id));

describe("a look-up", () => {
  test("gets a token as a party, then asks with it", async () => {
    answers = [token, party];
    expect(await askParty()).toBe("a.b.c");
    expect(paths()).toEqual(["/connect/token", `/parties/${SP}`]);
    expect(authorizations()).toEqual([null, "Bearer bearer-1"]);
    const { method, body, headers } = calls[0]?.init ?? {};
    expect(method).toBe("POST");
    expect(new Headers(headers as HeadersInit).get("content-type")).toBe("application/x-www-form-urlencoded");
    expect(Object.fromEntries(new URLSearchParams(String(body)))).toEqual({
      grant_type: "client_credentials",
      scope: "iSHARE",
      client_id: US,
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      client_assertion: "our.client.assertion",
    });
    expect(signed.at(-1)).toEqual([{ sub: US, aud: REGISTRY }, now]);
  });

  test("without our key there is none: an outage, and nothing is asked", async () => {
    const failing = (error: Error) =>
      createRegistryClient({
        ...{ frameworkVersion: "2.1", url: URL_, peerId: REGISTRY, partyId: US, bearer: {} },
        ...{ now: () => now, signer: { sign: () => Promise.reject(error) } },
      });
    answers = [token, party];
    const refused = await failing(new SignerUnavailable("status_500")).party(SP);
    expect([reasonOf(refused), dataOf(refused)]).toEqual(["signer_unavailable", { cause: "status_500" }]);
    expect(calls).toEqual([]);
    await expect(failing(new Error("a bug")).party(SP)).rejects.toThrow("a bug");
  });

  test("of the trusted list", async () => {
    answers = [token, json({ trusted_list_token: "l.i.st" })];
    expect(describeResult(await client().trustedList())).toBe("l.i.st");
    expect(paths()).toEqual(["/connect/token", "/trusted_list"]);
  });

  test("follows no redirect and has one time-out of two seconds for all of it", async () => {
    const timeout = vi.spyOn(AbortSignal, "timeout");
    answers = [token, party];
    await askParty();
    expect(timeout.mock.calls).toEqual([[2000]]);
    for (const { init } of calls) {
      expect(init.redirect).toBe("manual");
      expect(init.signal).toBe(timeout.mock.results[0]?.value);
    }
  });

  test.each([
    [SP, `/parties/${SP}`],
    ["EU.EORI.NL000000020", "/parties/EU.EORI.NL000000020"],
    ["did:web:sp.example%3A8443", "/parties/did:web:sp.example%253A8443"],
    ["did:web:x/../../connect/token", "/parties/did:web:x%2F..%2F..%2Fconnect%2Ftoken"],
    ["did:web:x#key", "/parties/did:web:x%23key"],
    ["a+b@c", "/parties/a%2Bb%40c"],
  ])("asks for %s in the path, and nowhere else", async (id, path) => {
    answers = [token, party];
    await askParty(id);
    expect(paths()[1]).toBe(path);
    expect(new URL(calls[1]?.url ?? "").pathname).toBe(`/api${path}`);
  });
});

test.each<[FrameworkVersion, string, string]>([
  ["2.0", SP, `/parties?id=${SP}`],
  ["2.0", "EU.EORI.NL000000020", "/parties?eori=EU.EORI.NL000000020"],
  ["2.0", "eu.eori.NL000000020", "/parties?eori=eu.eori.NL000000020"],
  ["2.0", "did:web:x#a+b@c/%41", "/parties?id=did:web:x%23a%2Bb%40c%2F%2541"],
  ["2.2", "EU.EORI.NL000000020", "/parties/EU.EORI.NL000000020"],
  ["3.0", SP, `/parties/${SP}`],
])("framework %s asks for %s at %s", async (version, id, path) => {
  answers = [token, party];
  await client(version).party(id);
  expect(paths()[1]).toBe(path);
});

test.each<[FrameworkVersion, string]>([
  ["2.0", "/trusted_list"],
  ["2.1", "/trusted_list"],
  ["2.2", "/trusted_list"],
  ["3.0", "/trustedList"],
])("framework %s has its trusted list at %s", async (version, path) => {
  answers = [token, party];
  await client(version).trustedList();
  expect(paths()[1]).toBe(path);
});

describe("where the token is in an answer", () => {
  test.each([
    [{ party_token: "1" }, "1"],
    [{ partyToken: "2" }, "2"],
    [{ parties_token: "3" }, "3"],
    [{ partiesToken: "4" }, "4"],
    [{ party_token: "1", party_info: { id: "x" }, odd: null }, "1"],
    [{ party_token: null, partyToken: "2" }, "2"],
  ])("%j", async (body, expected) => {
    answers = [token, json(body)];
    expect(await askParty()).toBe(expected);
  });

  test("trustedListToken", async () => {
    answers = [token, json({ trustedListToken: "2" })];
    expect(describeResult(await client().trustedList())).toBe("2");
  });

  test.each([
    ["no token", {}],
    ["a token that is no text", { party_token: { jwt: "x" } }],
    ["another token", { trusted_list_token: "x" }],
    ["an array", ["x"]],
    ["text", "x"],
    ["null", null],
    ["status true", { status: true }],
    ["status in words", { status: "false" }],
  ])("not: %s", async (_, body) => {
    answers = [token, json(body)];
    expect(await askParty()).toBe("registry_answer_malformed");
  });

  test.each(["", "<html>", '{"party_token":"a","party_token":"b"}', '{"party_token":"a"', "undefined"])(
    "not in %j",
    async (text) => {
      answers = [token, () => new Response(text)];
      expect(await askParty()).toBe("registry_answer_malformed");
    },
  );
});

describe("what the status says", () => {
  test.each([
    [404, "unknown"],
    [400, "unknown, perhaps"],
    [410, "unknown"],
    [422, "unknown, perhaps"],
    [201, "registry_status"],
    [204, "registry_status"],
    [301, "registry_status"],
    [302, "registry_status"],
    [307, "registry_status"],
    [403, "registry_status"],
    [429, "registry_status"],
    [500, "registry_status"],
    [503, "registry_status"],
  ])("%i: %s", async (status, verdict) => {
    // A body that would do, to show that it is not looked at.
    const body = status === 204 ? null : JSON.stringify({ party_token: "a.b.c" });
    answers = [
      token,
      () => new Response(body, { status, headers: { location: "https://elsewhere.example/" } }),
    ];
    expect(await askParty()).toBe(verdict);
    expect(calls).toHaveLength(2);
  });

  test("200 with status false is how some say no", async () => {
    answers = [token, json({ status: false, message: "Party not found" })];
    expect(await askParty()).toBe("unknown, perhaps");
  });
});

describe("the bearer token", () => {
  test("is used again until shortly before its end", async () => {
    answers = [token, party];
    await askParty();
    now += 3239;
    await askParty();
    expect(paths().filter((path) => path === "/connect/token")).toHaveLength(1);
    now += 1;
    answers = [json({ access_token: "bearer-2", expires_in: 3600 }), party];
    await askParty();
    expect(authorizations().at(-1)).toBe("Bearer bearer-2");
  });

  test.each([
    [{ expires_in: 100 }, 90],
    [{ expires_in: "100" }, 90],
    [{ expires_in: 86_400 }, 3240],
    [{}, 3240],
    [{ expires_in: 0 }, 3240],
    [{ expires_in: -5 }, 3240],
    [{ expires_in: "soon" }, 3240],
    [{ expires_in: null }, 3240],
  ])("with %j lives %i s here", async (life, seconds) => {
    answers = [json({ access_token: "x", ...life }), party];
    await askParty();
    expect(bearer.current?.expiresAt).toBe(now + seconds);
  });

  test("is renewed once after a 401", async () => {
    bearer.current = { token: "stale", expiresAt: now + 1000 };
    answers = [json({}, 401), token, party];
    expect(await askParty()).toBe("a.b.c");
    expect(paths()).toEqual([`/parties/${SP}`, "/connect/token", `/parties/${SP}`]);
    expect(authorizations()).toEqual(["Bearer stale", null, "Bearer bearer-1"]);
  });

  test("is not renewed for ever", async () => {
    answers = [token, json({}, 401), token, json({}, 401)];
    expect(await askParty()).toBe("registry_status");
    expect(calls).toHaveLength(4);
  });

  test.each([
    ["400", json({ error: "invalid_client" }, 400), "registry_status"],
    ["500", json({}, 500), "registry_status"],
    [
      "302",
      () => new Response(null, { status: 302, headers: { location: "https://elsewhere.example/" } }),
      "registry_status",
    ],
    ["no token", json({ token_type: "Bearer" }), "registry_answer_malformed"],
    ["an empty token", json({ access_token: "" }), "registry_answer_malformed"],
    ["a token that is no text", json({ access_token: 7 }), "registry_answer_malformed"],
    ["no JSON", () => new Response("<html>"), "registry_answer_malformed"],
  ])("that is not given (%s) is no reason to go on", async (_, answer, reason) => {
    answers = [answer];
    expect(await askParty()).toBe(reason);
    expect(calls).toHaveLength(1);
    expect(bearer.current).toBeUndefined();
  });
});

describe("size", () => {
  const MEBIBYTE = 1024 * 1024;
  /** counts what is really read, whatever the headers say */
  const stream = (chunks: number, bytes: number, read = { chunks: 0, cancelled: false }) => ({
    read,
    answer: () =>
      new Response(
        new ReadableStream({
          pull: (controller) => {
            if (read.chunks++ >= chunks) return controller.close();
            controller.enqueue(new Uint8Array(bytes).fill(0x20));
          },
          cancel: () => {
            read.cancelled = true;
          },
        }),
        { headers: { "content-length": "2" } },
      ),
  });

  test("a mebibyte is read to its end", async () => {
    const body = `{"party_token":"a.b.c"}`.padEnd(MEBIBYTE);
    answers = [token, () => new Response(body)];
    expect(await askParty()).toBe("a.b.c");
  });

  test("one byte more is not", async () => {
    answers = [token, () => new Response(`{"party_token":"a.b.c"}`.padEnd(MEBIBYTE + 1))];
    expect(await askParty()).toBe("registry_answer_too_large");
  });

  test("reading stops there", async () => {
    const endless = stream(10_000, 64 * 1024);
    answers = [token, endless.answer];
    expect(await askParty()).toBe("registry_answer_too_large");
    expect(endless.read.cancelled).toBe(true);
    expect(endless.read.chunks).toBeLessThan(20);
  });

  test("of the token answer, too", async () => {
    answers = [stream(10_000, 64 * 1024).answer];
    expect(await askParty()).toBe("registry_answer_too_large");
  });

  test("letters that fall between chunks arrive whole", async () => {
    const bytes = new TextEncoder().encode('{"party_token":"é🚚"}');
    const body = new ReadableStream({
      start: (controller) => {
        for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
        controller.close();
      },
    });
    answers = [token, () => new Response(body)];
    expect(await askParty()).toBe("é🚚");
  });
});

describe("a registry out of reach", () => {
  test("that refuses connections", async () => {
    answers = [
      () => {
        throw new TypeError("fetch failed");
      },
    ];
    const refused = await client().party(SP);
    expect(reasonOf(refused)).toBe("registry_unreachable");
    expect(dataOf(refused)).toEqual({ cause: "TypeError" });
  });

  test("that does not answer in time", async () => {
    const controller = new AbortController();
    vi.spyOn(AbortSignal, "timeout").mockReturnValue(controller.signal);
    answers = [
      token,
      ({ init }) =>
        new Promise((_, reject) => {
          init.signal?.addEventListener("abort", () => reject(init.signal?.reason));
          controller.abort(new DOMException("too slow", "TimeoutError"));
        }),
    ];
    const refused = await client().party(SP);
    expect(reasonOf(refused)).toBe("registry_unreachable");
    expect(dataOf(refused)).toEqual({ cause: "TimeoutError" });
  });

  test("that breaks off in the middle", async () => {
    const body = new ReadableStream({
      start: (controller) => {
        controller.enqueue(new TextEncoder().encode('{"party_'));
        controller.error(new TypeError("connection reset"));
      },
    });
    answers = [token, () => new Response(body)];
    expect(await askParty()).toBe("registry_unreachable");
  });

  test("neither token nor answer shows in what goes to the log", async () => {
    answers = [token, json({ secret: "tell-tale" }, 500)];
    expect(JSON.stringify(await client().party(SP))).not.toMatch(/bearer-1|tell-tale|assertion/);
  });
});
