/** What the audit log is told by sign-ins, refusals and account changes; and that it never keeps anybody from signing in. */
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { entriesOf, failing } from "../support/audit.ts";
import { createAuthenticator } from "../support/authenticator.ts";
import { readForms } from "../support/browser.ts";
import { addPasskey, addTotp, humanWithApp, oneTimeCode, wanting } from "../support/factors.ts";
import { errorOf, Visitor } from "../support/visitor.ts";
import { directory, type Instance, newUser, skipHashing, startWorker, type User } from "../support/worker.ts";
import { ORGANISATION, type Sp } from "../support/world.ts";

let idp: Instance;
let sp: Sp;
beforeAll(async () => {
  skipHashing();
  idp = await startWorker();
  ({ sp } = idp.world);
});
beforeEach(async () => {
  await directory().prepare("DELETE FROM audit_pending").run();
  idp.log();
});
afterEach(() => {
  vi.useRealTimers();
});

/** What was told since the test began, without what differs each time. */
async function told({ id }: User, prefix = "") {
  const entries = (await entriesOf(directory())).filter(
    ({ actor, subject, action }) => (actor === `human:${id}` || subject === id) && action.startsWith(prefix),
  );
  for (const { correlationId } of entries) expect(correlationId).toMatch(/^[0-9a-f-]{36}$/);
  return entries.map(({ correlationId: _, ...entry }) => entry);
}
const by = ({ id }: User) => ({ actor: `human:${id}` });
const about = ({ id }: User) => ({ actor: `human:${id}`, subject: id });

async function signedIn(user: User): Promise<Visitor> {
  const visitor = new Visitor(idp, user);
  expect((await visitor.open("/account")).status).toBe(200);
  return visitor;
}

describe("signing in", () => {
  test("tells who, where and how strongly; and what was agreed to, in the organisation's own log", async () => {
    const user = await newUser();
    expect(errorOf(await new Visitor(idp, user).visit(sp))).toBe("none: a code");
    const session = { action: "sign-in", subject: expect.stringMatching(/^[0-9a-f]{64}$/) };
    expect(await told(user)).toEqual([
      { ...by(user), ...session, party: sp.id, reason: "low pwd" },
      {
        ...{ ...by(user), action: "consent.give", party: sp.id, organisation: ORGANISATION.id },
        reason: expect.stringMatching(/^([\w]+ )*openid( [\w]+)*$/),
      },
    ]);
    await idp.scheduled();
    const { results } = await directory()
      .prepare("SELECT organisation_id, entry FROM audit ORDER BY organisation_id")
      .all<{ organisation_id: string; entry: string }>();
    const logs = results.filter(({ entry }) => entry.includes(user.id)).map((row) => row.organisation_id);
    expect(logs).toEqual(["", ORGANISATION.id]);
  });

  test("the entry carries the id that the human can quote", async () => {
    const user = await newUser();
    const visitor = new Visitor(idp, user).with({ "/consent": undefined });
    const stop = await visitor.visit(sp);
    const [entry] = (await entriesOf(directory())).filter(({ actor }) => actor === `human:${user.id}`);
    expect(entry?.correlationId).toBe(stop.response.headers.get("x-correlation-id"));
  });

  test("holds no secret and nothing personal", async () => {
    const { user, visitor, seed, recoveryCode } = await humanWithApp(idp);
    await visitor.visit(sp, wanting("substantial"));
    const cookie = visitor.browser.cookies.get("__Host-session") ?? "";
    const text = JSON.stringify(await entriesOf(directory()));
    for (const secret of [user.username, user.password, "Una", "una@example.com", seed, recoveryCode, cookie])
      expect(text).not.toContain(secret);
  });

  test.each(["audit_pending", "sign_ins"])(
    "goes on while %s can't be written, which is done later",
    async (table) => {
      const user = await newUser();
      const faults = failing(directory(), table, 2);
      const visitor = new Visitor(idp.with({ DIRECTORY: faults.database as unknown as string }), user);
      expect(errorOf(await visitor.visit(sp))).toBe("none: a code");
      expect(faults.failed()).toBeGreaterThan(0);
      const actions = (await told(user)).map(({ action }) => action).sort();
      expect(actions).toEqual(["consent.give", "sign-in"]);
      const { results } = await directory()
        .prepare("SELECT 1 FROM sign_ins WHERE human_id = ?")
        .bind(user.id)
        .all();
      expect(results).toHaveLength(1);
      expect(idp.log().map(({ event }) => event)).not.toContain("audit_entry_lost");
    },
  );

  test("what is lost in the end is said in the log", async () => {
    const { setTimeout: real } = globalThis;
    const soon = (work: () => void, delay = 0) =>
      delay <= 15_000 ? queueMicrotask(work) : real(work, delay);
    const timer = vi.spyOn(globalThis, "setTimeout").mockImplementation(soon as unknown as typeof setTimeout);
    const faults = failing(directory(), "audit_pending", 100);
    const visitor = new Visitor(
      idp.with({ DIRECTORY: faults.database as unknown as string }),
      await newUser(),
    );
    expect(errorOf(await visitor.visit(sp))).toBe("none: a code");
    timer.mockRestore();
    const lost = idp.log().filter(({ event }) => event === "audit_entry_lost");
    expect(lost).toEqual([
      expect.objectContaining({ action: "sign-in", correlationId: expect.any(String) }),
      expect.objectContaining({ action: "consent.give" }),
    ]);
    expect(JSON.stringify(lost)).not.toMatch(/human:|NTRNL/); // nor who it was, at which SP
  });
});

