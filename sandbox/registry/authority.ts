/**
 * The sandbox's certification authorities: what they have revoked, told to anybody as lists and over OCSP, and to be
 * changed by who holds the secret (`npm run sandbox`). Parties are kept, not serials: a certificate that is issued again
 * because the port has changed stays revoked.
 */
import { type Context, Hono } from "hono";
import { decodeBase64, decodeHex } from "../../src/protocol/encoding.ts";
import { parseJsonObject } from "../../src/protocol/json.ts";
import { parseCertificate } from "../../src/trust/certificate.ts";
import { type AuthorityName, type AuthoritySettings, isAuthority } from "../authorities.ts";
import { now } from "../participant-api.ts";
import type { RegistryData } from "./data.ts";
import { type Authority, type Issued, openAuthority, signCrl, signOcsp } from "./evidence.ts";

export interface AuthorityEnv {
  /** JSON of `AuthoritySettings[]` */
  readonly AUTHORITIES: string;
  readonly REVOCATION_SECRET: string;
  /** JSON of `RegistryData`: whose leaves the issuing authority made */
  readonly REGISTRY_DATA: string;
  /** party id → since when, in seconds */
  readonly REVOKED: KVNamespace;
}

type Api = { Bindings: AuthorityEnv };
/** Whose certificates each authority signed, but for the issuing one's. */
const BELOW = { root: "sub", sub: "issuing" } as const;

export const authorityApi = new Hono<Api>();

authorityApi.get("/:authority/crl", async (c) => {
  const authority = await authorityOf(c);
  if (authority === undefined) return c.notFound();
  const crl = await signCrl(authority, await issuedBy(authority.name, c.env), now());
  return c.body(crl, 200, { "content-type": "application/pkix-crl", "cache-control": "no-store" });
});

authorityApi.post("/:authority/ocsp", async (c) => {
  const authority = await authorityOf(c);
  if (authority === undefined) return c.notFound();
  const request = new Uint8Array(await c.req.arrayBuffer());
  const headers = { "content-type": "application/ocsp-response", "cache-control": "no-store" };
  try {
    return c.body(
      await signOcsp(request, authority, await issuedBy(authority.name, c.env), now()),
      200,
      headers,
    );
  } catch {
    return c.body(MALFORMED_REQUEST, 200, headers);
  }
});
/** OCSPResponseStatus 1, RFC 6960 §4.2.1 */
const MALFORMED_REQUEST = Uint8Array.of(0x30, 0x03, 0x0a, 0x01, 0x01);

authorityApi.use("/revoked", async (c, next) => {
  const secret = c.req.header("authorization")?.replace(/^Bearer /, "");
  return secret === c.env.REVOCATION_SECRET ? next() : c.json({ error: "not yours to revoke" }, 401);
});

authorityApi.get("/revoked", async (c) => c.json(await revokedParties(c.env)));

/** `{party, revoked}` */
authorityApi.post("/revoked", async (c) => {
  const { party, revoked } = parseJsonObject(await c.req.text()) ?? {};
  if (typeof party !== "string" || typeof revoked !== "boolean")
    return c.json({ error: "party, revoked" }, 400);
  if (!revoked) await c.env.REVOKED.delete(party);
  else if ((await c.env.REVOKED.get(party)) === null) await c.env.REVOKED.put(party, String(now()));
  return c.json(await revokedParties(c.env));
});

async function authorityOf(c: Context<Api>): Promise<Authority | undefined> {
  const name = c.req.param("authority") ?? "";
  const settings = isAuthority(name) ? settingsOf(name, c.env) : undefined;
  return settings && openAuthority(settings);
}

const settingsOf = (name: AuthorityName, env: AuthorityEnv): AuthoritySettings | undefined =>
  (JSON.parse(env.AUTHORITIES) as AuthoritySettings[]).find((it) => it.name === name);

async function issuedBy(name: AuthorityName, env: AuthorityEnv): Promise<readonly Issued[]> {
  if (name !== "issuing") {
    const settings = settingsOf(BELOW[name], env);
    return settings === undefined
      ? []
      : [
          {
            serial: decodeHex((await openAuthority(settings)).certificate.serial) ?? new Uint8Array(),
            revokedAt: undefined,
          },
        ];
  }
  const revoked = await revokedParties(env);
  const { parties } = JSON.parse(env.REGISTRY_DATA) as RegistryData;
  const issued = parties.flatMap(({ id, certificates }) =>
    certificates.map(async ({ der }): Promise<readonly Issued[]> => {
      const certificate = await parseCertificate(decodeBase64(der) ?? new Uint8Array());
      const serial = certificate.ok ? decodeHex(certificate.value.serial) : undefined;
      return serial === undefined ? [] : [{ serial, revokedAt: revoked[id] }];
    }),
  );
  return (await Promise.all(issued)).flat();
}

async function revokedParties({ REVOKED }: AuthorityEnv): Promise<Readonly<Record<string, number>>> {
  const { keys } = await REVOKED.list();
  const entries = keys.map(async ({ name }) => [name, Number(await REVOKED.get(name))] as const);
  return Object.fromEntries(await Promise.all(entries));
}
