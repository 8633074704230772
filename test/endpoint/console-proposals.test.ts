/** The two-person rule: what one administrator adds holds once another has accepted it, and not before or otherwise. */
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { deactivateStatements } from "../../src/directory/administration.ts";
import { listAuthorisations } from "../../src/directory/authorisation.ts";
import { removeMembershipStatements } from "../../src/directory/membership.ts";
import { eraseStatements } from "../../src/directory/personal-data.ts";
import { addProposal, listProposals, PROPOSAL_SECONDS } from "../../src/directory/proposal.ts";
import { administrator, auditOf, change, tokenOn } from "../support/console.ts";
import { directory, type Instance, newUser, skipHashing, startWorker } from "../support/worker.ts";
import { ORGANISATION } from "../support/world.ts";

type Admin = Awaited<ReturnType<typeof administrator>>;

let idp: Instance;
let one: Admin;
let other: Admin;
beforeAll(async () => {
  skipHashing();
  idp = (await startWorker()).with({ TWO_PERSON_AUTHORISATIONS: "true" });
  one = await administrator(idp);
  other = await administrator(idp);
});
afterEach(() => {
  vi.useRealTimers();
});

const now = () => Math.floor(Date.now() / 1000);
const JSON_OF_IT = JSON.stringify({
  policyIssuer: ORGANISATION.id,
  policySets: [
    {
      policies: [
        {
          target: {
            resource: { type: "GS1.CONTAINER", identifiers: ["*"], attributes: ["*"] },
            actions: ["ISHARE.READ"],
          },
          rules: [{ effect: "Permit" }],
        },
      ],
    },
  ],
});

async function proposed(by: Admin, human?: { id: string }) {
  const { id } = human ?? (await newUser());
  const done = await change(by.visitor, "/admin/authorisations", { id, json: JSON_OF_IT });
  expect(done.url.searchParams.get("done")).toBe("authorisation_proposed");
  const proposal = (await listProposals(directory(), now(), { limit: 1000 })).find(
    ({ humanId }) => humanId === id,
  );
  return { humanId: id, id: proposal?.id ?? "none" };
}
const decide = (by: Admin, id: string, decision: string) =>
  change(by.visitor, "/admin/proposals/decide", { id, decision });
const listed = (id: string) => listAuthorisations(directory(), id);
const waits = async (id: string) =>
  (await listProposals(directory(), now(), { limit: 1000 })).some((it) => it.id === id);
const told = async (id: string) => (await auditOf(id)).map(({ action, actor }) => [action, actor]);

test("what one proposes holds once another has accepted it; the log names both", async () => {
  const { humanId, id } = await proposed(one);
  expect(await listed(humanId)).toEqual([]);
  const page = await other.visitor.open("/admin/proposals");
  for (const text of [id, "GS1.CONTAINER", `human:${one.user.id}`]) expect(page.html).toContain(text);
  const accepted = await decide(other, id, "accept");
  expect(accepted.url.searchParams.get("done")).toBe("proposal_accepted");
  const by = `human:${one.user.id} and human:${other.user.id}`;
  expect(await listed(humanId)).toMatchObject([{ id, status: "active", registeredBy: by }]);
  expect(await waits(id)).toBe(false);
  expect((await told(id)).sort()).toEqual([
    ["authorisation.add", `human:${other.user.id}`],
    ["authorisation.propose", `human:${one.user.id}`],
  ]);
});

test("they are found by user name and organisation, twenty at a time, each once", async () => {
  const users = await Promise.all(Array.from({ length: 21 }, () => newUser()));
  const [user] = users;
  await directory().prepare("DELETE FROM authorisation_proposals").run();
  for (const { id } of users) {
    const proposal = { humanId: id, organisationId: ORGANISATION.id, policySets: [], proposedBy: "x" };
    const entry = (reason: string) => ({ actor: "test", action: "test", reason, correlationId: "x" });
    await addProposal(directory(), proposal, now(), entry);
  }
  const namesOn = ({ html }: { html: string }) =>
    [...html.matchAll(/id=[^"]*">(user-[^<]*)</g)].map(([, name = ""]) => name);
  const first = await other.visitor.open("/admin/proposals?search=user-");
  const next = /<a href="([^"]*)" rel="next">/.exec(first.html)?.[1]?.replaceAll("&amp;", "&") ?? "";
  const second = await other.visitor.look(next);
  expect([namesOn(first).length, namesOn(second).length]).toEqual([20, 1]);
  expect(second.html).not.toContain('rel="next"');
  const all = [...namesOn(first), ...namesOn(second)];
  expect(all.sort()).toEqual(users.map(({ username }) => username).sort());
  const find = async (search: string) =>
    namesOn(await other.visitor.look(`/admin/proposals?search=${encodeURIComponent(search)}`));
  expect(await find(user?.username.toUpperCase() ?? "")).toEqual([user?.username]);
  expect(await find(ORGANISATION.id.slice(4))).toHaveLength(20);
  for (const none of ["%", "nobody", "'"]) expect(await find(none)).toEqual([]);
});

