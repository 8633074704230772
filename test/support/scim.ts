/** An organisation's directory as it speaks to `/scim/v2`: a token of its own, JSON both ways. */
import type { AuditEntry } from "../../src/directory/audit-entry.ts";
import { addScimToken } from "../../src/directory/scim-token.ts";
import { makeToken } from "../../src/scim/token.ts";
import { entriesOf } from "./audit.ts";
import { directory, type Instance, ISSUER } from "./worker.ts";
import type { Organisation } from "./world.ts";

export const BASE = `${ISSUER}/scim/v2`;
export const USER = "urn:ietf:params:scim:schemas:core:2.0:User";
export const ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
export const PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into, not typed
export type Json = any;

export interface Said {
  readonly status: number;
  readonly body: Json;
  readonly headers: Headers;
}

export interface ScimClient {
  readonly token: string;
  readonly tokenId: string;
  send(
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Said>;
  /** @param query is encoded here */
  list(query?: Readonly<Record<string, string>>, kind?: string): Promise<Said>;
  patch(path: string, ...operations: readonly unknown[]): Promise<Said>;
  /** a user of a name, made */
  make(userName: string, more?: object): Promise<Said>;
}

export async function scimClient(
  idp: Instance,
  organisation: Organisation,
  usernameSuffix?: string,
): Promise<ScimClient> {
  const { token, id, hash } = await makeToken();
  await addScimToken(directory(), { id, hash, organisation, usernameSuffix, createdBy: "test" }, "c", 1);
  const send: ScimClient["send"] = async (method, path, body, headers = {}) => {
    const response = await idp.send(
      new Request(BASE + path, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { "content-type": "application/scim+json" }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      }),
    );
    const text = await response.text();
    return {
      status: response.status,
      body: text === "" ? undefined : JSON.parse(text),
      headers: response.headers,
    };
  };
  return {
    ...{ token, tokenId: id, send },
    list: (query = {}, kind = "Users") => send("GET", `/${kind}?${new URLSearchParams(query)}`),
    patch: (path, ...Operations) => send("PATCH", path, { schemas: [PATCH_OP], Operations }),
    make: (userName, more = {}) => send("POST", "/Users", { ...userOf(userName), ...more }),
  };
}

export const userOf = (userName: string) => ({
  schemas: [USER],
  userName,
  name: { givenName: "Test", familyName: "User" },
  emails: [{ primary: true, value: `${userName.replace(/@.*/, "")}@mail.example`, type: "work" }],
});

/** Somebody's name that nobody had before. */
export const freshName = (): string => `user-${crypto.randomUUID()}@org.example`;

/** What the audit log was told of one subject. */
export async function auditOf(subject: string): Promise<readonly AuditEntry[]> {
  return (await entriesOf(directory())).filter((entry) => entry.subject === subject);
}
