/** Who is deactivated has no session, no sign-in under way, no code and no token left; who leaves an organisation, none for it. */
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { freshName, type ScimClient, scimClient } from "../support/scim.ts";
import { errorOf, type Stop, Visitor } from "../support/visitor.ts";
import {
  directory,
  type Instance,
  later,
  newUser,
  skipHashing,
  startWorker,
  type User,
} from "../support/worker.ts";
import { codeForm, ORGANISATION, SECOND_ORGANISATION, type Sp } from "../support/world.ts";

let idp: Instance;
let sp: Sp;
let home: ScimClient;
let other: ScimClient;
beforeAll(async () => {
  skipHashing();
  idp = await startWorker();
  ({ sp } = idp.world);
  home = await scimClient(idp, ORGANISATION);
  other = await scimClient(idp, SECOND_ORGANISATION);
});
afterEach(() => {
  vi.useRealTimers();
});

const redeem = async (stop: Stop) => {
  const form = await codeForm(sp, stop.url.searchParams.get("code") ?? "");
  return (await idp.browser().post("/connect/token", form)).status;
};
const userinfoOf = async (visitor: Visitor, token: string) => (await visitor.userinfo(token)).status;
const setActive = (client: ScimClient, id: string, active: boolean) =>
  client.patch(`/Users/${id}`, { op: "replace", value: { active } });
/** What the other organisation calls somebody who is homed at the first. */
const guestOf = async (user: User): Promise<string> => (await other.make(user.username)).body.id;
const choosing = (user: User, organisation: string) =>
  new Visitor(idp, user).with({ "/organisation": { organisation, decision: "allow" } });

describe("a human whose home organisation deactivates them", () => {
  test("loses the session, a code of a moment ago, and the token; and does not sign in again", async () => {
    later(0);
    const user = await newUser();
    const visitor = new Visitor(idp, user);
    const { accessToken } = await visitor.redeem(sp, await visitor.visit(sp));
    const unredeemed = await visitor.visit(sp);
    expect(await userinfoOf(visitor, accessToken)).toBe(200);
    expect((await setActive(home, user.id, false)).body.active).toBe(false);
    expect(await redeem(unredeemed)).toBe(400);
    expect(await userinfoOf(visitor, accessToken)).toBe(401);
    expect((await visitor.browser.get("/account")).status).not.toBe(200);
    const again = await new Visitor(idp, user).visit(sp);
    expect(again.url.searchParams.get("code")).toBeNull();
    const left = await directory().prepare("SELECT * FROM sessions WHERE human_id = ?").bind(user.id).all();
    expect(left.results).toEqual([]);
  });

  test("gets none of it back when active again", async () => {
    later(0);
    const user = await newUser();
    const visitor = new Visitor(idp, user);
    const { accessToken } = await visitor.redeem(sp, await visitor.visit(sp));
    const unredeemed = await visitor.visit(sp);
    await setActive(home, user.id, false);
    await setActive(home, user.id, true);
    expect(await redeem(unredeemed)).toBe(400);
    expect(await userinfoOf(visitor, accessToken)).toBe(401);
    expect((await visitor.browser.get("/account")).status).not.toBe(200);
    later(60); // what begins in the same second counts as begun before, by the clock of the database
    expect((await new Visitor(idp, user).visit(sp)).url.searchParams.get("code")).not.toBeNull();
  });

  test("even when they signed out after the code was issued", async () => {
    later(0);
    const user = await newUser();
    const visitor = new Visitor(idp, user);
    const stop = await visitor.visit(sp);
    await visitor.post("/account/sessions/end", { session: "all" });
    await setActive(home, user.id, false);
    expect(await redeem(stop)).toBe(400);
  });

  test("in the middle of a sign-in gets no code", async () => {
    later(0);
    const user = await newUser();
    const visitor = new Visitor(idp, user).with({ "/consent": undefined });
    const consent = await visitor.visit(sp);
    await setActive(home, user.id, false);
    const after = await visitor.answer(consent, { decision: "allow" });
    expect(after.url.searchParams.get("code")).toBeNull();
  });

  test("by DELETE: the pseudonym stays, and is nobody else's", async () => {
    later(0);
    const user = await newUser();
    const visitor = new Visitor(idp, user);
    const { claims, accessToken } = await visitor.redeem(sp, await visitor.visit(sp));
    expect((await home.send("DELETE", `/Users/${user.id}`)).status).toBe(204);
    expect(await userinfoOf(visitor, accessToken)).toBe(401);
    const { results } = await directory()
      .prepare("SELECT human_id FROM pseudonyms WHERE pseudonym = ?")
      .bind(claims.sub)
      .all();
    expect(results).toEqual([{ human_id: user.id }]);
  });
});

