/** `directory` for a whole roll of humans: listing, changing, deactivating, roles and organisations, one human's data. */
import { mkdtemp, readFile, stat } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { changeUser } from "../../scripts/directory/change-user.ts";
import { enrolCode } from "../../scripts/directory/enrol-code.ts";
import { externalSubject } from "../../scripts/directory/external-subject.ts";
import { eraseHuman, exportHuman } from "../../scripts/directory/human-data.ts";
import { BadInput } from "../../scripts/directory/input.ts";
import { listAuthorisations } from "../../scripts/directory/list-authorisations.ts";
import { listUsers } from "../../scripts/directory/list-users.ts";
import {
  addOrganisation,
  listOrganisations,
  removeOrganisation,
  renameOrganisation,
} from "../../scripts/directory/organisation.ts";
import { grantRole, revokeRole } from "../../scripts/directory/role.ts";
import { activateUser, deactivateUser } from "../../scripts/directory/status.ts";
import { openDatabase, ROOT } from "../../scripts/runtime.ts";
import { findHumanId } from "../../src/directory/administration.ts";
import { addAuthorisation } from "../../src/directory/authorisation.ts";
import { findLogin } from "../../src/directory/human.ts";
import { verifyPassword } from "../../src/directory/password.ts";
import { signIn } from "../support/browser.ts";
import { addUser, type Running, run, startRunning, USER } from "../support/running.ts";
import { authorizeForm, codeForm, ORGANISATION } from "../support/world.ts";

async function onState<T>(state: string, read: (database: D1Database) => Promise<T>): Promise<T> {
  const { database, close } = await openDatabase(join(ROOT, "wrangler.toml"), "DIRECTORY", state);
  try {
    return await read(database);
  } finally {
    await close();
  }
}
type Command = (args: readonly string[]) => Promise<void>;
/** In this process, since each one of its own takes seconds to start. @returns what it printed */
async function does(state: string, command: Command, ...args: string[]) {
  const printed = { out: "", err: "" };
  const catching = (stream: keyof typeof printed) => (text: string) => {
    printed[stream] += `${text}\n`;
  };
  const out = vi.spyOn(console, "log").mockImplementation(catching("out"));
  const err = vi.spyOn(console, "error").mockImplementation(catching("err"));
  try {
    await command(["--state", state, ...args]);
    return printed;
  } finally {
    out.mockRestore();
    err.mockRestore();
  }
}

const audited = (state: string) =>
  onState(state, async (database) => {
    const { results } = await database
      .prepare("SELECT entry FROM audit_pending ORDER BY rowid")
      .all<{ entry: string }>();
    return results.map(({ entry }) => JSON.parse(entry) as Record<string, string>);
  });

describe("a running Identity Provider", () => {
  let idp: Running;
  beforeAll(async () => {
    idp = await startRunning();
  });
  afterAll(async () => {
    await idp?.stop();
  });

  test("refuses the live session and access token of a human whom a command deactivates, and after activation", async () => {
    const browser = idp.browser();
    const visit = async (over = {}) => {
      const begun = await browser.post("/connect/authorize", await authorizeForm(idp.world.sp, over));
      return begun.headers.get("location") ?? "";
    };
    const back = await signIn(browser, await visit(), USER);
    const form = await codeForm(idp.world.sp, back.searchParams.get("code") ?? "");
    const tokens = await fetch(`${idp.url}/connect/token`, {
      method: "POST",
      body: new URLSearchParams(form),
    });
    const { access_token } = (await tokens.json()) as { access_token: string };
    const state = async () => {
      const headers = { authorization: `Bearer ${access_token}` };
      const userinfo = await fetch(`${idp.url}/connect/userinfo`, { headers });
      // A session that stands lets the browser through without the page.
      const login = await browser.get(await visit());
      return [userinfo.status, (await browser.get("/account")).status, login.status];
    };
    expect(await state()).toEqual([200, 200, 302]);

    await does(idp.state, deactivateUser, "--username", USER.username);
    expect(await state()).toEqual([401, 302, 200]);
    expect(await onState(idp.state, (it) => it.prepare("SELECT * FROM sessions").first())).toBeNull();

    await does(idp.state, activateUser, "--username", USER.username);
    expect(await state()).toEqual([401, 302, 200]);
    const again = await signIn(browser, await visit(), USER);
    expect(again.searchParams.has("code")).toBe(true);
    expect((await state()).slice(1)).toEqual([200, 302]);
  }, 120_000);
});

