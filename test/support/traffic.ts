/**
 * Mixed traffic against a running instance, each operation with what must come of it. For the soak; knows the wire and
 * nothing of `src`.
 */
import { signIn } from "./browser.ts";
import { decodePayload, encodePart, frame, signJwt } from "./jwt.ts";
import { createPki, mintLeaf } from "./pki.ts";
import { type Running, USER } from "./running.ts";
import { assertion, authorizeForm, codeForm, IDP_ID, machineForm, type Sp } from "./world.ts";

export type Kind = "sign-in" | "machine token" | "userinfo" | "capabilities" | "hostile";

export interface Outcome {
  readonly kind: Kind;
  readonly milliseconds: number;
  readonly statuses: readonly number[];
  /** what was not as it must be */
  readonly wrong?: string;
}

interface Step {
  readonly statuses: number[];
  expect(response: Response, status: number): void;
}

/** Out of twenty: a full sign-in is some ten requests and a password hash. */
const MIX: readonly Kind[] = [
  ...Array<Kind>(3).fill("sign-in"),
  ...Array<Kind>(7).fill("machine token"),
  ...Array<Kind>(5).fill("userinfo"),
  ...Array<Kind>(3).fill("capabilities"),
  ...Array<Kind>(2).fill("hostile"),
];

export async function createTraffic(idp: Running): Promise<{ next(): Promise<Outcome> }> {
  const { sp, otherSp } = idp.world;
  const strangers = await createPki();
  const stranger: Sp = { ...sp, leaf: await mintLeaf(strangers, "NTRNL-10000020") };
  const used = await machineForm(sp);
  const post = (path: string, form: Readonly<Record<string, string>>) => idp.browser().post(path, form);
  await post("/connect/token", used);
  let accessToken = "";
  let count = 0;

  const operations: Readonly<Record<Kind, (step: Step) => Promise<void>>> = {
    "sign-in": async (step) => {
      const at = count % 2 === 0 ? sp : otherSp;
      const browser = idp.browser();
      const nonce = `nonce-${count}`;
      const begun = await browser.post("/connect/authorize", await authorizeForm(at, { nonce }));
      step.expect(begun, 302);
      const back = await signIn(browser, begun.headers.get("location") ?? "", USER);
      const answer = await post("/connect/token", await codeForm(at, back.searchParams.get("code") ?? ""));
      step.expect(answer, 200);
      const tokens = (await answer.json()) as { id_token: string; access_token: string };
      const { iss, aud, nonce: echoed } = decodePayload(tokens.id_token);
      if (iss !== IDP_ID || aud !== at.id || echoed !== nonce) throw new Error("another's id_token");
      if (at === sp) ({ access_token: accessToken } = tokens);
    },
    "machine token": async (step) => step.expect(await post("/connect/token", await machineForm(sp)), 200),
    userinfo: async (step) => {
      const headers = { authorization: `Bearer ${accessToken}` };
      const response = await fetch(`${idp.url}/connect/userinfo`, { headers });
      step.expect(response, 200);
      if (decodePayload(await response.text()).aud !== sp.id) throw new Error("another's userinfo");
    },
    capabilities: async (step) => step.expect(await fetch(`${idp.url}/capabilities`), 200),
    hostile: async (step) => {
      const hostile = [
        async () => post("/connect/token", used), // used before
        async () => post("/connect/token", await machineForm(stranger)),
        async () =>
          post("/connect/token", { ...(await machineForm(sp)), client_assertion: "x".repeat(30_000) }),
        async () => post("/connect/token", await codeForm(sp, "A".repeat(86))),
        async () =>
          post("/connect/token", {
            ...(await machineForm(sp)),
            client_assertion: `${encodePart({ alg: "none" })}.e30.`,
          }),
        async () =>
          post("/connect/token", {
            ...(await machineForm(sp)),
            client_assertion: await signJwt(otherSp.leaf, frame(sp.id, sp.id, IDP_ID)),
          }),
        async () =>
          post(
            "/connect/token",
            await machineForm(sp, { client_assertion: await assertion(sp, { exp: 1 }) }),
          ),
      ];
      const attack = hostile[count % hostile.length];
      if (attack !== undefined) step.expect(await attack(), 400);
    },
  };

  async function run(kind: Kind): Promise<Outcome> {
    const statuses: number[] = [];
    const begun = performance.now();
    const step: Step = {
      statuses,
      expect: (response, status) => {
        statuses.push(response.status);
        if (response.status !== status) throw new Error(`${response.status} instead of ${status}`);
      },
    };
    const wrong = await operations[kind](step).then(
      () => undefined,
      (error: Error) => error.message,
    );
    const milliseconds = performance.now() - begun;
    return { kind, milliseconds, statuses, ...(wrong === undefined ? {} : { wrong }) };
  }

  const first = await run("sign-in"); // for a token to ask userinfo with
  if (first.wrong !== undefined) throw new Error(`the first sign-in: ${first.wrong}`);
  return {
    next: () => {
      count++;
      return run(MIX[(count * 7) % MIX.length] ?? "machine token");
    },
  };
}
