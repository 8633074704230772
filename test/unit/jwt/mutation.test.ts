/** A token is one string: with any character of it changed, left out or doubled, it is no token. */
import { beforeAll, describe, expect, test } from "vitest";
import { createPathCache } from "../../../src/jwt/path-cache.ts";
import { type JwtRules, verifyJwt } from "../../../src/jwt/verify.ts";
import { checkPath } from "../../../src/trust/chain.ts";
import { frame, signJwt } from "../../support/jwt.ts";
import { fingerprintOf, mint, mintCa } from "../../support/pki.ts";
import { reasonOf } from "../../support/result.ts";

const NOW = Math.floor(Date.now() / 1000);
const US = "did:ishare:EU.NL.NTRNL-10000010";
const SP = "did:ishare:EU.NL.NTRNL-10000020";
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

let token: string;
let rules: JwtRules;
beforeAll(async () => {
  const root = await mintCa(undefined, { subject: "CN=Root" });
  const anchors = { granted: new Set([await fingerprintOf(root)]), withdrawn: new Set<string>() };
  rules = {
    audience: [US],
    algorithms: ["RS256", "RS384", "RS512"],
    skew: 10,
    now: NOW,
    checkLife: true,
    paths: createPathCache(),
    anchor: (path) => checkPath(path, anchors, NOW),
  };
  token = await signJwt(await mint(root), frame(SP, SP, US, NOW));
});

const STRANGE = ["=", "+", " ", "\u00e9", "\n"];

/** The first, a middle and the last of the six bits that a letter stands for turned; and what is no letter at all. */
function* mutantsAt(at: number): Generator<string> {
  const put = (text: string) => token.slice(0, at) + text + token.slice(at + 1);
  const letter = token[at] ?? "";
  const value = ALPHABET.indexOf(letter);
  if (value >= 0) for (const bit of [0, 3, 5]) yield put(ALPHABET[value ^ (1 << bit)] ?? "");
  else yield put("A");
  yield put(STRANGE[at % STRANGE.length] ?? "");
  if (token[at + 1] !== letter) {
    yield put("");
    yield put(letter + letter);
  }
}

describe("every character of", () => {
  test.each([
    ["the header", 0],
    ["the payload", 1],
    ["the signature", 2],
  ])("%s, and the dot behind", { timeout: 60_000 }, async (_, part) => {
    expect(reasonOf(await verifyJwt(token, rules))).toBe("accepted");
    const parts = token.split(".");
    const start = parts.slice(0, part).reduce((sum, it) => sum + it.length + 1, 0);
    const end = Math.min(start + (parts[part]?.length ?? 0) + 1, token.length);
    const accepted: string[] = [];
    let mutants = 0;
    for (let at = start; at < end; at++)
      for (const mutant of mutantsAt(at)) {
        if (reasonOf(await verifyJwt(mutant, rules)) === "accepted") accepted.push(`${at}: ${mutant}`);
        mutants++;
      }
    expect(accepted).toEqual([]);
    expect(mutants).toBeGreaterThan((end - start) * 4);
  });
});
