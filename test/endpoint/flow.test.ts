/** The whole sign-in over HTTP, in each form of the request: what the SP gets and what the tokens say. */
import { beforeAll, expect, test } from "vitest";
import { signIn } from "../support/browser.ts";
import { decodePayload } from "../support/jwt.ts";
import { ALICE, BOB, directory, type Instance, newUser, startWorker } from "../support/worker.ts";
import { authorizeForm, codeForm, IDP_ID, ORGANISATION, SECOND_ORGANISATION } from "../support/world.ts";

let idp: Instance;
beforeAll(async () => {
  idp = await startWorker();
});

test.each(["JWS", "RSA-OAEP", "RSA-OAEP-256"] as const)(
  "a stranger's request as %s leads to a signed userinfo",
  async (form) => {
    const { sp } = idp.world;
    const browser = idp.browser();
    const begun = await browser.post("/connect/authorize", await authorizeForm(sp, {}, form, idp.world.idp));
    expect(begun.status).toBe(302);
    const back = await signIn(browser, begun.headers.get("location") ?? "", ALICE);
    expect(back.href.startsWith(`${sp.redirectUri}&code=`)).toBe(true);
    expect(back.searchParams.get("state")).toBe("state-1");
    expect(back.searchParams.get("iss")).toBe(IDP_ID);

    const answer = await browser.post(
      "/connect/token",
      await codeForm(sp, back.searchParams.get("code") ?? ""),
    );
    expect(answer.status).toBe(200);
    const tokens: Record<string, string> = await answer.json();
    expect(tokens).toMatchObject({ token_type: "Bearer", expires_in: 3600 });
    const idToken = decodePayload(tokens.id_token ?? "");
    expect(idToken).toMatchObject({ iss: IDP_ID, aud: sp.id, azp: sp.id, nonce: "nonce-1", amr: ["pwd"] });

    const info = await idp.send(
      new Request("https://idp.example/connect/userinfo", {
        headers: { authorization: `Bearer ${tokens.access_token}` },
      }),
    );
    expect(info.headers.get("content-type")).toBe("application/jwt");
    expect(decodePayload(await info.text())).toMatchObject({
      sub: idToken.sub,
      organisationIdentifier: ORGANISATION.id,
      name: "Alice O'Neil",
      company_name: ORGANISATION.name,
    });
  },
);

test("a human with two organisations chooses one", async () => {
  const { otherSp } = idp.world;
  const browser = idp.browser();
  const begun = await browser.post("/connect/authorize", await authorizeForm(otherSp));
  const back = await signIn(browser, begun.headers.get("location") ?? "", {
    ...BOB,
    organisation: SECOND_ORGANISATION.id,
  });
  const answer = await browser.post(
    "/connect/token",
    await codeForm(otherSp, back.searchParams.get("code") ?? ""),
  );
  const { id_token }: Record<string, string> = await answer.json();
  expect(decodePayload(id_token ?? "").organisationIdentifier).toBe(SECOND_ORGANISATION.id);
});

test("who is suspended while the registry is asked about the organisation gets no code", async () => {
  const { sp, registry } = idp.world;
  const newcomer = { id: "did:ishare:EU.NL.NTRNL-10000077", name: "Newcomer" };
  registry.parties.push(newcomer);
  const at = idp.with({ CONSENT_EXEMPT_PARTIES: sp.id }); // so that one callback goes all the way
  const { id, ...who } = await newUser({ organisations: [newcomer] });
  const handle = registry.handle;
  let asked = 0;
  registry.handle = async (request) => {
    if (decodeURIComponent(request.url).includes(newcomer.id)) {
      asked++;
      await directory().prepare("UPDATE humans SET status = 'inactive' WHERE id = ?").bind(id).run();
    }
    return handle(request);
  };
  try {
    const browser = at.browser();
    const begun = await browser.post("/connect/authorize", await authorizeForm(sp));
    const back = await signIn(browser, begun.headers.get("location") ?? "", who);
    expect(asked).toBe(1);
    expect(back.searchParams.get("code")).toBeNull();
    expect(back.searchParams.get("error")).toBe("access_denied");
  } finally {
    registry.handle = handle;
  }
});
