/** What stored authorisations give, case by case (`test/vectors/delegation`), in the form of the official schemas. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Authorisation } from "../../../src/delegation/evaluation.ts";
import { answerMask, answerPortal, type EvidenceRules } from "../../../src/delegation/evidence.ts";
import { parseMask } from "../../../src/delegation/mask.ts";
import { readRegistration } from "../../../src/delegation/policy.ts";
import { tellsConditions, tellsLicenceGroups } from "../../../src/protocol/framework.ts";
import { accepted } from "../../support/result.ts";
import { type OfficialVersion, validatorFor } from "../../support/schemas.ts";

type Framework = "2.1" | "2.2" | "3.0";

interface Case {
  readonly name: string;
  readonly at: number;
  readonly serviceProvider: readonly string[];
  readonly framework?: Framework;
  readonly seconds?: number;
  readonly authorisations: readonly Authorisation[];
  readonly registrable?: false;
  readonly outsideSchema?: true;
  readonly mask: unknown;
  readonly evidence: unknown;
}

const SUBJECT = { policyIssuer: "did:ishare:EU.NL.NTRNL-10000001", accessSubject: "human-1" };
const FOLDER = join(import.meta.dirname, "..", "..", "vectors", "delegation");

const subjects = readdirSync(FOLDER)
  .filter((file) => file.endsWith(".json"))
  .map((file) => {
    const cases: readonly Case[] = JSON.parse(readFileSync(join(FOLDER, file), "utf8"));
    return { subject: file.replace(".json", ""), cases };
  });

/** What a version can't tell is not told, so evidence for one version is sound in those that follow. */
const versions: Readonly<Record<Framework, readonly OfficialVersion[]>> = {
  "2.1": ["2.1.1", "2.2.1", "3.0"],
  "2.2": ["2.2.1", "3.0"],
  "3.0": ["3.0"],
};
const validators: Readonly<Record<OfficialVersion, (value: unknown) => string[]>> = {
  "2.1.1": validatorFor("2.1.1", "jwt_payload_delegation_evidence_token"),
  "2.2.1": validatorFor("2.2.1", "jwt_payload_delegation_evidence_token"),
  "3.0": validatorFor("3.0", "jwtPayloadDelegationEvidenceToken"),
};

const frame = { iss: "idp", sub: "idp", aud: "sp", jti: "1", iat: 1_800_000_000, exp: 1_800_000_030 };

function answer({ at, serviceProvider, framework = "2.1", seconds = 60, authorisations, mask }: Case) {
  const rules: EvidenceRules = {
    now: at,
    serviceProvider: new Set(serviceProvider),
    tellsConditions: tellsConditions(framework),
    tellsLicenceGroups: tellsLicenceGroups(framework),
    seconds,
  };
  return mask === "*"
    ? answerPortal(SUBJECT, authorisations, rules)
    : answerMask(accepted(parseMask(mask)), authorisations, rules);
}

const onTheWire = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

const hasPolicy = ({ policySets }: Authorisation): boolean =>
  policySets.length > 0 && policySets.every(({ policies }) => policies.length > 0);

describe.each(subjects)("$subject", ({ cases }) => {
  test.each(cases)("$name", (it) => {
    for (const authorisation of it.authorisations.filter(hasPolicy)) {
      const registration = readRegistration({ policyIssuer: SUBJECT.policyIssuer, ...authorisation });
      if (it.registrable === false) expect(registration).toMatchObject({ ok: false });
      else expect(registration).toMatchObject({ ok: true, value: authorisation });
    }
    const evidence = onTheWire(answer(it));
    expect(evidence).toEqual(it.evidence);
    for (const version of versions[it.framework ?? "2.1"]) {
      expect(validators[version]({ ...frame, delegationEvidence: evidence }), version).toEqual([]);
    }
  });
});

describe("the cases", () => {
  const all = subjects.flatMap(({ cases }) => cases);

  test("are many, and each has a name of its own", () => {
    expect(all.length).toBeGreaterThanOrEqual(60);
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
  });

  test("are about one human and one organisation", () => {
    for (const { evidence } of all) {
      expect(evidence).toMatchObject({
        policyIssuer: SUBJECT.policyIssuer,
        target: { accessSubject: SUBJECT.accessSubject },
      });
    }
  });

  test("ask with masks that the official schemas know", () => {
    const asked: Readonly<Record<OfficialVersion, (value: unknown) => string[]>> = {
      "2.1.1": validatorFor("2.1.1", "DelegationRequestBody/properties/delegationRequest"),
      "2.2.1": validatorFor("2.2.1", "DelegationRequestBody/properties/delegationRequest"),
      "3.0": validatorFor("3.0", "delegationRequestBody/properties/delegationRequest"),
    };
    for (const { name, mask, framework = "2.1", outsideSchema } of all) {
      if (mask === "*" || outsideSchema) continue;
      for (const version of versions[framework]) expect(asked[version](mask), name).toEqual([]);
    }
  });

  test("and the schemas refuse evidence that is not in their form", () => {
    const [first] = all;
    const evidence = first?.evidence as object;
    for (const version of versions["2.1"]) {
      const validate = validators[version];
      expect(validate({ ...frame, delegationEvidence: evidence })).toEqual([]);
      expect(validate({ ...frame, delegationEvidence: { ...evidence, notBefore: "now" } })).not.toEqual([]);
      expect(validate({ ...frame, delegationEvidence: { ...evidence, policySets: [{}] } })).not.toEqual([]);
      expect(validate({ delegationEvidence: evidence })).not.toEqual([]);
    }
  });
});
