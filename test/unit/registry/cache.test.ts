/** When the registry is asked and when not, and what an outage does. */

import { beforeEach, describe, expect, test } from "vitest";
import { PARTIES_REMEMBERED } from "../../../src/protocol/remember.ts";
import { Scene, START } from "./fakes.ts";

let scene: Scene;
beforeEach(() => {
  scene = new Scene();
});

const KEY = "party:x";
const inKv = (it: object) => scene.kv.stored.set(KEY, JSON.stringify(it));
/** the value got, and how often the registry was asked for it */
const ask = async () => {
  const before = scene.fetches;
  const value = await scene.get();
  return [value, scene.fetches - before];
};

describe("ages (fresh 300 s, stale 3600 s)", () => {
  beforeEach(async () => {
    expect(await ask()).toEqual(["first", 1]);
    scene.says = { value: "second" };
  });

  test.each([0, 1, 199])("%i s old: from memory", async (age) => {
    scene.now = START + age;
    expect(await ask()).toEqual(["first", 0]);
  });

  test.each([200, 299])("%i s old: at once, and refreshed in the background", async (age) => {
    scene.now = START + age;
    expect(await ask()).toEqual(["first", 1]);
    expect(await ask()).toEqual(["second", 0]);
  });

  test.each([300, 3600, 86_400])("%i s old: looked up before answering", async (age) => {
    scene.now = START + age;
    expect(await ask()).toEqual(["second", 1]);
    expect(await ask()).toEqual(["second", 0]);
  });

  test("many at once make one background refresh", async () => {
    scene.now = START + 250;
    const results = await Promise.all(Array.from({ length: 20 }, () => scene.cache.get(scene.entry())));
    await scene.settle();
    expect(results.every((it) => it.ok && it.value.value === "first")).toBe(true);
    expect(scene.fetches).toBe(2);
  });

  test("a background refresh that fails harms nobody, and is tried again", async () => {
    scene.says = "registry_unreachable";
    scene.now = START + 200;
    expect(await ask()).toEqual(["first", 1]);
    scene.now = START + 260;
    scene.says = { value: "second" };
    expect(await ask()).toEqual(["first", 1]);
    expect(await ask()).toEqual(["second", 0]);
  });

  test("says when it was asked for just now", async () => {
    const justAsked = async () => {
      const current = await scene.cache.get(scene.entry());
      return current.ok && current.value.justAsked;
    };
    expect(await justAsked()).toBe(false);
    scene.now = START + 300;
    expect(await justAsked()).toBe(true);
    expect(await justAsked()).toBe(false);
  });
});

describe("age counts from the signature, not from arrival", () => {
  test("an answer signed a while ago is that old", async () => {
    inKv({ value: "stored", issuedAt: START - 250 });
    scene.says = { value: "new" };
    expect(await ask()).toEqual(["stored", 1]); // in the background
    expect(await ask()).toEqual(["new", 0]);
  });

  test("an answer dated ahead is new, not younger than new", async () => {
    scene.says = { value: "first", issuedAt: START + 10 };
    expect(await ask()).toEqual(["first", 1]);
    scene.now = START + 210;
    scene.says = { value: "second" };
    expect(await ask()).toEqual(["first", 1]);
  });

  test("an answer that comes expired is none", async () => {
    scene.says = { value: "old", issuedAt: START - 41 };
    expect(await ask()).toEqual(["registry_unavailable", 1]);
    expect(scene.kv.stored.size).toBe(0);
  });
});

describe("an outage", () => {
  const outages = [
    "registry_unreachable",
    "registry_status",
    "registry_answer_malformed",
    "registry_signer",
  ] as const;

  test.each(outages)("%s: the old answer is used up to stale, then it is 503", async (reason) => {
    await ask();
    scene.says = reason;
    for (const age of [300, 1000, 3600]) {
      scene.now = START + age;
      expect(await ask()).toEqual(["first", 1]);
    }
    scene.now = START + 3601;
    expect(await ask()).toEqual(["registry_unavailable", 1]);
  });

  test("says in the log that an old answer is used, and names the cause when it is not", async () => {
    scene.says = "registry_unreachable";
    const refused = await scene.cache.get(scene.entry());
    expect(refused).toMatchObject({ ok: false, failure: { data: { cause: "registry_unreachable" } } });
    expect(scene.warnings).toEqual(["registry_look_up_failed"]);
  });

  test("with nothing held it is 503 at once, and the next one asks again", async () => {
    scene.says = "registry_unreachable";
    expect(await ask()).toEqual(["registry_unavailable", 1]);
    scene.says = { value: "back" };
    expect(await ask()).toEqual(["back", 1]);
  });
});

describe("TRUST_FRESH_SECONDS=0 asks every time", () => {
  beforeEach(() => {
    scene = new Scene({ fresh: 0, stale: 3600 });
  });

  test("and takes what it is told", async () => {
    for (const value of ["first", "second", "third"]) {
      scene.says = { value };
      expect(await ask()).toEqual([value, 1]);
    }
  });

  test("in another isolate too", async () => {
    await ask();
    scene.restart();
    scene.says = { value: "second" };
    expect(await ask()).toEqual(["second", 1]);
  });

  test("an outage is bridged as ever", async () => {
    await ask();
    scene.says = "registry_unreachable";
    expect(await ask()).toEqual(["first", 1]);
    scene.now = START + 3601;
    expect(await ask()).toEqual(["registry_unavailable", 1]);
  });

  test("TRUST_STALE_SECONDS=0 bridges nothing", async () => {
    scene = new Scene({ fresh: 0, stale: 0 });
    await ask();
    scene.now = START + 1;
    scene.says = "registry_unreachable";
    expect(await ask()).toEqual(["registry_unavailable", 1]);
  });
});