describe("is not accepted", () => {
  test("by who proposed it", async () => {
    const { humanId, id } = await proposed(one);
    expect((await decide(one, id, "accept")).status).toBe(404);
    expect([await listed(humanId), await waits(id)]).toEqual([[], true]);
    expect(await told(id)).toEqual([["authorisation.propose", `human:${one.user.id}`]]);
  });

  test("by whom it is for", async () => {
    const { humanId, id } = await proposed(one, other.user);
    expect((await decide(other, id, "accept")).status).toBe(404);
    expect([await listed(humanId), await waits(id)]).toEqual([[], true]);
  });

  test("even if the database is written to by other code: the rule stands there too", async () => {
    const { id } = await proposed(one);
    const write = directory()
      .prepare(
        "UPDATE authorisation_proposals SET decision = 'accepted', decided_by = proposed_by, decided_at = 1 WHERE id = ?",
      )
      .bind(id)
      .run();
    await expect(write).rejects.toThrow("CHECK constraint failed");
  });

  test.each([
    ["deactivated", (id: string) => directory().batch(deactivateStatements(directory(), [id], now()))],
    [
      "no member any more",
      (id: string) =>
        directory().batch(removeMembershipStatements(directory(), id, ORGANISATION.id, "test", now())),
    ],
    ["erased", (id: string) => directory().batch(eraseStatements(directory(), id, "test", now()))],
  ])("for who is %s", async (_, end) => {
    const { humanId, id } = await proposed(one);
    await end(humanId);
    expect((await decide(other, id, "accept")).status).toBe(404);
    expect(await listed(humanId)).toEqual([]);
    expect(await told(id)).toHaveLength(1);
  });

  test("after a month", async () => {
    const { humanId, id } = await proposed(one);
    await directory()
      .prepare("UPDATE authorisation_proposals SET proposed_at = ? WHERE id = ?")
      .bind(now() - PROPOSAL_SECONDS, id)
      .run();
    expect((await decide(other, id, "accept")).status).toBe(404);
    expect(await listed(humanId)).toEqual([]);
    expect((await other.visitor.look("/admin/proposals")).html).not.toContain(id);
  });

  test("once it was declined, by whoever; nor declined once accepted", async () => {
    const mine = await proposed(one);
    expect((await decide(one, mine.id, "decline")).url.searchParams.get("done")).toBe("proposal_declined");
    expect((await decide(other, mine.id, "accept")).status).toBe(404);
    expect(await listed(mine.humanId)).toEqual([]);
    const theirs = await proposed(one);
    await decide(other, theirs.id, "accept");
    expect((await decide(one, theirs.id, "decline")).status).toBe(404);
    expect(await listed(theirs.humanId)).toMatchObject([{ status: "active" }]);
  });

  test.each(["", "agree", "declined"])("by another word: %j", async (decision) => {
    const { id } = await proposed(one);
    expect((await decide(other, id, decision)).status).toBe(404);
    expect(await waits(id)).toBe(true);
  });
});

test("many who accept at once: one authorisation, one entry", async () => {
  const third = await administrator(idp);
  const { humanId, id } = await proposed(one);
  const sends = await Promise.all(
    [other, third].map(async ({ visitor }) => {
      const token = tokenOn(await visitor.open("/admin/tokens"));
      return () =>
        visitor.browser.post(
          "/admin/proposals/decide",
          { token, id, decision: "accept" },
          {
            "sec-fetch-site": "same-origin",
          },
        );
    }),
  );
  const statuses = await Promise.all(
    [...sends, ...sends, ...sends].map(async (send) => (await send()).status),
  );
  expect(statuses.filter((it) => it === 303)).toHaveLength(1);
  expect(await listed(humanId)).toHaveLength(1);
  expect((await told(id)).filter(([action]) => action === "authorisation.add")).toHaveLength(1);
});
