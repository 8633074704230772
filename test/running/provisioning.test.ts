/** Tokens from the command line, and what docs/provision.md says to do with them, over real HTTP. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Running, run, startRunning, USER } from "../support/running.ts";
import { ORGANISATION } from "../support/world.ts";

let idp: Running;
beforeAll(async () => {
  idp = await startRunning();
});
afterAll(async () => {
  await idp.stop();
});

const tokens = (name: string, ...more: string[]) => run(["directory", name, "--state", idp.state, ...more]);
const WHOSE = ["--organisation", ORGANISATION.id, "--organisation-name", ORGANISATION.name];
const add = (...more: string[]) => tokens("add-token", ...WHOSE, ...more);
const scim = (token: string, path: string, init: RequestInit = {}) =>
  fetch(`${idp.url}/scim/v2${path}`, {
    ...init,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/scim+json" },
  });

test("a token is shown once, opens its organisation's users, is listed, and revoked", async () => {
  const made = await add("--username-suffix", "@example.com", "--by", "ops");
  expect(made).toMatchObject({ code: 0, stderr: "" });
  const [, id = "", token = ""] =
    /^Token ([0-9a-f]{32}) for .+, shown this once: (scim_[0-9a-f]{32}_[\w-]{43})\n$/.exec(made.stdout) ?? [];
  const listed = await scim(token, `/Users?filter=${encodeURIComponent(`userName eq "${USER.username}"`)}`);
  expect(listed.status).toBe(200);
  expect(await listed.json()).toMatchObject({
    totalResults: 1,
    Resources: [{ userName: USER.username, active: true }],
  });
  const list = await tokens("list-tokens", "--organisation", ORGANISATION.id);
  expect(list.stdout).toMatch(
    new RegExp(`^${id}  good\n  for .+, made by ops on .+, user names end with @example\\.com\n`),
  );
  expect(list.stdout).toContain("last used around");
  expect(list.stdout).not.toContain(token.slice(-43));
  expect(await tokens("revoke-token", "--id", id)).toMatchObject({
    code: 0,
    stdout: `Revoked token ${id}.\n`,
  });
  expect((await scim(token, "/Users")).status).toBe(401);
  expect((await tokens("list-tokens")).stdout).toContain("revoked by");
  expect(await tokens("revoke-token", "--id", id)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("no token"),
  });
  expect(idp.log()).not.toContain(token.slice(-43));
});

test("a suffix is one organisation's; a token that may give any name says so in the list", async () => {
  expect(await add("--username-suffix", "@mine.example")).toMatchObject({ code: 0 });
  const other = ["--organisation", "did:ishare:EU.NL.NTRNL-10000088", "--organisation-name", "Other"];
  const refused = await tokens("add-token", ...other, "--username-suffix", "@Mine.example");
  expect(refused).toMatchObject({ code: 1, stdout: "" });
  expect(refused.stderr).toContain(`overlaps one of ${ORGANISATION.name} (${ORGANISATION.id})`);
  expect(await tokens("add-token", ...other, "--any-name")).toMatchObject({ code: 0 });
  const renamed = await tokens("add-token", ...other.slice(0, 3), "Another", "--any-name");
  expect(renamed).toMatchObject({
    code: 1,
    stdout: "",
    stderr: expect.stringContaining('called "Other" here'),
  });
  const list = await tokens("list-tokens", ...other.slice(0, 2));
  expect(list.stdout).toMatch(/^[0-9a-f]{32} {2}good\n.+ GIVES ANY USER NAME\n {2}never used\n$/);
  const unnamed = await tokens("add-token", ...other.slice(0, 2), "--username-suffix", "@other.example");
  expect(unnamed.stdout).toContain("for Other (");
  const lines = (await tokens("list-tokens", ...other.slice(0, 2), "--json")).stdout.trim().split("\n");
  const suffixes = lines.map((line) => JSON.parse(line).usernameSuffix);
  expect(suffixes.sort()).toEqual(["@other.example", undefined]);
  expect(lines.join()).not.toContain("hash");
});

test("a user without a password gets one by the link that an administrator hands out", async () => {
  const token = /scim_\S+/.exec((await add("--any-name")).stdout)?.[0] ?? "";
  const user = { userName: "nina@example.com", name: { givenName: "Nina", familyName: "Berg" } };
  const made = await scim(token, "/Users", { method: "POST", body: JSON.stringify(user) });
  expect(made.status).toBe(201);
  const reset = await tokens(
    "reset-password",
    "--username",
    user.userName,
    "--issuer-url",
    "http://localhost:8787",
  );
  expect(reset.stdout).toMatch(/^Reset link for nina@example\.com, once, /);
});

describe("what is no token's", () => {
  test.each([
    [["add-token", "--organisation-name", "X"], "--organisation is missing"],
    [["add-token", "--organisation", "a b", "--organisation-name", "X"], "not an organisation identifier"],
    [["add-token", "--organisation", "NTRNL-10000077", "--any-name"], "--organisation-name is missing"],
    [["add-token", ...WHOSE], "either --username-suffix"],
    [["add-token", ...WHOSE, "--any-name", "--username-suffix", "@a.example"], "either --username-suffix"],
    [["revoke-token"], "--id is missing"],
  ])("%j is told in one line", async ([name = "", ...more], told) => {
    const ended = await tokens(name, ...more);
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain(told);
  });
});