describe("a guest whom the other organisation deactivates", () => {
  test("loses codes and tokens for it alone, and goes on for the home organisation", async () => {
    later(0);
    const user = await newUser();
    const id = await guestOf(user);
    const forOther = choosing(user, SECOND_ORGANISATION.id);
    const there = await forOther.redeem(sp, await forOther.visit(sp));
    const unredeemed = await forOther.visit(sp);
    const forHome = choosing(user, ORGANISATION.id);
    const here = await forHome.redeem(sp, await forHome.visit(sp));
    expect(await userinfoOf(forOther, there.accessToken)).toBe(200);
    await setActive(other, id, false);
    expect(await userinfoOf(forOther, there.accessToken)).toBe(401);
    expect(await redeem(unredeemed)).toBe(400);
    expect(await userinfoOf(forHome, here.accessToken)).toBe(200);
    expect((await forHome.browser.get("/account")).status).toBe(200);
  });

  test.each(["group", "DELETE"])("likewise by %s", async (way) => {
    later(0);
    const user = await newUser();
    const id = await guestOf(user);
    const visitor = choosing(user, SECOND_ORGANISATION.id);
    const { accessToken } = await visitor.redeem(sp, await visitor.visit(sp));
    const [group] = (await other.list({}, "Groups")).body.Resources;
    if (way === "group")
      await other.patch(`/Groups/${group.id}`, { op: "remove", path: `members[value eq "${id}"]` });
    else await other.send("DELETE", `/Users/${id}`);
    expect(await userinfoOf(visitor, accessToken)).toBe(401);
  });

  test("between choosing the organisation and consenting gets no code for it", async () => {
    later(0);
    const user = await newUser();
    const id = await guestOf(user);
    const visitor = choosing(user, SECOND_ORGANISATION.id).with({ "/consent": undefined });
    const consent = await visitor.visit(sp);
    await setActive(other, id, false);
    const after = await visitor.answer(consent, { decision: "allow" });
    expect(errorOf(after)).toBe("access_denied");
  });
});

test("a member of the home organisation who leaves its group loses the token, and no session", async () => {
  later(0);
  const user = await newUser({ organisations: [ORGANISATION, SECOND_ORGANISATION] });
  const visitor = choosing(user, ORGANISATION.id);
  const { accessToken } = await visitor.redeem(sp, await visitor.visit(sp));
  const [group] = (await home.list({}, "Groups")).body.Resources;
  await home.patch(`/Groups/${group.id}`, { op: "remove", path: `members[value eq "${user.id}"]` });
  expect(await userinfoOf(visitor, accessToken)).toBe(401);
  expect((await visitor.browser.get("/account")).status).toBe(200);
});

test("what a fault left over is ended by the same request again", async () => {
  later(0);
  const user = await newUser();
  const visitor = new Visitor(idp, user);
  const { accessToken } = await visitor.redeem(sp, await visitor.visit(sp));
  const broken = {
    GRANTS: {
      idFromString: () => {
        throw new Error("out of reach");
      },
    },
  };
  const faulty = await scimClient(idp.with(broken as unknown as Record<string, string>), ORGANISATION);
  const failed = await setActive(faulty, user.id, false);
  expect([failed.status, failed.body.status]).toEqual([500, "500"]);
  expect((await setActive(home, user.id, false)).status).toBe(200);
  await setActive(home, user.id, true);
  expect(await userinfoOf(visitor, accessToken)).toBe(401);
  expect(freshName()).not.toBe(user.username);
});