describe("a party that the registry does not know", () => {
  test.each(["unknown", "maybe unknown"] as const)("%s: is not asked for again for 60 s", async (says) => {
    scene.says = says;
    expect(await ask()).toEqual(["party_unknown", 1]);
    scene.now = START + 59;
    expect(await ask()).toEqual(["party_unknown", 0]);
    scene.now = START + 60;
    scene.says = { value: "registered" };
    expect(await ask()).toEqual(["registered", 1]);
  });

  test("by any isolate", async () => {
    scene.says = "unknown";
    await ask();
    scene.restart();
    expect(await ask()).toEqual(["party_unknown", 0]);
  });

  test("is remembered by its own key", async () => {
    scene.says = "unknown";
    await ask();
    scene.says = { value: "another" };
    expect(await scene.get("party:y")).toBe("another");
  });

  test("any more: what is held is dropped, here and in KV", async () => {
    await ask();
    scene.now = START + 300;
    scene.says = "unknown";
    expect(await ask()).toEqual(["party_unknown", 1]);
    expect(scene.kv.stored.has(KEY)).toBe(false);
    expect(scene.memory.answers.has(KEY)).toBe(false);
  });

  test("in words that may be an error: what is held goes on up to stale", async () => {
    await ask();
    scene.says = "maybe unknown";
    scene.now = START + 3600;
    expect(await ask()).toEqual(["first", 1]);
    scene.now = START + 3601;
    expect(await ask()).toEqual(["party_unknown", 1]);
  });

  test("an answer about somebody else vouches for nobody and is kept nowhere", async () => {
    scene.says = { value: "evil", about: "other" } as { value: string };
    expect(await ask()).toEqual(["party_unknown", 1]);
    expect(scene.kv.stored.size).toBe(0);
    expect(scene.memory.answers.size).toBe(0);
  });
});

describe("provoke", () => {
  test("asks once per 60 s, whoever wants it", async () => {
    await ask();
    scene.says = { value: "second" };
    scene.now = START + 10;
    expect(await scene.provoke()).toBe("second");
    for (const seconds of [10, 30, 69]) {
      scene.now = START + seconds;
      expect(await scene.provoke()).toBeUndefined();
    }
    scene.now = START + 70;
    scene.says = { value: "third" };
    expect(await scene.provoke()).toBe("third");
    expect(scene.fetches).toBe(3);
    scene.now = START + 129;
    scene.restart();
    expect(await scene.provoke()).toBeUndefined();
    expect(scene.fetches).toBe(3);
  });

  test("many at once make one look-up", async () => {
    await ask();
    scene.now = START + 10;
    await Promise.all(Array.from({ length: 50 }, () => scene.cache.provoke(scene.entry())));
    expect(scene.fetches).toBe(2);
  });

  test("what it brings is held from then on", async () => {
    await ask();
    scene.now = START + 10;
    scene.says = { value: "second" };
    await scene.provoke();
    expect(await ask()).toEqual(["second", 0]);
  });

  test("one that fails leaves what is held", async () => {
    await ask();
    scene.now = START + 10;
    scene.says = "registry_unreachable";
    expect(await scene.provoke()).toBe("first");
    expect(await ask()).toEqual(["first", 0]);
  });
});

describe("held: what is at hand, without asking", () => {
  const held = () => scene.cache.held(scene.entry());

  test("nothing", async () => {
    expect(await held()).toBeUndefined();
    expect(scene.fetches).toBe(0);
  });

  test("from memory or from KV, fresh or old, but not past stale", async () => {
    await ask();
    for (const age of [0, 250, 300, 3600]) {
      scene.now = START + age;
      expect(await held()).toBe("first");
      scene.restart();
    }
    scene.now = START + 3601;
    expect(await held()).toBeUndefined();
    expect(scene.fetches).toBe(1);
  });

  test("as long as fresh, where that is longer", async () => {
    scene = new Scene({ fresh: 300, stale: 0 });
    await ask();
    scene.now = START + 300;
    expect(await held()).toBe("first");
    scene.now = START + 301;
    expect(await held()).toBeUndefined();
  });

  test("not what the registry disowned", async () => {
    await ask();
    scene.kv.broken.add("delete");
    scene.says = "unknown";
    scene.now = START + 300;
    await ask();
    expect(await held()).toBeUndefined();
  });
});

test("of two answers of one second the later counts", async () => {
  await ask();
  scene.says = { value: "second" };
  expect(await scene.provoke()).toBe("second");
  expect(await ask()).toEqual(["second", 0]);
});

test("memory is bounded: the entry longest in goes first", async () => {
  for (let at = 0; at <= PARTIES_REMEMBERED; at++) await scene.get(`party:${at}`);
  expect(scene.memory.answers.size).toBe(PARTIES_REMEMBERED);
  expect(scene.memory.answers.has("party:0")).toBe(false);
  expect(scene.memory.answers.has(`party:${PARTIES_REMEMBERED}`)).toBe(true);
  scene.says = "unknown";
  for (let at = 0; at <= PARTIES_REMEMBERED; at++) await scene.get(`stranger:${at}`);
  expect(scene.memory.unknown.size).toBe(PARTIES_REMEMBERED);
});
