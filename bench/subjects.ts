/**
 * What is measured: each endpoint of the IdP, the floor under it, and the peer. Owns how many requests of which kind make
 * a round; every body is unique and signed just before its round, since assertions live for thirty seconds.
 */

import { decodePayload, frame, signJwt } from "../test/support/jwt.ts";
import { authorizeForm, codeForm, machineForm } from "../test/support/world.ts";
import { get, type Prepared, post, type Task } from "./client.ts";
import { range } from "./figures.ts";
import { type Browser, signInAs, startHumans } from "./humans.ts";
import type { Servers } from "./servers.ts";

export interface Subject {
  readonly name: string;
  readonly server: keyof Servers["clients"];
  /** the subject that this one is held against, and the least share of it that it should reach */
  readonly floor?: { readonly name: string; readonly least: number };
  /** requests in a round, and how many at once */
  readonly count: number;
  readonly parallel: number;
  prepare(count: number): Promise<readonly Task[]>;
}

const PARALLEL = 16;
const jti = () => crypto.randomUUID();
/** So many at a time, for what is prepared against the running IdP. */
async function each<T>(count: number, make: (at: number) => Promise<T>): Promise<T[]> {
  const made: T[] = [];
  for (let at = 0; at < count; at += 8)
    made.push(...(await Promise.all(range(Math.min(8, count - at)).map((next) => make(at + next)))));
  return made;
}

