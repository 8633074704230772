/**
 * The floor under each endpoint: a Worker that makes the same signatures and the same calls of Durable Objects, with the
 * same reads, writes and alarms in them, and nothing else. No parsing, no trust, no answer worth reading; D1 in one route that
 * says so. Beside that it times what chains cost (`chains`).
 */
import { DurableObject } from "cloudflare:workers";
import { Hono } from "hono";
import { findHuman } from "../../src/directory/human.ts";
import type { GrantRecord } from "../../src/protocol/grant.ts";
import { type Entitlement, entitlementOf, type Redemption } from "../../src/protocol/redemption.ts";
import type { IssuedIdToken } from "../../src/protocol/session.ts";
import { runChains } from "./chains.ts";

interface Env {
  readonly OBJECTS: DurableObjectNamespace<Floor>;
  readonly DIRECTORY: D1Database;
  /** one who is in it, and for whom */
  readonly HUMAN: string;
  readonly ORGANISATION: string;
  /** PKCS#8, base64 */
  readonly KEY: string;
}

// What the IdP stores, sends and answers, in the same shape: to pack and unpack it is part of a write and of a call.
const SP = "did:ishare:EU.NL.NTRNL-10000020";
const ORGANISATION = "did:ishare:EU.NL.NTRNL-10000030";
const HASH = "0123456789abcdef".repeat(4);
const UUID = "01234567-89ab-cdef-0123-456789abcdef";
const LATER = 1_900_000_000;
/** as `authorize` opens it */
const OPENED: GrantRecord = {
  request: {
    clientId: SP,
    scopes: ["openid", "iSHARE", "name", "email", "company"],
    redirectUri: "https://sp1.example/return?x=1",
    state: "state-1",
    nonce: "nonce-1",
    prompt: [],
    languages: [],
    responseMode: "query",
  },
  party: { id: SP, name: "First & Sons" },
  expiresAt: LATER,
  browser: { hash: HASH, arrival: true },
  challenge: HASH.slice(0, 43),
};
const RECORD: GrantRecord = {
  ...OPENED,
  authentication: { humanId: UUID, authTime: LATER, level: "low", amr: ["pwd"], sessionId: HASH },
  organisation: { id: ORGANISATION, name: "Example Shipping" },
  membership: ORGANISATION,
  consented: true,
  finished: true,
  code: { hash: HASH, expiresAt: LATER, subject: UUID, redeemed: true },
  token: { hash: HASH, expiresAt: LATER, clientId: SP, revoked: false },
};
const ENTITLEMENT = entitlementOf(RECORD);
const ATTEMPT: Redemption = {
  ...{ codeHash: HASH, partyId: SP, clientId: SP, redirectUri: RECORD.request.redirectUri },
  token: { hash: HASH, expiresAt: LATER },
};
const ID_TOKEN: IssuedIdToken = { aud: SP, jti: UUID, partyId: SP, origin: "https://sp1.example" };
/** Longer than any run. */
const IN_A_WHILE = 6 * 3_600_000;

export class Floor extends DurableObject {
  #isPlanned = false;
  /** as `ReplayMarks.mark` */
  async mark(jti: string): Promise<boolean> {
    const { kv } = this.ctx.storage;
    if (kv.get(jti) !== undefined) return false;
    kv.put(jti, 1);
    if (!this.#isPlanned && (await this.ctx.storage.getAlarm()) === null)
      await this.ctx.storage.setAlarm(Date.now() + IN_A_WHILE);
    this.#isPlanned = true;
    return true;
  }
  /** as `Grant.open` */
  async open(record: GrantRecord): Promise<void> {
    this.ctx.storage.kv.put("record", record);
    await this.ctx.storage.setAlarm(Date.now() + IN_A_WHILE);
  }
  /** as it would be with many grants in one object: docs/decisions/0013 */
  async openOne(id: string, record: GrantRecord): Promise<void> {
    this.ctx.storage.kv.put(id, record);
    if ((await this.ctx.storage.getAlarm()) === null)
      await this.ctx.storage.setAlarm(Date.now() + IN_A_WHILE);
  }
  /** as `Grant.redeem` */
  async redeem({ token }: Redemption): Promise<Entitlement> {
    const record = this.#load();
    this.ctx.storage.kv.put("record", { ...record, token: { ...token, clientId: SP, revoked: false } });
    await this.ctx.storage.setAlarm(Date.now() + IN_A_WHILE);
    return ENTITLEMENT;
  }
  /** as `Grant.access` */
  async read(): Promise<Entitlement> {
    this.#load();
    return ENTITLEMENT;
  }
  #load(): GrantRecord {
    const record = this.ctx.storage.kv.get<GrantRecord>("record");
    if (record === undefined) throw new Error("the floor's grant is gone");
    return record;
  }
  /** as `Session.issue` */
  async issue(idToken: IssuedIdToken): Promise<void> {
    const { kv } = this.ctx.storage;
    const issued = kv.get<number>("issued") ?? 0;
    kv.put(`id_token:${issued % 50}`, idToken);
    kv.put("issued", issued + 1);
  }
  override async alarm(): Promise<void> {
    await this.ctx.storage.deleteAll();
  }
}

const ALGORITHM = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
/** As long as an id_token with its chain. */
const TEXT = new TextEncoder().encode("x".repeat(6700));
let key: Promise<CryptoKey> | undefined;

async function sign({ KEY }: Env): Promise<string> {
  key ??= crypto.subtle.importKey(
    "pkcs8",
    Uint8Array.from(atob(KEY), (letter) => letter.charCodeAt(0)),
    ALGORITHM,
    false,
    ["sign"],
  );
  const signature = await crypto.subtle.sign(ALGORITHM, await key, TEXT);
  return btoa(String.fromCharCode(...new Uint8Array(signature)));
}