describe("refusals", () => {
  const refusal = (user: User, reason: string) => ({
    ...{ actor: "idp", action: "sign-in.refuse", subject: user.id, party: sp.id },
    reason,
  });

  test("a wrong password, and a locked account", async () => {
    const user = await newUser();
    const at = idp.with({ LOGIN_MAX_FAILURES: "2" });
    for (const status of [403, 403, 429])
      expect((await new Visitor(at, { ...user, password: "wrong" }).visit(sp)).status).toBe(status);
    const wrong = refusal(user, "credentials");
    expect(await told(user)).toEqual([wrong, wrong, refusal(user, "account_locked")]);
  });

  test("somebody who is suspended", async () => {
    const user = await newUser();
    await directory().prepare("UPDATE humans SET status = 'inactive' WHERE id = ?").bind(user.id).run();
    expect((await new Visitor(idp, user).visit(sp)).status).toBe(403);
    expect(await told(user)).toEqual([refusal(user, "inactive")]);
  });

  test("a wrong code", async () => {
    const { user, visitor } = await humanWithApp(idp);
    await visitor
      .with({ "/login/totp": { code: "000000" } })
      .visit(sp, wanting("substantial"))
      .catch(() => undefined);
    const refused = await told(user, "sign-in.refuse");
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]).toEqual(refusal(user, "factor_refused totp"));
  });

  test("a name that nobody has is not told, and no guess fills the log", async () => {
    const before = (await entriesOf(directory())).length;
    const nobody = { username: `none-${crypto.randomUUID()}`, password: "x", id: "x" };
    expect((await new Visitor(idp, nobody).visit(sp)).status).toBe(403);
    expect(await entriesOf(directory())).toHaveLength(before);

    const user = await newUser();
    const at = idp.with({ LOGIN_MAX_FAILURES: "100" });
    for (let guess = 0; guess < 23; guess++) await new Visitor(at, { ...user, password: "wrong" }).visit(sp);
    expect(await told(user)).toHaveLength(20);
  });
});

