/** The console's pages as the gallery draws them: full, empty, and with what is long. English alone. */
import { AuditPage } from "../../src/pages/admin/audit.tsx";
import { AuthorisationsPage } from "../../src/pages/admin/authorisations.tsx";
import { OrganisationPage, OrganisationsPage } from "../../src/pages/admin/organisations.tsx";
import { OverviewPage, PartiesPage } from "../../src/pages/admin/overview.tsx";
import { ProposalsPage } from "../../src/pages/admin/proposals.tsx";
import type { Authorisation, User } from "../../src/pages/admin/records.ts";
import { RefusalsPage } from "../../src/pages/admin/refusals.tsx";
import { ShownOncePage } from "../../src/pages/admin/shown-once.tsx";
import { TokensPage } from "../../src/pages/admin/tokens.tsx";
import { UserPage } from "../../src/pages/admin/user.tsx";
import { ChangeUserPage, NewUserPage } from "../../src/pages/admin/user-form.tsx";
import { UsersPage } from "../../src/pages/admin/users.tsx";
import type { Frame } from "../../src/pages/layout.tsx";

const NOW = 1_800_000_000;
const DAY = 86_400;
const ID = "0b9c7e6a-5d4f-4c3b-9a2e-1f0d8c7b6a59";
const NOORDZEE = { id: "did:ishare:EU.NL.NTRNL-10000001", name: "Noordzee Transport B.V." };
const LONG = {
  id: "did:ishare:EU.EORI.NL1234567890123456789012345678901234567890",
  name: "Gemeenschappelijke-Binnenvaartondernemingsvereniging Rijn-Schelde-Noordzee (in liquidatie)",
};
const alice: User = {
  ...{ id: ID, username: "alice@noordzee.example", givenName: "Alice", familyName: "Jansen" },
  ...{ email: "alice@noordzee.example", phone: "+31612345678", locale: "nl", identityAssurance: "high" },
  ...{ status: "active", roles: [], organisations: [NOORDZEE, LONG], createdAt: NOW - 400 * DAY },
  gender: "female",
  standing: { version: 7, home: NOORDZEE.id, isProvisioned: true, isRemoved: false },
};
const bob: User = {
  ...{ ...alice, id: `${ID}0`, username: "bartholomeus.van.der.zwaluw-hoogstraten@rijn-schelde.example" },
  ...{ givenName: "Bartholomeus-Alexander", familyName: "van der Zwaluw-Hoogstraten", phone: null },
  ...{ locale: null, status: "inactive", roles: ["administrator"], organisations: [LONG] },
  standing: { version: 8, home: LONG.id, isProvisioned: false, isRemoved: true },
};
const authorisation: Authorisation = {
  ...{ id: ID, organisationId: LONG.id, notBefore: NOW - DAY, notOnOrAfter: NOW + DAY, status: "active" },
  ...{ registeredBy: `human:${ID}`, registeredAt: NOW - DAY, revokedBy: null, revokedAt: null },
  policySets: [{ policies: [{ target: { resource: { type: "GS1.CONTAINER", identifiers: ["*"] } } }] }],
};
const PROPOSAL = { ...authorisation, humanId: ID, proposedBy: ID, proposedAt: NOW - DAY };
const token = {
  ...{ id: "0123456789abcdef0123456789abcdef", organisation: NOORDZEE, usernameSuffix: "@noordzee.example" },
  ...{ createdBy: "command:operator", createdAt: NOW - 9 * DAY, lastUsedAt: NOW - DAY },
};
const entry = {
  ...{ seq: 4711, at: NOW, actor: `human:${ID}`, action: "authorisation.revoke", subject: ID, reason: ID },
  ...{ party: LONG.id, correlationId: ID },
};
const refusal = {
  ...{ at: NOW, correlationId: ID, endpoint: "/connect/token", method: "POST", status: 400 },
  reason: "of_an_older_version",
};
const FINGERPRINT = "0123456789abcdef".repeat(4);

type Draw = (frame: Frame) => { toString(): string };
const shared = (frame: Frame) => ({ frame: { ...frame, here: undefined }, token: "console-token" });