describe("commands", () => {
  let state: string;
  const refuses = async (words: string, command: Command, ...args: string[]) => {
    const error = await does(state, command, ...args).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(BadInput); // one line, exit 1
    expect(error.message).toContain(words);
  };
  beforeAll(async () => {
    state = join(await mkdtemp(join(tmpdir(), "ishare-idp-test-")), "state");
    for (const name of ["carol", "dave"])
      expect(await addUser(state, name, "a password")).toMatchObject({ code: 0 });
  });

  test("help tells of each command; one that is not known is told what there is", async () => {
    const { stdout } = await run(["directory", "help"]);
    const names = [...stdout.matchAll(/npm run directory -- ([a-z-]+) /g)].map(([, name]) => name ?? "");
    expect(names).toEqual(
      expect.arrayContaining(["add-user", "grant-role", "list-users", "import", "export", "erase-human"]),
    );
    const { stderr } = await run(["directory", "no-such"]);
    for (const name of names) expect(stderr).toContain(name);
  });

  test("grant-role makes the first administrator; revoke-role takes it back", async () => {
    const args = ["--username", "carol", "--role", "administrator", "--by", "the operator"];
    await does(state, enrolCode, "--username", "carol", "--level", "low");
    const codes = async () => {
      const sql = "SELECT count(*) AS count FROM one_time_codes";
      return (await onState(state, (database) => database.prepare(sql).first<{ count: number }>()))?.count;
    };
    expect(await codes()).toBe(1);
    await does(state, grantRole, ...args);
    expect(await codes()).toBe(0); // whoever has it does not get an administrator's account
    await refuses("already", grantRole, ...args);
    const { out } = await does(state, listUsers, "--role", "administrator");
    expect(out).toMatch(/^carol: Carol Jansen, carol@example\.com, low \[administrator\], for .*\n$/);
    await does(state, revokeRole, ...args);
    await refuses("does not have", revokeRole, ...args);
    await refuses("--role must be", grantRole, "--username", "carol", "--role", "root");
    const entries = (await audited(state)).filter(({ action }) => action?.startsWith("role."));
    expect(entries).toMatchObject([
      { actor: "command:the operator", action: "role.grant", reason: "administrator" },
      { actor: "command:the operator", action: "role.revoke" },
    ]);
  });

  test("list-users goes page by page, in words or as JSON Lines", async () => {
    const first = await does(state, listUsers, "--limit", "1", "--json");
    expect(JSON.parse(first.out)).toMatchObject({ username: "carol", status: "active" });
    expect(first.out).not.toMatch(/scrypt|password/);
    expect(first.err).toBe('There are more: --after "carol"\n');
    const second = await does(state, listUsers, "--limit", "1", "--after", "carol");
    expect(second).toEqual({ out: expect.stringMatching(/^dave: /), err: "" });
    expect((await does(state, listUsers, "--search", "nobody")).out).toBe("Nobody.\n");
    await refuses("--limit must be a number", listUsers, "--limit", "0");
  });

  test("change-user changes what is named, and the password to one that counts for low", async () => {
    const changed = await run(
      [
        ...["directory", "change-user", "--state", state, "--username", "dave", "--email", "new@example.com"],
        ...["--phone", "+31", "--password-stdin", "--must-change-password"],
      ],
      "another password\n",
    );
    expect(changed).toEqual({ code: 0, stderr: "", stdout: "Changed dave: email, phone, password.\n" });
    await does(state, changeUser, "--username", "dave", "--phone", "");
    await onState(state, async (database) => {
      const login = await findLogin(database, "dave");
      expect(login?.passwordLevel).toBe("low");
      expect(await verifyPassword("another password", login?.passwordHash)).toBe(true);
      const row = await database
        .prepare("SELECT email, phone, ended_at > 0 AS ended FROM humans WHERE username = 'dave'")
        .first();
      expect(row).toEqual({ email: "new@example.com", phone: null, ended: 1 });
    });
    expect((await audited(state)).at(-1)).toMatchObject({
      ...{ actor: `command:${userInfo().username}`, action: "human.change", reason: "phone" },
    });
    await refuses("nothing to change", changeUser, "--username", "dave");
    await refuses("--email is not an e-mail", changeUser, "--username", "dave", "--email", "x");
    await refuses("--given-name is missing", changeUser, "--username", "dave", "--given-name", " ");
    await refuses('no user "no"', changeUser, "--username", "no", "--phone", "1");
  });

  test("organisations are added, listed and removed; the last one stays", async () => {
    const two = ["--username", "carol", "--organisation", "NTRNL-2"];
    await refuses("--organisation-name is missing", addOrganisation, ...two);
    await does(state, addOrganisation, ...two, "--organisation-name", "Two");
    await refuses("already", addOrganisation, ...two, "--organisation-name", "Two");
    expect((await does(state, listOrganisations, "--username", "carol")).out).toBe(
      `${ORGANISATION.id}: ${ORGANISATION.name}\nNTRNL-2: Two\n`,
    );
    expect((await does(state, listOrganisations)).out).toContain("NTRNL-2: Two, 1 active\n");
    await does(state, removeOrganisation, ...two);
    await refuses("does not act for NTRNL-2", removeOrganisation, ...two);
    const last = ["--username", "carol", "--organisation", ORGANISATION.id];
    await refuses("deactivate-user", removeOrganisation, ...last);
  });

  test("an organisation has one name: it is taken, not given twice, and changed for everybody", async () => {
    const two = ["--organisation", "NTRNL-2"];
    await does(state, addOrganisation, "--username", "carol", ...two, "--organisation-name", "Two");
    const before = await audited(state);
    await refuses(
      'called "Two" here',
      addOrganisation,
      ...["--username", "dave", ...two, "--organisation-name", "Too"],
    );
    expect(await audited(state)).toEqual(before);
    expect((await does(state, addOrganisation, "--username", "dave", ...two)).out).toBe(
      "dave may represent Two (NTRNL-2).\n",
    );
    await does(state, renameOrganisation, ...two, "--organisation-name", "Deux");
    expect((await does(state, listOrganisations)).out).toContain("NTRNL-2: Deux, 2 active\n");
    for (const username of ["carol", "dave"])
      expect((await does(state, listOrganisations, "--username", username)).out).toContain("NTRNL-2: Deux\n");
    const told = await audited(state);
    expect(told.at(-1)).toMatchObject({
      ...{ actor: `command:${userInfo().username}`, action: "organisation.rename" },
      ...{ subject: "NTRNL-2", organisation: "NTRNL-2" },
    });
    await refuses("already", renameOrganisation, ...two, "--organisation-name", "Deux");
    await refuses("--organisation-name is missing", renameOrganisation, ...two);
    await refuses("Nobody may", renameOrganisation, "--organisation", "NTRNL-9", "--organisation-name", "X");
    await refuses("not an organisation", renameOrganisation, "--organisation", "a b");
    expect(await audited(state)).toEqual(told);
    for (const username of ["carol", "dave"])
      await does(state, removeOrganisation, "--username", username, ...two);
  });

  test("what everybody may do for an organisation, page by page, by user name", async () => {
    const humans = { carol: "", dave: "" };
    await onState(state, async (database) => {
      for (const name of ["dave", "carol"] as const) {
        humans[name] = (await findHumanId(database, name)) ?? "";
        for (const organisationId of [ORGANISATION.id, "NTRNL-8"])
          await addAuthorisation(
            database,
            { humanId: humans[name], organisationId, registeredBy: "x\u202ey", policySets: [] },
            1,
          );
      }
    });
    const of = ["--organisation", "NTRNL-8"];
    const all = (await does(state, listAuthorisations, ...of, "--json")).out.trim().split("\n");
    const [carols, daves] = all.map((line) => JSON.parse(line));
    expect([carols, daves]).toMatchObject([
      { username: "carol", humanId: humans.carol, organisationId: "NTRNL-8", status: "active" },
      { username: "dave", humanId: humans.dave, organisationId: "NTRNL-8", policySets: [] },
    ]);
    expect(all).toHaveLength(2);
    const first = await does(state, listAuthorisations, ...of, "--limit", "1");
    expect(first.err).toBe(`There are more: --after ${carols.id}\n`);
    expect(first.out).toMatch(
      new RegExp(`^${carols.id}  active\n  carol for NTRNL-8, registered by x\ufffdy on `),
    );
    const second = await does(state, listAuthorisations, ...of, "--after", carols.id);
    expect(second).toEqual({ out: expect.stringMatching(new RegExp(`^${daves.id} `)), err: "" });
    for (const after of [daves.id, "none"])
      expect((await does(state, listAuthorisations, ...of, "--after", after)).out).toBe("None.\n");
    await refuses("either --username or --organisation", listAuthorisations);
    await refuses("either --username or", listAuthorisations, ...of, "--username", "carol");
  });

  test("who was removed by the own organisation is not activated, and no entry says so", async () => {
    const id = crypto.randomUUID();
    await onState(state, (database) =>
      database
        .prepare(
          `INSERT INTO humans (id, username, username_key, given_name, family_name, email, identity_assurance, status,
             created_at, deleted_at) VALUES (?1, 'deleted:' || ?1, 'deleted:' || ?1, '', '', '', 'low', 'inactive', 1, 2)`,
        )
        .bind(id)
        .run(),
    );
    const before = await audited(state);
    await refuses("can't be activated", activateUser, "--username", `deleted:${id}`);
    expect(await audited(state)).toEqual(before);
    await does(state, deactivateUser, "--username", "carol");
    await does(state, activateUser, "--username", "carol");
    expect((await audited(state)).slice(-2).map(({ action }) => action)).toEqual([
      ...["human.deactivate", "human.activate"],
    ]);
  });

  test("a human's own data go to a file that is the operator's alone; erasure wants the name twice", async () => {
    const file = join(state, "..", "dave.json");
    await does(state, exportHuman, "--username", "dave", "--file", file);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const data = JSON.parse(await readFile(file, "utf8"));
    expect(data).toMatchObject({ human: { username: "dave" }, passwords: [{ level: "low" }] });
    expect(JSON.stringify(data)).not.toContain("scrypt");
    await refuses("is there already", exportHuman, "--username", "dave", "--file", file);

    await refuses("--yes must repeat the username", eraseHuman, "--username", "dave");
    await refuses("--yes must repeat", eraseHuman, "--username", "dave", "--yes", "carol");
    const erased = await does(state, eraseHuman, "--username", "dave", "--yes", "dave");
    expect(erased.out).toBe(`Erased dave; what remains names ${data.human.id} only.\n`);
    expect((await audited(state)).at(-1)).toMatchObject({ action: "human.erase", subject: data.human.id });
    await refuses('no user "dave"', exportHuman, "--username", "dave");
  });

  test("each command that changes something leaves an entry; no entry holds more than ids and names of fields", async () => {
    await does(state, enrolCode, "--username", "carol", "--level", "low");
    const subject = ["--organisation", ORGANISATION.id, "--subject", "carol-there"];
    await does(state, externalSubject, "--username", "carol", ...subject);
    const entries = await audited(state);
    expect(entries.slice(-2).map(({ action }) => action)).toEqual(["enrol-code.add", "external-subject.set"]);
    for (const { correlationId } of entries) expect(correlationId).toMatch(/^[0-9a-f-]{36}$/);
    expect(JSON.stringify(entries)).not.toMatch(/carol|Jansen|dave|example\.com|another password/);
  });
});
