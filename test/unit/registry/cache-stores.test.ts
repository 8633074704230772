/** What the cache lives on: KV can forge nothing, and neither KV nor gates stop anything when they fail. */
import { beforeEach, describe, expect, test } from "vitest";
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

describe("KV holds the signed token for other isolates", () => {
  test("which verify it and ask nobody", async () => {
    await ask();
    expect(JSON.parse(scene.kv.stored.get(KEY) ?? "")).toMatchObject({ value: "first", issuedAt: START });
    expect(scene.kv.ttl.get(KEY)).toBe(3600);
    scene.restart();
    scene.now = START + 100;
    expect(await ask()).toEqual(["first", 0]);
  });

  test("for a minute at least, as KV wants", async () => {
    scene = new Scene({ fresh: 0, stale: 5 });
    await ask();
    expect(scene.kv.ttl.get(KEY)).toBe(60);
  });

  test("a newer one there replaces ours when ours gets old", async () => {
    await ask();
    scene.now = START + 250;
    inKv({ value: "newer", issuedAt: START + 240 });
    expect(await ask()).toEqual(["newer", 0]);
  });

  test("an older one there does not", async () => {
    await ask();
    scene.now = START + 299;
    inKv({ value: "older", issuedAt: START - 5 });
    scene.says = "registry_unreachable";
    expect((await ask())[0]).toBe("first");
    scene.now = START + 300;
    expect((await ask())[0]).toBe("first");
  });

  test("an old one there bridges an outage for a new isolate", async () => {
    inKv({ value: "old", issuedAt: START - 3600 });
    scene.says = "registry_unreachable";
    expect(await ask()).toEqual(["old", 1]);
    scene.now = START + 1;
    expect(await ask()).toEqual(["registry_unavailable", 1]);
  });
});

describe("a poisoned KV forges nothing", () => {
  test.each([
    ["a forged token", { value: "evil", issuedAt: START, forged: true }],
    ["a genuine token about somebody else", { value: "evil", issuedAt: START, about: "other" }],
  ])("%s causes a look-up", async (_, poison) => {
    inKv(poison);
    expect(await ask()).toEqual(["first", 1]);
    expect(scene.warnings).toEqual(["trust_cache_refused"]);
    expect(scene.kv.stored.get(KEY)).not.toContain("evil");
  });

  test("during an outage it is no answer either", async () => {
    inKv({ value: "evil", issuedAt: START, forged: true });
    scene.says = "registry_unreachable";
    expect(await ask()).toEqual(["registry_unavailable", 1]);
  });

  test("it does not displace what an isolate holds", async () => {
    await ask();
    inKv({ value: "evil", issuedAt: START + 250, forged: true });
    scene.now = START + 250;
    scene.says = "registry_unreachable";
    expect((await ask())[0]).toBe("first");
  });
});

describe("a KV that fails", () => {
  test("on reading: the registry is asked", async () => {
    scene.kv.broken.add("get");
    expect(await ask()).toEqual(["first", 1]);
    expect(scene.warnings).toContain("trust_cache_unreadable");
  });

  test("on writing: the answer counts all the same", async () => {
    scene.kv.broken.add("put");
    expect(await ask()).toEqual(["first", 1]);
    expect(await ask()).toEqual(["first", 0]);
    expect(scene.warnings).toEqual(["trust_cache_unwritable"]);
  });

  test("on deleting: unknown is unknown all the same", async () => {
    scene.kv.broken.add("delete");
    scene.says = "unknown";
    expect(await ask()).toEqual(["party_unknown", 1]);
  });
});

describe("gates that can't be reached", () => {
  beforeEach(() => {
    const broken = () => Promise.reject(new Error("no gate"));
    Object.assign(scene.gates, { admit: broken, markUnknown: broken, isUnknown: broken });
  });

  test("cost a look-up, nothing else", async () => {
    expect(await ask()).toEqual(["first", 1]);
    scene.now = START + 250;
    scene.says = { value: "second" };
    expect(await ask()).toEqual(["first", 1]);
    expect(await scene.provoke()).toBe("second");
  });

  test("and each isolate still remembers what is unknown", async () => {
    scene.says = "unknown";
    expect(await ask()).toEqual(["party_unknown", 1]);
    expect(await ask()).toEqual(["party_unknown", 0]);
  });
});
