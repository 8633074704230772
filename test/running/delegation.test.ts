/**
 * Authorisations as an operator and an SP meet them: registered and revoked from the command line while the IdP runs,
 * asked for over HTTP, and verified by clients that are not ours.
 */
import { mkdtemp, writeFile } from "node:fs/promises";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compactVerify, importSPKI } from "jose";
import * as oauth from "oauth4webapi";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createPathCache } from "../../src/jwt/path-cache.ts";
import { verifyJwt } from "../../src/jwt/verify.ts";
import { checkPath } from "../../src/trust/chain.ts";
import { signIn } from "../support/browser.ts";
import { type Evidence, effectsOf, maskFor, policySet } from "../support/delegation.ts";
import { decodePayload } from "../support/jwt.ts";
import { fingerprintOf } from "../support/pki.ts";
import { type Running, run, serveFunction, startRunning, USER } from "../support/running.ts";
import { validatorFor } from "../support/schemas.ts";
import { authorizeForm, codeForm, IDP_ID, ORGANISATION } from "../support/world.ts";

let idp: Running;
let folder: string;
let ar: { url: string; server: Server };
beforeAll(async () => {
  idp = await startRunning({ TRUST_FRESH_SECONDS: "0" }); // what the registry says counts at once
  folder = await mkdtemp(join(tmpdir(), "ishare-idp-test-"));
  ar = await serveFunction(idp.world.authorisationRegistry.handle);
});
afterAll(async () => {
  ar?.server.close();
  await idp?.stop();
});

const directory = (command: string, ...more: readonly string[]) =>
  run(["directory", command, "--state", idp.state, ...more]);

async function add(content: unknown, username = USER.username) {
  const file = join(folder, `${crypto.randomUUID()}.json`);
  await writeFile(file, typeof content === "string" ? content : JSON.stringify(content));
  const ended = await directory(
    "add-authorisation",
    "--username",
    username,
    "--policy-file",
    file,
    "--by",
    "Kim",
  );
  return { ...ended, id: /^Added authorisation ([0-9a-f-]{36})/.exec(ended.stdout)?.[1] ?? "" };
}
const policyFile = (more: object = {}) => ({
  policyIssuer: ORGANISATION.id,
  policySets: [policySet()],
  ...more,
});

async function signedIn(scope = "openid iSHARE") {
  const { sp } = idp.world;
  const browser = idp.browser();
  const begun = await browser.post("/connect/authorize", await authorizeForm(sp, { scope }));
  const back = await signIn(browser, begun.headers.get("location") ?? "", USER);
  const answer = await browser.post(
    "/connect/token",
    await codeForm(sp, back.searchParams.get("code") ?? ""),
  );
  const tokens = (await answer.json()) as { access_token: string; id_token: string };
  const post = (body: string) =>
    fetch(`${idp.url}/connect/userinfo`, {
      method: "POST",
      headers: { authorization: `Bearer ${tokens.access_token}`, "content-type": "application/json" },
      body,
    });
  const { sub } = decodePayload(tokens.id_token);
  const effects = async (): Promise<readonly string[]> => {
    const response = await post(JSON.stringify(maskFor(sub)));
    if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
    return effectsOf(decodePayload(await response.text()).delegationEvidence as Evidence);
  };
  return { sub, post, effects, accessToken: tokens.access_token };
}

test("added, listed and revoked from the command line; the next answer knows, under load too", async () => {
  const { effects } = await signedIn();
  expect(await effects()).toEqual(["Deny"]);
  const { code, stderr, id } = await add(policyFile());
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(await effects()).toEqual(["Permit"]);
  const listed = await directory("list-authorisations", "--username", USER.username);
  expect(listed.stdout).toMatch(
    new RegExp(
      `^${id}  active\n  for ${ORGANISATION.id}, registered by Kim on .*UTC\n  container: release on C1 \\(Permit\\)`,
    ),
  );

  // Requests go on all the while; what begins after the command has ended must say Deny.
  let revoked = false;
  let permits = 0;
  const late: string[] = [];
  const worker = async () => {
    for (let after = 0; after < 20; ) {
      const isLate = revoked;
      const [effect = ""] = await effects();
      if (isLate) after++;
      if (isLate) late.push(effect);
      else if (effect === "Permit") permits++;
    }
  };
  const workers = Array.from({ length: 8 }, worker);
  const whose = ["--username", USER.username];
  const ended = await directory("revoke-authorisation", "--id", id, ...whose, "--by", "Robin");
  revoked = true;
  await Promise.all(workers);
  expect(ended).toMatchObject({ code: 0, stdout: `Revoked authorisation ${id}.\n` });
  expect(permits).toBeGreaterThan(0);
  expect(late.length).toBeGreaterThanOrEqual(160);
  expect(new Set(late)).toEqual(new Set(["Deny"]));

  const foreign = await directory("revoke-authorisation", "--id", "another", ...whose);
  expect(foreign).toMatchObject({ code: 1, stderr: 'carol has no authorisation "another".\n' });
  const again = await directory("revoke-authorisation", "--id", id);
  expect(again).toMatchObject({ code: 1, stderr: `There is no active authorisation "${id}".\n` });
  const after = await directory("list-authorisations", "--username", USER.username, "--json");
  expect(JSON.parse(after.stdout)).toMatchObject([
    { id, status: "revoked", revokedBy: "Robin", registeredBy: "Kim" },
  ]);
});

