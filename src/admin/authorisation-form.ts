/** The form for an authorisation with one policy, as the JSON that is registered: one reader judges both. Pure. */
import type { Parameters } from "../protocol/form.ts";
import { parseTimestamp } from "../protocol/time.ts";

/** What the form says, right or wrong. Lists have one value per line. */
export function registrationOf(form: Parameters): string {
  const list = (name: string): readonly string[] =>
    (form.get(name) ?? "").split(/\r?\n/).flatMap((line) => (line.trim() === "" ? [] : [line.trim()]));
  const text = (name: string) => form.get(name)?.trim();
  const serviceProviders = list("serviceProviders");
  const until = text("until");
  return JSON.stringify(
    {
      policyIssuer: text("organisation"),
      // The day itself still counts. What is no date stays, and is refused.
      notOnOrAfter: until === undefined ? undefined : (dayAfter(until) ?? until),
      policySets: [
        {
          maxDelegationDepth: 0,
          policies: [
            {
              target: {
                resource: {
                  type: text("type"),
                  identifiers: list("identifiers"),
                  attributes: list("attributes"),
                },
                actions: list("actions"),
                // Without any: for every Service Provider.
                environment: serviceProviders.length === 0 ? undefined : { serviceProviders },
              },
              rules: [{ effect: "Permit" }],
            },
          ],
        },
      ],
    },
    null,
    2,
  );
}

function dayAfter(date: string): number | undefined {
  const midnight = /^\d{4}-\d\d-\d\d$/.test(date) ? parseTimestamp(`${date}T00:00:00Z`) : undefined;
  return midnight === undefined ? undefined : midnight + 86_400;
}