describe("what humans do to their own account", () => {
  test("factors added, named and removed", async () => {
    const user = await newUser();
    const visitor = await signedIn(user);
    const { recoveryCode } = await addTotp(visitor, await oneTimeCode(user, "enrol", "substantial"));
    await visitor.post("/account/totp/remove", { code: recoveryCode });
    const key = await createAuthenticator();
    await addPasskey(visitor, key);
    const page = await visitor.look("/account/factors");
    const credential = readForms(page.html).find(({ action }) => action === "/account/passkey/rename");
    await visitor.post("/account/passkey/rename", { ...credential?.fields, name: "Another" });
    await visitor.post("/account/passkey/remove", { credential: credential?.fields.credential ?? "" });
    await visitor.post("/account/passkey/remove", { credential: credential?.fields.credential ?? "" });
    const entries = (await told(user)).filter(({ action }) => action !== "sign-in");
    expect(entries).toEqual([
      { ...about(user), action: "factor.add", reason: "totp substantial" },
      { ...about(user), action: "recovery-codes.replace" },
      { ...about(user), action: "factor.remove", reason: "totp" },
      { ...about(user), action: "factor.add", reason: "passkey low" },
      { ...about(user), action: "factor.rename", reason: "passkey" },
      { ...about(user), action: "factor.remove", reason: "passkey" },
    ]);
  });

  test("a new password, and the sessions that it ends; a wrong one in its place", async () => {
    const user = await newUser();
    const [visitor] = [await signedIn(user), await signedIn(user)];
    const chosen = { password: "violet-tractor-lamp-93", repeat: "violet-tractor-lamp-93" };
    await visitor.post("/account/password", { ...chosen, current: "wrong" });
    await visitor.post("/account/password", { ...chosen, current: user.password });
    const entries = (await told(user)).filter(({ action }) => action !== "sign-in");
    expect(entries).toEqual([
      { actor: "idp", action: "password.refuse", subject: user.id, reason: "credentials" },
      { ...about(user), action: "password.change" },
      { ...by(user), action: "session.end", subject: expect.any(String), reason: "password_changed" },
    ]);
  });

  test("a password set by an administrator's link", async () => {
    const user = await newUser();
    const code = await oneTimeCode(user, "reset", "low");
    const form = { code, password: "violet-tractor-lamp-93", repeat: "violet-tractor-lamp-93" };
    const answer = await idp.browser().post("/reset", form, { "sec-fetch-site": "same-origin" });
    expect(answer.status).toBe(200);
    expect(await told(user)).toEqual([{ ...about(user), action: "password.reset", reason: "link" }]);
  });

  test("a session ended, and a consent withdrawn: once, however often it is asked", async () => {
    const user = await newUser();
    const visitor = new Visitor(idp, user);
    await visitor.visit(sp);
    const fields = { party: sp.id, organisation: ORGANISATION.id };
    for (let time = 0; time < 2; time++) await visitor.post("/account/consents/withdraw", fields);
    await visitor.browser.post(
      "/account/sessions/end",
      { session: "all" },
      { "sec-fetch-site": "same-origin" },
    );
    expect(await told(user, "consent.withdraw")).toEqual([
      { ...by(user), subject: user.id, action: "consent.withdraw", ...fields },
    ]);
    expect(await told(user, "session.end")).toEqual([
      { ...by(user), action: "session.end", subject: expect.any(String), reason: "own" },
    ]);
  });

  test("is chained as soon as the answer is out", async () => {
    const user = await newUser();
    const visitor = await signedIn(user);
    await visitor.post("/account/recovery", {});
    const { results } = await directory().prepare("SELECT id FROM audit_pending").all();
    expect(results).toEqual([]);
  });

  test("can't be done while it can't be told", async () => {
    const user = await newUser();
    const visitor = await signedIn(user);
    const faults = failing(directory(), "audit_pending", 100);
    const sick = new Visitor(
      idp.with({ DIRECTORY: faults.database as unknown as string }),
      user,
      visitor.browser,
    );
    // A browser belongs to the instance it was made at: this one only lends its cookies.
    const browser = sick.at.browser();
    for (const [name, value] of visitor.browser.cookies) browser.cookies.set(name, value);
    const chosen = { password: "violet-tractor-lamp-93", repeat: "violet-tractor-lamp-93" };
    const form = { ...chosen, current: user.password };
    const answer = await browser.post("/account/password", form, { "sec-fetch-site": "same-origin" });
    expect(answer.status).toBe(500);
    expect(errorOf(await new Visitor(idp, user).visit(sp))).toBe("none: a code"); // the old one holds
  });
});
