/** Revoked certificates: what each setting does, who is asked and how often, and what is kept (RFC 5280 §5, RFC 6960). */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  caExtensions,
  createPki,
  fingerprintOf,
  generateKeys,
  keyIdentifiers,
  mint,
  mintCa,
  mintLeaf,
} from "../support/pki.ts";
import {
  AN_HOUR,
  ago,
  asked,
  createFakeAuthority,
  createOcsp,
  evidenceAt,
  type FakeAuthority,
  isAbout,
  revoke,
  serialOf,
  UNKNOWN,
} from "../support/revocation.ts";
import { type Instance, later, startWorker } from "../support/worker.ts";
import { machineForm, type Sp } from "../support/world.ts";

const OCSP = "http://ca.example/ocsp";
const CRL = "http://ca.example/crl";
const MINUTE = 60;

let idp: Instance;
let ca: FakeAuthority;
let sp: Sp;
let isolates = 0;

/** The issuing CA is the anchor, so that there is one certificate to ask about; the registry's own is asked about too. */
beforeEach(async () => {
  const started = await startWorker();
  const { pki, registry } = started.world;
  const anchor = await fingerprintOf(pki.issuing);
  registry.trustedList = [{ fingerprint: anchor, validity: "valid", status: "granted" }];
  registry.signer = await mintLeaf(pki, "NTRNL-10000000", { more: evidenceAt({ ocsp: OCSP }) });
  idp = started.with({ REGISTRY_ROOT_FINGERPRINTS: anchor, PARTY_NAME: `Isolate ${++isolates}` });
  ca = createFakeAuthority(pki.issuing);
  const others = globalThis.fetch;
  vi.stubGlobal("fetch", (input: RequestInfo, init?: RequestInit) => {
    const request = new Request(input, init);
    if (request.url.startsWith("http://ca.example/")) return obeying(request, init?.signal);
    return others(input, init);
  });
  sp = await enrol(evidenceAt({ ocsp: OCSP, crl: CRL }));
});
afterEach(() => {
  vi.useRealTimers();
});

/** As the platform's own fetch: it ends when the signal says so. */
function obeying(request: Request, signal: AbortSignal | null | undefined): Promise<Response> {
  return new Promise((resolve, reject) => {
    signal?.addEventListener("abort", () => reject(signal.reason));
    ca.handle(request).then(resolve, reject);
  });
}

/** The SP under a new certificate. */
async function enrol(more: ReturnType<typeof evidenceAt>): Promise<Sp> {
  const { pki, registry, sp: known } = idp.world;
  const renewed = { ...known, leaf: await mintLeaf(pki, "NTRNL-10000020", { more }) };
  const record = registry.parties.find(({ id }) => id === known.id);
  if (record === undefined) throw new Error("the SP is registered");
  record.leaf = renewed.leaf;
  return renewed;
}

/** The same settings in another isolate: nothing in memory, the same KV and gates. */
const another = (settings = {}) => idp.with({ PARTY_NAME: `Isolate ${++isolates}`, ...settings });
async function token(at: Instance = idp, client: Sp = sp) {
  const response = await at.browser().post("/connect/token", await machineForm(client));
  const { error } = (await response.json()) as { error?: string };
  const refused = at.log().findLast(({ event }) => event === "refused");
  return { status: response.status, error, reason: refused?.reason };
}
const PASSES = { status: 200, error: undefined, reason: undefined };
const REVOKED = { status: 400, error: "invalid_client", reason: "certificate_revoked" };
const OUTAGE = { status: 503, error: "temporarily_unavailable", reason: "revocation_unavailable" };

/** A fault of the CA, but towards those who ask about the registry's certificate. */
function fail(fault: () => Response | Promise<Response>): void {
  ca.fault = (call) => (isAbout(call, idp.world.registry.signer) ? undefined : fault());
}
const answers500 = () => new Response(null, { status: 500 });