export const CONSOLE_GALLERY: Readonly<Record<string, Draw>> = {
  "console-overview": (frame) => (
    <OverviewPage
      {...shared(frame)}
      keys={[
        { name: "current", signs: true, until: NOW + 6 * DAY, endsIn: 6 },
        { name: "next", signs: false, until: NOW + 400 * DAY, signsFrom: NOW + DAY },
      ]}
      settings={[
        { name: "ISSUER_URL", value: "https://idp.example" },
        { name: "REGISTRY_ROOT_FINGERPRINTS", value: FINGERPRINT },
        { name: "HIGH_ASSURANCE_AUTHENTICATORS", value: "41, SHA-256 0123456789abcdef…" },
        { name: "COMPAT", value: "(none)" },
      ]}
      services={[
        { name: "AUDIT_EXPORT", value: "in force" },
        { name: "METRICS", value: "(none)" },
        { name: "SIGNER_URL", value: "current, next" },
      ]}
      waiting={3}
    />
  ),
  "console-users": (frame) => (
    <UsersPage {...shared(frame)} users={[alice, bob]} search="a" organisation={LONG.id} after="bob" />
  ),
  "console-users-none": (frame) => <UsersPage {...shared(frame)} users={[]} search="nobody" />,
  "console-user": (frame) => (
    <UserPage
      {...shared(frame)}
      user={alice}
      factors={{
        ...{ password: "low", totp: "substantial", recoveryCodes: 9 },
        passkeys: [
          { name: "Work key", level: "high", hardware: true, createdAt: NOW - DAY, lastUsedAt: NOW },
          { name: "Phone", level: "substantial", hardware: false, createdAt: NOW - DAY },
        ],
      }}
      sessions={2}
      signIns={[
        { at: NOW, partyName: LONG.name, level: "high", amr: ["hwk", "user", "mfa"] },
        { at: NOW - DAY, level: "low", amr: ["pwd"] },
      ]}
      levels={["low", "substantial"]}
      done="user_activated"
    />
  ),
  "console-user-inactive": (frame) => (
    <UserPage
      {...shared(frame)}
      user={bob}
      factors={{ password: undefined, totp: undefined, recoveryCodes: 0, passkeys: [] }}
      sessions={0}
      signIns={[]}
      levels={[]}
      locked="administrator"
      problem="The user's own organisation removed them: they can't be active again."
    />
  ),
  "console-user-organisation": (frame) => (
    <UserPage
      {...shared(frame)}
      user={{ ...bob, standing: { ...bob.standing, isRemoved: false } }}
      factors={{ password: undefined, totp: undefined, recoveryCodes: 0, passkeys: [] }}
      sessions={0}
      signIns={[]}
      levels={[]}
      locked="administrator"
      sent={{ organisation: "two words", organisationName: LONG.name }}
      problem="Identifier of the organisation is not an organisation identifier."
    />
  ),
  "console-user-add": (frame) => <NewUserPage {...shared(frame)} levels={["low", "substantial"]} />,
  "console-user-add-wrong": (frame) => (
    <NewUserPage
      {...shared(frame)}
      levels={["low", "substantial"]}
      sent={{
        username: "bob",
        givenName: "Bob",
        identityAssurance: "substantial",
        organisation: "two words",
      }}
      wrong={["familyName", "email", "organisation", "organisationName"]}
      problem="Family name is missing. E-mail address is missing. Identifier of the organisation is not an organisation identifier."
    />
  ),
  "console-user-change": (frame) => (
    <ChangeUserPage {...shared(frame)} user={alice} levels={["low", "substantial", "high"]} />
  ),
  "console-user-change-outdated": (frame) => (
    <ChangeUserPage
      {...shared(frame)}
      user={bob}
      levels={["low", "substantial"]}
      sent={{ givenName: "Bart", familyName: "Zwaluw", email: "b@example.com", identityAssurance: "low" }}
      problem="The user was changed meanwhile, by somebody else or by a directory. Nothing of yours is saved: look at what it is now, and save again."
      outdated
    />
  ),
  "console-code": (frame) => (
    <ShownOncePage
      {...shared(frame)}
      subject="users"
      title="Reset link"
      whose="Alice Jansen (alice@noordzee.example)"
      secret="https://idp.noordzee-identiteit.example/reset?code=7KQF-0M2T-XN4A-9PBW"
      hint="Whoever has the link sets this user's password. An earlier link is over."
      until={NOW + DAY}
      back="/admin/users"
    />
  ),
  "console-authorisations": (frame) => (
    <AuthorisationsPage
      {...shared(frame)}
      user={alice}
      authorisations={[
        authorisation,
        { ...authorisation, id: `${ID}1`, status: "revoked", revokedBy: "command:operator", revokedAt: NOW },
      ]}
      offset={20}
      own={false}
      json='{"policyIssuer": "x"}'
      problem="policySets is missing"
    />
  ),
  "console-authorisations-none": (frame) => (
    <AuthorisationsPage {...shared(frame)} user={alice} authorisations={[]} own={false} />
  ),
  "console-authorisations-own": (frame) => (
    <AuthorisationsPage {...shared(frame)} user={alice} authorisations={[]} own done="authorisation_added" />
  ),
  "console-proposals": (frame) => (
    <ProposalsPage
      {...shared(frame)}
      proposals={[
        { ...PROPOSAL, username: bob.username, mine: false, aboutMe: false },
        { ...PROPOSAL, id: `${ID}2`, username: alice.username, mine: true, aboutMe: false },
      ]}
      search="rijn"
      offset={20}
    />
  ),
  "console-proposals-none": (frame) => (
    <ProposalsPage {...shared(frame)} proposals={[]} done="proposal_accepted" />
  ),
  "console-organisations": (frame) => (
    <OrganisationsPage
      {...shared(frame)}
      organisations={[
        { ...NOORDZEE, humans: 1 },
        { ...LONG, humans: 12_345 },
      ]}
      search="noord"
      after={LONG.id}
    />
  ),
  "console-organisations-none": (frame) => (
    <OrganisationsPage {...shared(frame)} organisations={[]} search="nobody" />
  ),
  "console-organisation": (frame) => (
    <OrganisationPage
      {...shared(frame)}
      organisation={{ ...LONG, humans: 12_345, names: 3 }}
      sent="Two"
      problem="Somebody else renamed it meanwhile."
    />
  ),
  "console-tokens": (frame) => (
    <TokensPage
      {...shared(frame)}
      tokens={[token, { ...token, id: `f${token.id}`, revokedBy: `human:${ID}`, revokedAt: NOW }]}
      organisation={NOORDZEE.id}
      offset={100}
      problem="That is not an organisation identifier."
      sent={{ organisation: "two words", name: "Two", suffix: "" }}
    />
  ),
  "console-token": (frame) => (
    <ShownOncePage
      {...shared(frame)}
      subject="tokens"
      title="Token"
      whose={`${LONG.name} (${LONG.id})`}
      secret={`scim_${token.id}_AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_AbCdE`}
      hint="Hand it to the organisation over a channel that nobody else reads."
      back="/admin/tokens"
    />
  ),
  "console-parties": (frame) => (
    <PartiesPage
      {...shared(frame)}
      parties={[
        { ...NOORDZEE, wantedAt: NOW, roles: ["ServiceProvider"], isActive: true },
        { ...LONG, wantedAt: NOW, roles: [], isActive: false },
        { id: "did:ishare:EU.NL.NTRNL-3", wantedAt: NOW, roles: [] },
      ]}
      search="noord"
      offset={50}
      authorities={{ granted: [FINGERPRINT], withdrawn: [FINGERPRINT.replace("0", "f")] }}
    />
  ),
  "console-parties-none": (frame) => <PartiesPage {...shared(frame)} parties={[]} authorities={undefined} />,
  "console-audit": (frame) => (
    <AuditPage
      {...shared(frame)}
      entries={[entry, { ...entry, seq: 4710, actor: "idp", action: "sign-in.refuse", reason: "password" }]}
      organisation={LONG.id}
      search={ID}
      older={4000}
      waiting={2}
    />
  ),
  "console-refusals": (frame) => (
    <RefusalsPage
      {...shared(frame)}
      refusals={[
        { ...refusal, reason: "jwt_claim_missing", answer: "invalid_client", detail: "claim jti" },
        { ...refusal, reason: "code_used", answer: "invalid_grant", party: { id: LONG.id, proven: true } },
        { ...refusal, reason: "party_unknown", party: { id: NOORDZEE.id, proven: false } },
        { ...refusal, endpoint: "scim", traceId: FINGERPRINT.slice(32) },
      ]}
      filter={{ reference: ID, party: LONG.id }}
      {...{ older: 4000, kept: 1000, dropped: 1_234_567 }}
    />
  ),
  "console-refusals-none": (frame) => (
    <RefusalsPage {...shared(frame)} refusals={[]} filter={{}} kept={0} dropped={0} />
  ),
  "console-audit-none": (frame) => <AuditPage {...shared(frame)} entries={[]} waiting={0} />,
};