const OAEP = { name: "RSA-OAEP", hash: "SHA-256" };
let sealed: Promise<{ key: CryptoKey; ciphertext: ArrayBuffer }> | undefined;

/** One private operation, as an encrypted request takes. */
async function open({ KEY }: Env): Promise<void> {
  sealed ??= seal(Uint8Array.from(atob(KEY), (letter) => letter.charCodeAt(0)));
  const { key, ciphertext } = await sealed;
  await crypto.subtle.decrypt(OAEP, key, ciphertext);
}

let once: Promise<{ publicKey: CryptoKey; signature: ArrayBuffer }> | undefined;
const signed = ({ KEY }: Env) =>
  (once ??= (async () => {
    const pkcs8 = Uint8Array.from(atob(KEY), (letter) => letter.charCodeAt(0));
    const key = await crypto.subtle.importKey("pkcs8", pkcs8, ALGORITHM, true, ["sign"]);
    const { kty, n, e } = (await crypto.subtle.exportKey("jwk", key)) as JsonWebKey;
    const jwk = { kty, n, e } as JsonWebKey;
    return {
      publicKey: await crypto.subtle.importKey("jwk", jwk, ALGORITHM, false, ["verify"]),
      signature: await crypto.subtle.sign(ALGORITHM, key, TEXT),
    };
  })());

async function seal(pkcs8: Uint8Array<ArrayBuffer>) {
  const key = await crypto.subtle.importKey("pkcs8", pkcs8, OAEP, true, ["decrypt"]);
  const { kty, n, e } = (await crypto.subtle.exportKey("jwk", key)) as JsonWebKey;
  const jwk = { kty, n, e } as JsonWebKey;
  const publicKey = await crypto.subtle.importKey("jwk", jwk, OAEP, false, ["encrypt"]);
  return { key, ciphertext: await crypto.subtle.encrypt(OAEP, publicKey, new Uint8Array(32)) };
}

const app = new Hono<{ Bindings: Env }>();
app.get("/bare", (c) => c.text("ok"));
app.get("/sign", async (c) => c.text(await sign(c.env)));
app.get("/sign-write", async ({ env, req, text }) => {
  await marks(env, req.query("jti")).mark(req.query("jti") ?? "");
  return text(await sign(env));
});
app.get("/authorize", async ({ env, req, text }) => {
  if (req.query("encrypted") !== undefined) await open(env);
  await marks(env, req.query("jti")).mark(req.query("jti") ?? "");
  const id = env.OBJECTS.newUniqueId();
  await env.OBJECTS.get(id).open(OPENED);
  return text(id.toString());
});
app.get("/authorize-sharded", async ({ env, req, text }) => {
  const jti = req.query("jti") ?? "";
  await marks(env, jti).mark(jti);
  const shard = env.OBJECTS.idFromName(`shard ${Number.parseInt(jti.slice(0, 2), 16) % 64}`);
  await env.OBJECTS.get(shard).openOne(jti, OPENED);
  return text(jti);
});
/** Opens what the next two take, and wakes what they will call, as the sign-in before a token does. */
app.get("/finished", async ({ env, req, text }) => {
  await marks(env, req.query("jti")).mark(req.query("jti") ?? "");
  const id = env.OBJECTS.newUniqueId();
  await env.OBJECTS.get(id).open(RECORD);
  await session(env, req.query("session")).issue(ID_TOKEN);
  return text(id.toString());
});
app.get("/token-code", async ({ env, req, text }) => {
  await marks(env, req.query("jti")).mark(req.query("jti") ?? "");
  await grant(env, req.query("id")).redeem(ATTEMPT);
  await session(env, req.query("session")).issue(ID_TOKEN);
  return text(await sign(env));
});
app.get("/token-client", async ({ env, req, text }) => {
  await marks(env, req.query("jti")).mark(req.query("jti") ?? "");
  return text("ok");
});
/** Reads what a client sends, and verifies one signature: no token can be given without. */
app.post("/token-client", async ({ env, req, text }) => {
  await req.text();
  const { publicKey, signature } = await signed(env);
  await crypto.subtle.verify(ALGORITHM, publicKey, signature, TEXT);
  await marks(env, req.query("jti")).mark(req.query("jti") ?? "");
  return text("ok");
});
app.get("/userinfo", async ({ env, req, text }) => {
  await grant(env, req.query("id")).read();
  if (req.query("directory") !== undefined) {
    const found = await findHuman(env.DIRECTORY, env.HUMAN, 1, env.ORGANISATION);
    if (found === undefined) throw new Error("the floor's human is gone");
  }
  return text(await sign(env));
});
app.get("/signatures/:times", async ({ env, req, text }) => {
  for (let time = 0; time < Number(req.param("times")); time++) await sign(env);
  return text("ok");
});
app.post("/chains/:kind/:times", async ({ req, text }) => {
  await runChains(req.param("kind"), Number(req.param("times")), await req.json<string[]>());
  return text("ok");
});
export default app;

/** Sixteen objects, as for the marks of one country. */
const marks = (env: Env, jti = "") =>
  env.OBJECTS.get(env.OBJECTS.idFromName(`marks ${Number.parseInt(jti.slice(-1), 16) % 16}`));
const session = (env: Env, name = "") => env.OBJECTS.get(env.OBJECTS.idFromName(`session ${name}`));
const grant = (env: Env, id = "") => env.OBJECTS.get(env.OBJECTS.idFromString(id));