export async function createSubjects({ idp, clients }: Servers): Promise<readonly Subject[]> {
  const { sp, idp: self } = idp.world;
  const humans = await startHumans(idp);
  const human = (at: number): Browser => humans[at % humans.length] as Browser;
  const tokens = await each(humans.length, async (at) => {
    const form = await codeForm(sp, await signInAs(human(at), sp));
    return (JSON.parse(await clients.idp.fetch(post("/connect/token", form))) as { access_token: string })
      .access_token;
  });
  const openFloorGrants = (count: number) =>
    each(count, (at) => clients.floor.fetch(get(`/finished?jti=${jti()}&session=${at % humans.length}`)));
  const floorGrants = await openFloorGrants(humans.length);
  const floorGrant = (at: number) => floorGrants[at % floorGrants.length];
  const floor = (name: string, path: (at: number) => string, count = 800): Subject => ({
    name,
    server: "floor",
    count,
    parallel: PARALLEL,
    prepare: async (asked) => range(asked).map((at) => get(path(at))),
  });
  const authorize = (name: string, against: string, form: "JWS" | "RSA-OAEP-256"): Subject => ({
    name,
    server: "idp",
    floor: { name: against, least: 0.6 },
    count: 400,
    parallel: PARALLEL,
    prepare: (count) =>
      each(count, async () => post("/connect/authorize", await authorizeForm(sp, {}, form, self), 302)),
  });
  const peerForm = async (more: Readonly<Record<string, string>>): Promise<Prepared> => {
    const claims = frame("sp", "sp", clients.peer.origin);
    return post("/token", {
      client_id: "sp",
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      client_assertion: await signJwt(sp.leaf, claims, { x5c: undefined }),
      ...more,
    });
  };

  // Those that make many objects come last: workerd closes each ten seconds later, while something else is timed.
  return [
    floor("bare answer", () => "/bare", 3000),
    floor("one signature", () => "/sign"),
    floor("one signature, one write", () => `/sign-write?jti=${jti()}`),
    floor("floor of token, client", () => `/token-client?jti=${jti()}`),
    {
      name: "floor of token, client, with its body and verification",
      server: "floor",
      count: 600,
      parallel: PARALLEL,
      prepare: (count) => each(count, async () => post(`/token-client?jti=${jti()}`, await machineForm(sp))),
    },
    {
      name: "token, client",
      server: "idp",
      floor: { name: "floor of token, client", least: 0.8 },
      count: 600,
      parallel: PARALLEL,
      prepare: (count) => each(count, async () => post("/connect/token", await machineForm(sp))),
    },
    floor("floor of userinfo", (at) => `/userinfo?id=${floorGrant(at)}`),
    floor("floor of userinfo, with its D1 query", (at) => `/userinfo?directory&id=${floorGrant(at)}`),
    {
      name: "userinfo",
      server: "idp",
      floor: { name: "floor of userinfo", least: 0.8 },
      count: 600,
      parallel: PARALLEL,
      prepare: async (count) =>
        range(count).map((at) =>
          get("/connect/userinfo", { authorization: `Bearer ${tokens[at % tokens.length]}` }),
        ),
    },
    {
      name: "capabilities",
      server: "idp",
      count: 1500,
      parallel: PARALLEL,
      prepare: async (count) => range(count).map(() => get("/capabilities")),
    },
    {
      ...floor("floor of token, code", () => "", 240),
      prepare: async (count) => {
        const grants = await openFloorGrants(count); // a code is redeemed once: each is another's
        return grants.map((id, at) => get(`/token-code?jti=${jti()}&id=${id}&session=${at % humans.length}`));
      },
    },
    {
      name: "token, code",
      server: "idp",
      floor: { name: "floor of token, code", least: 0.8 },
      count: 240,
      parallel: PARALLEL,
      prepare: async (count) => {
        const codes = await each(count, (at) => signInAs(human(at), sp));
        return each(count, async (at) => post("/connect/token", await codeForm(sp, codes[at] ?? "")));
      },
    },
    floor("floor of authorize", () => `/authorize?jti=${jti()}`, 400),
    floor("floor of authorize, 64 objects", () => `/authorize-sharded?jti=${jti()}`, 400),
    authorize("authorize, signed", "floor of authorize", "JWS"),
    floor("floor of authorize, encrypted", () => `/authorize?encrypted&jti=${jti()}`, 400),
    authorize("authorize, encrypted", "floor of authorize, encrypted", "RSA-OAEP-256"),
    {
      name: "sign-in by session",
      server: "idp",
      count: 100,
      parallel: 4,
      prepare: async (count) => range(count).map((at) => async () => void (await signInAs(human(at), sp))),
    },
    {
      name: "password login",
      server: "idp",
      count: 12,
      parallel: 2,
      prepare: (count) =>
        each(count, async (at) => {
          const page = await human(at).beginAnew(sp);
          return () => page.enterPassword();
        }),
    },
    {
      name: "passkey login",
      server: "idp",
      count: 100,
      parallel: 4,
      prepare: (count) =>
        each(count, async (at) => {
          const page = await human(at).beginAnew(sp);
          return () => page.usePasskey();
        }),
    },
    {
      name: "whole sign-in",
      server: "idp",
      count: 12,
      parallel: 2,
      prepare: async (count) =>
        range(count).map((at) => async () => {
          const page = await human(at).beginAnew(sp);
          const code = await page.toCode();
          const answer = await clients.idp.fetch(post("/connect/token", await codeForm(sp, code)));
          const { access_token } = JSON.parse(answer) as { access_token: string };
          const jwt = await clients.idp.fetch(
            get("/connect/userinfo", { authorization: `Bearer ${access_token}` }),
          );
          if (decodePayload(jwt).aud !== sp.id) throw new Error("another's userinfo");
        }),
    },
    {
      name: "peer: token, client",
      server: "peer",
      count: 600,
      parallel: PARALLEL,
      prepare: (count) => each(count, () => peerForm({ grant_type: "client_credentials" })),
    },
    {
      name: "peer: token, code",
      server: "peer",
      count: 600,
      parallel: PARALLEL,
      prepare: async (count) => {
        const codes = JSON.parse(await clients.peer.fetch(get(`/codes?n=${count}`))) as string[];
        return each(count, (at) =>
          peerForm({
            grant_type: "authorization_code",
            redirect_uri: "https://sp.example/return",
            code: codes[at] ?? "",
          }),
        );
      },
    },
  ];
}