describe("a bad policy file is told in one line, by its place", () => {
  test.each<[unknown, string]>([
    ["{", "is not JSON"],
    ['{"policyIssuer":"a","policyIssuer":"b","policySets":[]}', "policyIssuer is there twice"],
    [
      `{"policyIssuer":"a","policySets":[{"policies":[{},{"target":{"actions":[],"actions":[]}}]}]}`,
      "policySets[0].policies[1].target.actions is there twice",
    ],
    [`{"policyIssuer":${"[".repeat(40)}${"]".repeat(40)}}`, "nests deeper than 32"],
    ['{"a\\u001b[31m\\n":1}', "policyIssuer is missing"],
    [policyFile({ "a\u001b\n": 1 }), '["a\\u001b\\n"] has no meaning here'],
    [
      policyFile({
        policySets: [policySet({}, [{ effect: "Deny", target: { resource: { type: "*" } } }])],
      }),
      "policySets[0].policies[0].rules[0].target.resource.type must be the type of its policy",
    ],
    [[], "the whole must be an object"],
    [policyFile({ policyIssuer: undefined }), "policyIssuer is missing"],
    [
      policyFile({ policyIssuer: "NTRNL-1" }),
      `policyIssuer is none of the organisations of carol: ${ORGANISATION.id}`,
    ],
    [policyFile({ policySets: [] }), "policySets must have at least 1"],
    [policyFile({ notBefore: 1_700_000_000_000 }), "notBefore must be in seconds, not milliseconds"],
    [policyFile({ notBefore: 2, notOnOrAfter: 2 }), "notOnOrAfter must be after notBefore"],
    [
      policyFile({ policySets: [policySet(), policySet({ type: "" })] }),
      "policySets[1].policies[0].target.resource.type must not be empty",
    ],
    [
      policyFile({ policySets: [policySet({}, [{ effect: "permit" }])] }),
      'policySets[0].policies[0].rules[0].effect must be "Permit" or "Deny"',
    ],
    [
      policyFile({ policySets: [{ ...policySet(), serviceProvider: [] }] }),
      "policySets[0].serviceProvider has no meaning here",
    ],
  ])("%j", async (content, problem) => {
    const { code, stdout, stderr } = await add(content);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(stderr).toContain(problem);
  });

  test("and so is one in another encoding", async () => {
    const file = join(folder, "latin-1.json");
    await writeFile(
      file,
      Buffer.from(JSON.stringify(policyFile()).replace("container", "caf\u00e9"), "latin1"),
    );
    const ended = await directory("add-authorisation", "--username", "carol", "--policy-file", file);
    expect(ended).toMatchObject({ code: 1, stderr: `${file} is not text in UTF-8.\n` });
  });

  test("and so is one that is not there, and a user who is not", async () => {
    const missing = await directory(
      "add-authorisation",
      "--username",
      "carol",
      "--policy-file",
      "/no/such.json",
    );
    expect(missing).toMatchObject({ code: 1, stderr: "/no/such.json can't be read (ENOENT).\n" });
    expect(await add(policyFile(), "nobody")).toMatchObject({
      code: 1,
      stderr: 'There is no active user "nobody".\n',
    });
  });
});