describe.each(["soft", "hard"])("REVOCATION=%s", (REVOCATION) => {
  const mode = () => another({ REVOCATION });

  test("good passes, and is not asked for again", async () => {
    const at = mode();
    expect(await token(at)).toEqual(PASSES);
    expect(await token(at)).toEqual(PASSES);
    expect(asked(ca, sp.leaf)).toBe(1);
  });

  test.each([
    ["revoked", 1],
    ["on hold", 6],
  ])("%s is refused at the first request, and at the next", async (_, reason) => {
    revoke(ca, sp.leaf, reason);
    const at = mode();
    expect(await token(at)).toEqual(REVOKED);
    expect(await token(at)).toEqual(REVOKED);
    expect(asked(ca, sp.leaf)).toBe(1);
  });

  test("from a list alone", async () => {
    sp = await enrol(evidenceAt({ crl: CRL }));
    expect(await token(mode())).toEqual(PASSES);
    expect(ca.calls).toContain("/crl");
    revoke(ca, sp.leaf);
    expect(await token(mode())).toEqual(PASSES); // the list of before, from KV
    await dropKept("crl");
    later(MINUTE + 1);
    expect(await token(mode())).toEqual(REVOKED);
  });

  const faults: readonly [string, () => Response | Promise<Response>][] = [
    ["is unreachable", () => Promise.reject(new TypeError("connection refused"))],
    ["answers 500", answers500],
    ["redirects", () => new Response(null, { status: 302, headers: { location: "http://ca.example/crl" } })],
    ["sends a page", () => new Response("<html>")],
    ["sends more than 1 MiB", () => new Response(new Uint8Array(1024 * 1024 + 1))],
    ["takes more than two seconds", () => new Promise<Response>(() => undefined)],
    ["says that it is busy", () => new Response(Uint8Array.of(0x30, 3, 0x0a, 1, 3))],
    ["does not know the certificate", async () => answerWith({ status: UNKNOWN })],
    [
      "sends what is over",
      async () => answerWith({ thisUpdate: ago(2 * AN_HOUR), nextUpdate: ago(AN_HOUR) }),
    ],
    ["answers about another", async () => answerWith({ serial: serialOf(idp.world.otherSp.leaf) })],
    ["is somebody else", async () => answerWith({ signedBy: idp.world.sp.leaf.keys })],
  ];
  const answerWith = async (options: Parameters<typeof createOcsp>[2]) =>
    new Response(await createOcsp(serialOf(sp.leaf), idp.world.pki.issuing, options));

  test.each(faults)("a CA that %s: soft passes, hard waits for better times", async (_, fault) => {
    sp = await enrol(evidenceAt({ ocsp: OCSP }));
    fail(fault);
    const at = mode();
    expect(await token(at)).toEqual(REVOCATION === "soft" ? PASSES : OUTAGE);
    expect(await token(at)).toEqual(REVOCATION === "soft" ? PASSES : OUTAGE);
    expect(asked(ca, sp.leaf)).toBe(1);
  });

  test("a certificate that names nowhere to ask: soft passes, hard does not", async () => {
    sp = await enrol([]);
    expect(await token(mode())).toEqual(REVOCATION === "soft" ? PASSES : OUTAGE);
  });

  test("of twenty at once one asks, and all have its answer", async () => {
    const at = mode();
    await token(at, idp.world.otherSp); // the registry's certificate is known from here on
    revoke(ca, sp.leaf);
    const answers = await Promise.all(Array.from({ length: 20 }, () => token(at)));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 400));
    expect(asked(ca, sp.leaf)).toBe(1);
  });
});

const kept = async (kind: "ocsp" | "crl") => {
  const { TRUST_CACHE } = idp.bindings as { TRUST_CACHE: KVNamespace };
  const { keys } = await TRUST_CACHE.list({ prefix: `revocation:${kind}:` });
  return { TRUST_CACHE, names: keys.map(({ name }) => name) };
};
async function dropKept(kind: "ocsp" | "crl"): Promise<void> {
  const { TRUST_CACHE, names } = await kept(kind);
  for (const name of names) await TRUST_CACHE.delete(name);
}

test("REVOCATION=off asks nobody", async () => {
  revoke(ca, sp.leaf);
  expect(await token(another({ REVOCATION: "off" }))).toEqual(PASSES);
  expect(ca.calls).toEqual([]);
});

test("soft is what is done when nothing is said", async () => {
  fail(answers500);
  const at = another();
  expect(await token(at)).toEqual(PASSES);
  revoke(ca, sp.leaf);
  ca.fault = undefined;
  later(MINUTE + 1);
  await token(at);
  expect(await token(at)).toEqual(REVOKED);
});

