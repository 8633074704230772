/** XSS: whatever a registry, an operator, an SP or a human wrote is text on our pages, in every place. */
import { expect, test } from "vitest";
import { ConsentsPage } from "../../../src/pages/account/consents.tsx";
import { FactorsPage } from "../../../src/pages/account/factors.tsx";
import { AccountPage } from "../../../src/pages/account/overview.tsx";
import { EnrolPasskeyPage } from "../../../src/pages/account/passkey.tsx";
import { ResetPasswordPage } from "../../../src/pages/account/password.tsx";
import { SessionsPage } from "../../../src/pages/account/sessions.tsx";
import { EnrolTotpPage, RecoveryCodesPage } from "../../../src/pages/account/totp.tsx";
import { OrganisationPage as ConsoleOrganisationPage } from "../../../src/pages/admin/organisations.tsx";
import type { User } from "../../../src/pages/admin/records.ts";
import { ChangeUserPage, NewUserPage } from "../../../src/pages/admin/user-form.tsx";
import { ConsentPage, OrganisationPage } from "../../../src/pages/choices.tsx";
import { ErrorPage } from "../../../src/pages/error.tsx";
import { PasskeyPage, TotpPage } from "../../../src/pages/factor.tsx";
import { LoginPage, PasswordPage, SelectAccountPage } from "../../../src/pages/login.tsx";
import { LogoutPage, SignedOutPage } from "../../../src/pages/logout.tsx";
import { FormPostPage } from "../../../src/pages/returning.tsx";
import { LANGUAGES } from "../../../src/pages/text.ts";

const evil = `"'><img src=x onerror=alert(1)><script>alert(2)</script>&lt;`;
const frame = { language: "en", idpName: evil, nonce: "n", here: evil } as const;
const sp = { id: evil, name: evil };
const signIn = { frame, sp, returnUrl: evil };
const level = "low" as const;

const consoleForm = { frame, token: evil, levels: [level], problem: evil };
const typed = { username: evil, givenName: evil, email: evil, organisation: evil, organisationName: evil };
const record: User = {
  ...{ id: evil, username: evil, givenName: evil, familyName: evil, email: evil, phone: evil, gender: evil },
  ...{ locale: evil, identityAssurance: level, roles: [evil], organisations: [sp], createdAt: 1 },
  status: "active",
  standing: { version: 1, home: evil, isProvisioned: true, isRemoved: false },
};

const PAGES = {
  login: <LoginPage {...signIn} username={evil} passkey={evil} />,
  password: <PasswordPage {...signIn} username={evil} others={["totp"]} switchHref={evil} />,
  select: <SelectAccountPage {...signIn} username={evil} name={evil} />,
  totp: <TotpPage {...signIn} others={["recovery"]} />,
  passkey: <PasskeyPage {...signIn} options={evil} />,
  organisation: <OrganisationPage frame={frame} sp={sp} authzId={evil} organisations={[sp]} />,
  consent: <ConsentPage frame={frame} sp={sp} authzId={evil} organisation={sp} scopes={["openid"]} />,
  post: <FormPostPage frame={frame} action={evil} fields={{ [evil]: evil }} />,
  logout: <LogoutPage frame={frame} name={evil} fields={{ [evil]: evil }} />,
  out: <SignedOutPage frame={frame} back={{ name: evil, href: evil }} />,
  error: <ErrorPage frame={frame} code="expired" reference={evil} sp={evil} back={evil} />,
  account: (
    <AccountPage
      frame={frame}
      name={evil}
      username={evil}
      identityAssurance={level}
      organisations={[sp, { id: "b", name: evil }]}
      signIns={[{ at: 1, partyName: evil, level, amr: [evil] }]}
    />
  ),
  factors: (
    <FactorsPage
      frame={frame}
      passwordLevel={level}
      passkeys={[{ credentialId: evil, name: evil, createdAt: 1, level, hardware: true }]}
    />
  ),
  sessions: (
    <SessionsPage
      frame={frame}
      sessions={[{ id: evil, createdAt: 1, expiresAt: 2, agent: evil, current: true }]}
    />
  ),
  consents: (
    <ConsentsPage
      frame={frame}
      consents={[{ partyId: evil, partyName: evil, organisation: sp, scopes: [], givenAt: 1 }]}
    />
  ),
  enrolTotp: <EnrolTotpPage frame={frame} qr="<svg></svg>" seed={evil} uri={evil} countsAs={level} />,
  codes: <RecoveryCodesPage frame={frame} codes={[evil]} />,
  enrolPasskey: <EnrolPasskeyPage frame={frame} options={evil} countsAs={level} name={evil} />,
  consoleNew: <NewUserPage {...consoleForm} sent={typed} wrong={["email"]} />,
  consoleChange: <ChangeUserPage {...consoleForm} user={record} sent={typed} outdated />,
  consoleOrganisation: (
    <ConsoleOrganisationPage {...consoleForm} organisation={{ ...sp, humans: 1, names: 2 }} sent={evil} />
  ),
  reset: <ResetPasswordPage frame={frame} code={evil} username={evil} />,
};

test.each(Object.entries(PAGES))("%s", (_, page) => {
  const html = String(page);
  expect(html).toContain("&lt;img src=x");
  expect(html).not.toMatch(/<img src=x|<script>/);
  const tags = html.replaceAll(/"[^"]*"/g, '""');
  expect(tags).not.toMatch(/<[^>]* on[a-z]+=/);
});

test("nothing of ours is inline but what the nonce covers, and nothing comes from elsewhere", () => {
  for (const language of LANGUAGES) {
    const html = String(<LoginPage {...signIn} frame={{ ...frame, language }} username="" passkey="{}" />);
    expect(html).not.toMatch(/ style=|<script(?![^>]*nonce="n")|<style(?![^>]*nonce="n")/);
    expect(html).not.toMatch(/(?:src|href|action)="(?!\/)/);
  }
});
