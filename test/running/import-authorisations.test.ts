/** `directory import-authorisations`: what humans may do goes from one directory to another with them, once. */
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { policySet } from "../support/delegation.ts";
import { run } from "../support/running.ts";
import { ORGANISATION } from "../support/world.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ishare-idp-test-"));
});
const file = async (name: string, text: string): Promise<string> => {
  await writeFile(join(folder, name), text);
  return join(folder, name);
};
const directory = (name: string, state: string, ...more: string[]) =>
  run(["directory", name, "--state", join(folder, state), ...more]);
const registration = () => ({
  ...{ policyIssuer: ORGANISATION.id, notBefore: 1_700_000_000, notOnOrAfter: 1_900_000_000 },
  policySets: [policySet()],
});
const human = (username: string) => ({
  ...{ username, givenName: "Given", familyName: "Family", email: `${username}@example.com` },
  organisations: [{ id: ORGANISATION.id, name: ORGANISATION.name }],
});
const exported = async (state: string, name: string) => {
  const path = join(folder, name);
  expect(await directory("export", state, "--file", path)).toMatchObject({ code: 0 });
  const text = await readFile(path, "utf8");
  return {
    path,
    rows: text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line)),
  };
};

test("from one directory to another, and once however often", async () => {
  const humans = await file(
    "humans.jsonl",
    ["anna", "bert"].map((it) => JSON.stringify(human(it))).join("\n"),
  );
  expect(await directory("import", "one", "--file", humans)).toMatchObject({ code: 0 });
  const policy = await file("policy.json", JSON.stringify(registration()));
  expect(
    await directory("add-authorisation", "one", "--username", "anna", "--policy-file", policy),
  ).toMatchObject({ code: 0 });
  const { path, rows } = await exported("one", "one.jsonl");
  expect(rows.map(({ authorisations }) => authorisations.length)).toEqual([1, 0]);

  expect(await directory("import", "other", "--file", path)).toMatchObject({ code: 0 });
  const doImport = (...more: string[]) =>
    directory("import-authorisations", "other", "--file", path, ...more);
  const ended = (stdout: string) => ({ code: 0, stderr: "", stdout });
  expect(await doImport("--dry-run")).toEqual(
    ended("Would be: 1 added, 0 there already; 0 of 2 rows refused.\n"),
  );
  expect(await doImport("--by", "ops")).toEqual(ended("1 added, 0 there already; 0 of 2 rows refused.\n"));
  expect(await doImport()).toEqual(ended("0 added, 1 there already; 0 of 2 rows refused.\n"));
  const there = await exported("other", "other.jsonl");
  expect(there.rows[0].authorisations).toEqual(rows[0].authorisations);
  const listed = await directory("list-authorisations", "other", "--username", "anna");
  expect(listed.stdout).toContain("ops");

  // What was taken away here does not come back with an old file.
  const id = /[0-9a-f-]{36}/.exec(listed.stdout)?.[0] ?? "";
  expect(await directory("revoke-authorisation", "other", "--id", id)).toMatchObject({ code: 0 });
  expect(await doImport()).toMatchObject({
    code: 1,
    stdout: "0 added, 0 there already; 1 of 2 rows refused.\n",
    stderr: expect.stringContaining("revoked_here"),
  });

  // What the organisation's own registry says is told as such.
  const membership = ["--username", "anna", "--organisation", ORGANISATION.id];
  const external = ["external-subject", "one", ...membership, "--subject", "anna-there"] as const;
  expect(await directory(...external)).toMatchObject({ code: 0 });
  const [anna] = (await exported("one", "external.jsonl")).rows;
  expect(anna.authorisations).toMatchObject([{ externalSubject: "anna-there" }]);
});

test("a row that is wrong anywhere gives its human nothing; what is wrong is told by its place", async () => {
  const good = registration();
  const text = [
    { ...human("anna"), authorisations: [good, { ...good, policySets: "Zq7-secret" }] },
    { ...human("bert"), authorisations: [{ ...good, policyIssuer: "did:ishare:EU.NL.NTRNL-99999999" }] },
    { ...human("nobody"), authorisations: [good] },
    { ...human("bert"), authorisations: "all" },
    { username: "nobody, with nothing" },
    "no object",
    { ...human("bert"), authorisations: [good, good] },
    { ...human("anna"), email: "another@example.com", authorisations: [good] },
    { ...human("anna"), authorisations: [{ ...good, externalSubject: "anna-there" }] },
    { ...human("anna"), authorisations: [{ ...good, "\u009b31m": 1 }] },
  ].map((row) => JSON.stringify(row));
  const humans = await file("both.jsonl", ["anna", "bert"].map((it) => JSON.stringify(human(it))).join("\n"));
  expect(await directory("import", "third", "--file", humans)).toMatchObject({ code: 0 });
  const path = await file("wrong.jsonl", text.join("\n"));
  const report = join(folder, "refused.jsonl");
  const ended = await directory("import-authorisations", "third", "--file", path, "--refused", report);
  expect(ended).toEqual({
    ...{ code: 1, stderr: "" },
    stdout: "1 added, 0 there already; 8 of 10 rows refused.\n",
  });
  const refused = await readFile(report, "utf8");
  expect(
    refused
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line)),
  ).toEqual([
    { row: 1, problems: [{ field: "authorisations[1].policySets", problem: "must be a list" }] },
    {
      row: 2,
      problems: [{ field: "authorisations[0].policyIssuer", problem: "none_of_the_human's_organisations" }],
    },
    { row: 3, problems: [{ field: "username", problem: "not_active" }] },
    { row: 4, problems: [{ field: "authorisations", problem: "not_a_list" }] },
    { row: 6, problems: [{ field: "row", problem: "not_one_json_object" }] },
    { row: 8, problems: [{ field: "email", problem: "another_than_here" }] },
    { row: 9, problems: [{ field: "authorisations[0]", problem: "kept_in_another_registry" }] },
    { row: 10, problems: [{ field: 'authorisations[0].["\u009b31m"]', problem: "has no meaning here" }] },
  ]);
  expect(refused).not.toMatch(/Zq7|99999999|anna|bert/);
  expect(refused).toMatch(/^[ -~\n]*$/);
  const { rows } = await exported("third", "third.jsonl");
  expect(rows.map(({ authorisations }) => authorisations.length)).toEqual([0, 1]);
});

test("what can't be one is one line, exit 1", async () => {
  for (const [args, words] of [
    [["--file", await file("humans.csv", "")], "--file must end in .jsonl"],
    [["--file", join(folder, "none.jsonl")], "can't be read (ENOENT)"],
    [[], "--file is missing"],
  ] as const) {
    const ended = await directory("import-authorisations", "fourth", ...args);
    expect(ended).toMatchObject({ code: 1, stdout: "" });
    expect(ended.stderr.trim().split("\n")).toHaveLength(1);
    expect(ended.stderr).toContain(words);
  }
});
