/** Reading requests: bearer tokens, where a form came from, content types, and bodies up to a cap. */
import { describe, expect, test } from "vitest";
import {
  checkSameSite,
  MAX_BODY_BYTES,
  mediaType,
  readBearer,
  readBody,
  readForm,
  readQuery,
} from "../../../src/http/request.ts";
import "../../support/read-at-least.ts";
import { accepted, reasonOf } from "../../support/result.ts";

const ORIGIN = "https://idp.example";
const FORM = "application/x-www-form-urlencoded";

const request = (headers: Readonly<Record<string, string>>, path = "/", init: RequestInit = {}) =>
  new Request(ORIGIN + path, { ...init, headers });
const post = (body: string | Uint8Array | ReadableStream, headers: Readonly<Record<string, string>> = {}) =>
  request({ "content-type": FORM, ...headers }, "/", { method: "POST", body, duplex: "half" } as RequestInit);

describe("readBearer (RFC 6750 §2.1)", () => {
  const bearer = (authorization: string) => readBearer(request({ authorization }));

  test.each([
    ["Bearer abc", "abc"],
    ["bearer abc", "abc"],
    ["BEARER abc", "abc"],
    ["Bearer   abc", "abc"],
    ["Bearer a-b._~+/9==", "a-b._~+/9=="],
  ])("%j carries %s", (header, token) => {
    expect(accepted(bearer(header))).toBe(token);
  });

  test("no header is no token", () => {
    expect(reasonOf(readBearer(request({})))).toBe("bearer_missing");
  });

  test.each(["Basic abc", "Bearerabc", "Bearer", "Bearer ", "abc", "Token abc", "DPoP abc", ""])(
    "%j is no bearer token",
    (header) => {
      expect(reasonOf(bearer(header))).toBe("bearer_scheme");
    },
  );

  test.each([
    "Bearer a b",
    "Bearer abc, Bearer def",
    "Bearer abc,def",
    'Bearer "abc"',
    "Bearer a=b",
    "Bearer =",
    "Bearer a%20b",
    "Bearer a\tb",
    "Bearer Zoë",
    "Bearer Bearer abc",
    "Bearer {}",
  ])("%j is malformed", (header) => {
    expect(reasonOf(bearer(header))).toBe("bearer_malformed");
  });

  test.each(["?access_token=abc", "?access_token=", "?x=1&access_token", "?%61ccess_token=abc"])(
    "a token in the query (%s) is refused, whatever else is there",
    (query) => {
      expect(reasonOf(readBearer(request({}, `/${query}`)))).toBe("bearer_malformed");
      expect(reasonOf(readBearer(request({ authorization: "Bearer abc" }, `/${query}`)))).toBe(
        "bearer_malformed",
      );
    },
  );

  test("other parameters are no token", () => {
    expect(accepted(readBearer(request({ authorization: "Bearer abc" }, "/?token=x&Access_Token=y")))).toBe(
      "abc",
    );
  });
});

describe("checkSameSite", () => {
  test.each<[string, Record<string, string>, boolean]>([
    ["neither header: a client that is no browser", {}, true],
    ["same-origin", { "sec-fetch-site": "same-origin" }, true],
    ["none: typed or bookmarked", { "sec-fetch-site": "none" }, true],
    ["same-site", { "sec-fetch-site": "same-site" }, false],
    ["cross-site", { "sec-fetch-site": "cross-site" }, false],
    ["an unknown word", { "sec-fetch-site": "x" }, false],
    ["an empty word", { "sec-fetch-site": "" }, false],
    ["cross-site with our origin", { "sec-fetch-site": "cross-site", origin: ORIGIN }, false],
    [
      "same-origin with another origin",
      { "sec-fetch-site": "same-origin", origin: "https://evil.example" },
      true,
    ],
    ["our origin", { origin: ORIGIN }, true],
    ["null", { origin: "null" }, false],
    ["another origin", { origin: "https://evil.example" }, false],
    ["our host over http", { origin: "http://idp.example" }, false],
    ["our host at another port", { origin: "https://idp.example:8443" }, false],
    ["a host that begins alike", { origin: "https://idp.example.evil.example" }, false],
    ["our origin with a slash", { origin: `${ORIGIN}/` }, false],
    ["our origin in capitals", { origin: "https://IDP.example" }, false],
    ["an empty origin", { origin: "" }, false],
  ])("%s", (_, headers, passes) => {
    expect(reasonOf(checkSameSite(request(headers), ORIGIN))).toBe(passes ? "accepted" : "cross_site_form");
  });
});