describe("what is kept", () => {
  test("serves other isolates until its end; then it is asked for again", async () => {
    expect(await token(another())).toEqual(PASSES);
    revoke(ca, sp.leaf);
    expect(await token(another())).toEqual(PASSES);
    expect(asked(ca, sp.leaf)).toBe(1);
    later(3600 + 11);
    expect(await token(another())).toEqual(REVOKED);
    expect(asked(ca, sp.leaf)).toBe(2);
  });

  test("revokes without asking, in an isolate that knows nothing yet", async () => {
    revoke(ca, sp.leaf);
    expect(await token(another())).toEqual(REVOKED);
    fail(answers500);
    expect(await token(another())).toEqual(REVOKED);
    expect(asked(ca, sp.leaf)).toBe(1);
  });

  test("and revokes beyond its end, while nobody says otherwise", async () => {
    revoke(ca, sp.leaf);
    expect(await token(another())).toEqual(REVOKED);
    ca.revoked.clear();
    fail(answers500);
    later(2 * 3600);
    const at = another();
    expect(await token(at)).toEqual(REVOKED);
    ca.fault = undefined; // a hold that was lifted
    later(2 * MINUTE);
    await token(at);
    expect(await token(at)).toEqual(PASSES);
  });

  test.each(["altered", "of another certificate", "not there", "nonsense"])(
    "%s in KV: is asked for again, and forges nothing",
    async (what) => {
      revoke(ca, sp.leaf);
      await token(another());
      const { TRUST_CACHE, names } = await kept("ocsp");
      expect(names).toHaveLength(2);
      const { pki, registry } = idp.world;
      for (const name of names) {
        const bytes = new Uint8Array((await TRUST_CACHE.get(name, "arrayBuffer")) ?? new ArrayBuffer());
        if (what === "altered")
          await TRUST_CACHE.put(
            name,
            bytes.map((byte, at) => (at === 60 ? byte ^ 1 : byte)),
          );
        if (what === "of another certificate")
          await TRUST_CACHE.put(name, await createOcsp(serialOf(idp.world.otherSp.leaf), pki.issuing));
        if (what === "not there") await TRUST_CACHE.delete(name);
        if (what === "nonsense") await TRUST_CACHE.put(name, "good");
      }
      later(MINUTE + 1);
      registry.calls.length = 0;
      expect(await token(another())).toEqual(REVOKED);
      expect(asked(ca, sp.leaf)).toBe(2);
    },
  );

  test("is renewed behind the answer from two thirds of its life on", async () => {
    const at = another();
    await token(at);
    later(40 * MINUTE + 1);
    revoke(ca, sp.leaf);
    expect(await token(at)).toEqual(PASSES);
    expect(asked(ca, sp.leaf)).toBe(2);
    expect(await token(at)).toEqual(REVOKED);
  });

  test("an earlier word does not undo a later one", async () => {
    revoke(ca, sp.leaf);
    const at = another();
    expect(await token(at)).toEqual(REVOKED);
    ca.revoked.clear();
    ca.ocsp = { thisUpdate: ago(AN_HOUR), nextUpdate: ago(-24 * AN_HOUR) };
    later(50 * MINUTE);
    await token(at);
    expect(asked(ca, sp.leaf)).toBe(2);
    expect(await token(at)).toEqual(REVOKED);
  });
});

describe("who is asked", () => {
  test("once a minute, whatever the number of isolates and requests; the list next, when the responder is silent", async () => {
    fail(answers500);
    const crowd = async () => {
      for (const at of [another(), another(), another()])
        await Promise.all(Array.from({ length: 5 }, () => token(at)));
      return [asked(ca, sp.leaf), ca.calls.filter((call) => call === "/crl").length];
    };
    expect(await crowd()).toEqual([1, 0]);
    later(MINUTE + 1);
    expect(await crowd()).toEqual([1, 1]);
    later(MINUTE + 1);
    expect(await crowd()).toEqual([2, 1]);
  });

  test("nobody, for a chain that reaches no anchor or a signature that does not hold", async () => {
    const foreign = await createPki("Foreign");
    const leaf = await mintLeaf(foreign, "NTRNL-10000020", { more: evidenceAt({ ocsp: OCSP, crl: CRL }) });
    const at = another();
    expect((await token(at, { ...sp, leaf })).reason).toBe("chain_not_anchored");
    const forged = { ...sp, leaf: { ...sp.leaf, keys: leaf.keys } };
    expect((await token(at, forged)).reason).toBe("jwt_signature");
    expect(asked(ca, leaf) + asked(ca, sp.leaf)).toBe(0);
  });

  test.each([
    "http://10.0.0.1/ocsp",
    "http://localhost/ocsp",
    "http://ca.internal/ocsp",
    "ldap://ca.example/cn=CA",
    "file:///crl",
  ])("not %s", async (uri) => {
    const reached: string[] = [];
    const others = globalThis.fetch;
    vi.stubGlobal("fetch", (input: RequestInfo, init?: RequestInit) => {
      reached.push(new Request(input).url);
      return others(input, init);
    });
    sp = await enrol(evidenceAt({ ocsp: uri, crl: uri }));
    expect(await token(another({ REVOCATION: "hard" }))).toEqual(OUTAGE);
    expect(reached.filter((url) => url.startsWith(uri))).toEqual([]);
  });
});

test("an intermediate that the anchor revoked takes its leaves with it", async () => {
  const { pki, registry } = idp.world;
  const keys = await generateKeys();
  const issuing = await mintCa(pki.sub, {
    ...{ subject: "CN=Told On CA, O=Test, C=NL", keys },
    extensions: [
      ...caExtensions(0),
      ...(await keyIdentifiers(keys, pki.sub.keys)),
      ...evidenceAt({ crl: CRL }),
    ],
  });
  const leaf = await mint(issuing, { subject: sp.leaf.subject });
  registry.trustedList = [
    { fingerprint: await fingerprintOf(pki.sub), validity: "valid", status: "granted" },
  ];
  const record = registry.parties.find(({ id }) => id === sp.id);
  if (record !== undefined) record.leaf = leaf;
  ca = createFakeAuthority(pki.sub);
  revoke(ca, issuing);
  expect(await token(another(), { ...sp, leaf })).toEqual(REVOKED);
  ca.revoked.clear();
  await dropKept("crl");
  later(MINUTE + 1);
  expect(await token(another(), { ...sp, leaf })).toEqual(PASSES);
});

test("the registry's own certificate, revoked: its answers count no more", async () => {
  revoke(ca, idp.world.registry.signer);
  const refused = await token(another());
  expect(refused).toMatchObject({ status: 503, reason: "registry_unavailable" });
});
