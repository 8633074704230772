/** The userinfo claims that each scope opens (wire document §8; OIDC Core §5.4). The signer adds the frame. */
import type { Organisation } from "./grant.ts";
import type { Scope } from "./scopes.ts";

/** What the directory knows of a human that an SP may learn. */
export interface Attributes {
  readonly givenName: string;
  readonly familyName: string;
  readonly gender?: "male" | "female";
  readonly locale?: string;
  readonly email: string;
  readonly emailVerified: boolean;
  readonly phone?: string;
}

export function buildUserinfo(input: {
  readonly subject: string;
  readonly clientId: string;
  readonly organisation: Organisation;
  readonly scopes: readonly Scope[];
  readonly attributes: Attributes;
  /** the answer to a delegation request, where there was one */
  readonly delegationEvidence?: object | undefined;
}) {
  const { scopes, attributes, organisation, delegationEvidence } = input;
  const has = (...names: Scope[]): boolean => names.some((name) => scopes.includes(name));
  return {
    sub: input.subject,
    aud: input.clientId,
    organisationIdentifier: organisation.id,
    ...(has("name", "profile") && {
      first_name: attributes.givenName,
      last_name: attributes.familyName,
      name: `${attributes.givenName} ${attributes.familyName}`.trim(),
      given_name: attributes.givenName,
      family_name: attributes.familyName,
    }),
    ...(has("profile") && {
      ...(attributes.gender === undefined ? {} : { gender: attributes.gender }),
      ...(attributes.locale === undefined ? {} : { locale: attributes.locale }),
    }),
    ...(has("email", "contact_details") && {
      email: attributes.email,
      email_verified: attributes.emailVerified,
    }),
    ...(has("phone", "contact_details") &&
      attributes.phone !== undefined && { phone_number: attributes.phone }),
    ...(has("company") && { company_id: organisation.id, company_name: organisation.name }),
    ...(delegationEvidence === undefined ? {} : { delegationEvidence }),
  };
}