describe("readBody", () => {
  /** chunks on demand, counting what is taken */
  const stream = (chunks: number, bytes: number) => {
    const taken = { chunks: 0, cancelled: false };
    const body = new ReadableStream({
      type: "bytes",
      pull: (controller) => {
        if (taken.chunks++ >= chunks) {
          controller.close();
          return void controller.byobRequest?.respond(0); // or who waits for bytes waits on
        }
        controller.enqueue(new Uint8Array(bytes).fill(0x61));
      },
      cancel: () => {
        taken.cancelled = true;
      },
    });
    return { taken, body };
  };

  test("64 KiB", () => {
    expect(MAX_BODY_BYTES).toBe(65_536);
  });

  test("nothing is an empty text", async () => {
    expect(accepted(await readBody(request({}, "/", { method: "POST" })))).toBe("");
  });

  test("to the last byte and not one more", async () => {
    expect(accepted(await readBody(post("a".repeat(65_536))))).toHaveLength(65_536);
    expect(reasonOf(await readBody(post("a".repeat(65_537))))).toBe("content_too_large");
  });

  test("as its length says", async () => {
    const headers = { "content-length": "65536" };
    expect(accepted(await readBody(post("a".repeat(65_536), headers)))).toHaveLength(65_536);
  });

  test("bytes count, not letters", async () => {
    expect(accepted(await readBody(post("é".repeat(32_768))))).toHaveLength(32_768);
    expect(reasonOf(await readBody(post(`${"é".repeat(32_768)}a`)))).toBe("content_too_large");
  });

  test("a length that says too much is believed at once", async () => {
    const { body, taken } = stream(1, 1);
    expect(reasonOf(await readBody(post(body, { "content-length": "65537" })))).toBe("content_too_large");
    expect(taken.chunks).toBeLessThanOrEqual(1);
  });

  test.each([
    ["says too little", { "content-length": "5" }],
    ["is absent", {}],
    ["is no number", { "content-length": "many" }],
    ["is negative", { "content-length": "-1" }],
  ])("a length that %s does not help", async (_, headers) => {
    const { body, taken } = stream(1000, 16_384);
    expect(reasonOf(await readBody(post(body, headers as Record<string, string>)))).toBe("content_too_large");
    expect(taken.cancelled).toBe(true);
    expect(taken.chunks).toBeLessThan(10);
  });

  test("longer than it says is too long, however short", async () => {
    const headers = { "content-length": "5" };
    expect(reasonOf(await readBody(post(stream(1, 10).body, headers)))).toBe("content_too_large");
    expect(accepted(await readBody(post(stream(1, 5).body, headers)))).toBe("aaaaa");
  });

  test("one that breaks off is none, whatever came", async () => {
    const pull = (controller: ReadableByteStreamController, taken: number) =>
      taken === 0 ? controller.enqueue(new Uint8Array(5).fill(0x61)) : controller.error(new Error("gone"));
    let taken = 0;
    const body = new ReadableStream({
      type: "bytes",
      pull: (controller) => pull(controller, taken++),
    });
    expect(reasonOf(await readBody(post(body)))).toBe("form_malformed");
  });

  test.each([1, 8, 9, 16, 17, 40, 65])("%i times a thousand bytes", async (chunks) => {
    expect(accepted(await readBody(post(stream(chunks, 1000).body)))).toBe("a".repeat(chunks * 1000));
  });

  test("room is made for what comes, not for what is announced", async () => {
    const rooms: number[] = [];
    const { readAtLeast } = ReadableStreamBYOBReader.prototype;
    ReadableStreamBYOBReader.prototype.readAtLeast = function (this: ReadableStreamBYOBReader, least, view) {
      rooms.push(view.byteLength);
      return readAtLeast.call(this, least, view) as ReturnType<typeof this.readAtLeast<typeof view>>;
    };
    try {
      await readBody(post(stream(40, 1000).body, { "content-length": "65536" }));
      await readBody(post(stream(7, 1000).body, { "content-length": "7000" }));
    } finally {
      ReadableStreamBYOBReader.prototype.readAtLeast = readAtLeast;
    }
    expect(rooms).toEqual([8192, 8192, 16_384, 32_768, 7001]);
  });

  test("chunks come together in order", async () => {
    const body = new ReadableStream({
      type: "bytes",
      start: (controller) => {
        for (const byte of new TextEncoder().encode("Zoë 🚚")) controller.enqueue(Uint8Array.of(byte));
        controller.close();
      },
    });
    expect(accepted(await readBody(post(body)))).toBe("Zoë 🚚");
  });

  test("bytes that are no UTF-8", async () => {
    expect(reasonOf(await readBody(post(Uint8Array.of(0x61, 0xff))))).toBe("form_malformed");
  });
});

describe("readForm", () => {
  test.each([FORM, `${FORM}; charset=utf-8`, `${FORM};charset=UTF-8`, FORM.toUpperCase(), ` ${FORM} `])(
    "as %j",
    async (type) => {
      expect([...accepted(await readForm(post("a=1&b=2", { "content-type": type })))]).toEqual([
        ["a", "1"],
        ["b", "2"],
      ]);
    },
  );

  test.each([
    "application/json",
    "text/plain",
    "multipart/form-data; boundary=x",
    "",
    `${FORM}x`,
    `${FORM}, text/plain`,
    `text/plain; ${FORM}`,
  ])("not as %j", async (type) => {
    expect(reasonOf(await readForm(post("a=1", { "content-type": type })))).toBe("unsupported_media_type");
  });

  test.each([
    ["parameter_repeated", "a=1&a=2"],
    ["form_malformed", "a=%zz"],
    ["content_too_large", "a".repeat(65_537)],
  ])("%s", async (reason, body) => {
    expect(reasonOf(await readForm(post(body)))).toBe(reason);
  });
});

test("mediaType", () => {
  expect(mediaType(request({}))).toBe("");
  expect(mediaType(request({ "content-type": "Application/JSON ; charset=utf-8" }))).toBe("application/json");
});

test.each<[string, Record<string, string> | string]>([
  ["/", {}],
  ["/?", {}],
  ["/?a=1&b=x+y%20z", { a: "1", b: "x y z" }],
  ["/?a=1#b=2", { a: "1" }],
  ["/?a=1&a=2", "parameter_repeated"],
  ["/?a=%zz", "form_malformed"],
])("readQuery of %s", (path, expected) => {
  const result = readQuery(request({}, path));
  expect(result.ok ? Object.fromEntries(result.value) : reasonOf(result)).toEqual(expected);
});