test("the answer is an iSHARE JWT to our own verifier, to jose and to oauth4webapi, and valid by the schemas", async () => {
  await add(policyFile());
  const { sub, post } = await signedIn();
  const { world } = idp;
  const response = await post(JSON.stringify(maskFor(sub)));
  const copy = response.clone();
  const jwt = await response.text();

  const root = await fingerprintOf(world.pki.root);
  const verified = await verifyJwt(jwt, {
    audience: [world.sp.id],
    algorithms: ["RS256"],
    now: Math.floor(Date.now() / 1000),
    skew: 10,
    checkLife: true,
    paths: createPathCache(),
    anchor: (path) =>
      checkPath(path, { granted: new Set([root]), withdrawn: new Set() }, Math.floor(Date.now() / 1000)),
  });
  expect(verified).toMatchObject({ ok: true, value: { claims: { iss: IDP_ID, sub } } });

  const pem = world.idp.certificate.publicKey.toString("pem");
  await compactVerify(jwt, await importSPKI(pem, "RS256"), { algorithms: ["RS256"] });

  const metadata = (await (
    await fetch(`${idp.url}/.well-known/openid-configuration`)
  ).json()) as oauth.AuthorizationServer;
  const client = { client_id: world.sp.id, userinfo_signed_response_alg: "RS256" };
  const insecure = { [oauth.allowInsecureRequests]: true } as const;
  const info = await oauth.processUserInfoResponse(metadata, client, String(sub), copy);
  await oauth.validateApplicationLevelSignature(metadata, copy, insecure);
  expect(effectsOf(info.delegationEvidence as unknown as Evidence)).toEqual(["Permit"]);

  const payload = decodePayload(jwt);
  for (const version of ["2.1.1", "2.2.1"] as const) {
    expect(validatorFor(version, "jwt_payload_delegation_evidence_token")(payload)).toEqual([]);
    expect(validatorFor(version, "jwt_payload_userinfo_token")(payload)).toEqual([]);
  }
  expect(validatorFor("3.0", "jwtPayloadDelegationEvidenceToken")(payload)).toEqual([]);
});

test("masks of hostile shape are 400, never 500, and the next honest one is answered", async () => {
  const { sub, post, effects } = await signedIn();
  const deep = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;
  const honest = maskFor(sub).delegationRequest;
  const [set] = honest.policySets;
  const hostile = [
    ...[
      "",
      "null",
      "*",
      '"*"',
      "[",
      deep(10_000),
      `{"delegationRequest":${deep(20)}}`,
      '{"__proto__":{}}',
    ].slice(1),
    '{"delegationRequest":"*","delegationRequest":"*"}',
    JSON.stringify({ delegationRequest: "x".repeat(60_000) }),
    JSON.stringify({ delegationRequest: { ...honest, policySets: Array(500).fill({ policies: [] }) } }),
    JSON.stringify({
      delegationRequest: { ...honest, policySets: [{ policies: Array(101).fill(set?.policies[0]) }] },
    }),
    JSON.stringify(maskFor(sub, [{ identifiers: Array(5000).fill("x") }])),
    JSON.stringify(maskFor(sub, [{ type: "x".repeat(501) }])),
    JSON.stringify(maskFor(sub, [{ actions: ["a\u0000b"] }])),
    JSON.stringify(maskFor(sub)).replace('"release"', '"\\ud800"'),
    JSON.stringify(maskFor(sub)).replace('"Permit"', '"Deny"'),
    JSON.stringify(maskFor(sub)).replace('["C1"]', '{"length":1,"0":"C1"}'),
    JSON.stringify(maskFor(sub)).replace('"release"', "1e999"),
    JSON.stringify(maskFor({ toString: 1 })),
    JSON.stringify({ delegationRequest: { ...honest, policySets: { map: 1 } } }),
  ];
  for (const body of hostile) {
    const response = await post(body);
    expect([response.status, body.slice(0, 60)]).toEqual([400, body.slice(0, 60)]);
  }
  expect((await post("x".repeat(70_000))).status).toBe(413);
  await effects();
});

test("the organisation's own Authorisation Registry is asked where the command line says so", async () => {
  const { authorisationRegistry, registry } = idp.world;
  const organisation = registry.parties.find(({ id }) => id === ORGANISATION.id);
  if (organisation === undefined) throw new Error("no such organisation");
  organisation.authRegistries = [{ id: authorisationRegistry.id, url: ar.url }];
  const mark = (...more: string[]) =>
    directory("external-subject", "--username", USER.username, "--organisation", ORGANISATION.id, ...more);
  expect(await mark("--subject", "employee-1")).toMatchObject({ code: 0, stderr: "" });
  const { effects } = await signedIn();
  authorisationRegistry.permits = ({ target }) => target.accessSubject === "employee-1";
  expect(await effects()).toEqual(["Permit"]);
  authorisationRegistry.permits = () => false;
  expect(await effects()).toEqual(["Deny"]);
  authorisationRegistry.fault = async () => new Response(null, { status: 503 });
  await expect(effects()).rejects.toThrow("503");
  expect(await mark("--remove")).toMatchObject({ code: 0 });
  expect(await effects()).toHaveLength(1);
  const both = await mark("--remove", "--subject", "x");
  expect(both).toMatchObject({ code: 1, stderr: "Give either --subject S or --remove.\n" });
});
