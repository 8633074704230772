/** Every page with sample data, in every state that looks different. Owns the samples; looking is `gallery.test`. */

import { ConsentsPage } from "../../src/pages/account/consents.tsx";
import { FactorsPage } from "../../src/pages/account/factors.tsx";
import { AccountPage } from "../../src/pages/account/overview.tsx";
import { EnrolPasskeyPage } from "../../src/pages/account/passkey.tsx";
import {
  ChangePasswordPage,
  ForcedChangePage,
  ResetDonePage,
  ResetPasswordPage,
} from "../../src/pages/account/password.tsx";
import { SessionsPage } from "../../src/pages/account/sessions.tsx";
import { EnrolTotpPage, RecoveryCodesPage } from "../../src/pages/account/totp.tsx";
import { ConsentPage, OrganisationPage } from "../../src/pages/choices.tsx";
import { ErrorPage } from "../../src/pages/error.tsx";
import { PasskeyPage, RecoveryPage, TotpPage } from "../../src/pages/factor.tsx";
import type { Frame } from "../../src/pages/layout.tsx";
import { LoginPage, PasswordPage, SelectAccountPage } from "../../src/pages/login.tsx";
import { LogoutPage, SignedOutPage } from "../../src/pages/logout.tsx";
import { FormPostPage } from "../../src/pages/returning.tsx";
import type { PageCode } from "../../src/protocol/failure.ts";
import { KNOWN_SCOPES } from "../../src/protocol/scopes.ts";

const NOW = 1_795_564_800;
const DAY = 86_400;

const sp = { id: "did:ishare:EU.NL.NTRNL-10000001", name: "Havenlogistiek & Zonen B.V." };
const long = {
  id: "did:ishare:EU.DE.LEIXG-0000000000000000000000000000000000001",
  name: "Donaudampfschifffahrtsgesellschaftskapitänswitwenrentenauszahlungsstelle mbH & Co. KG",
};
const organisations = [
  { id: "NTRNL-20000002", name: "Kwekerij De Vroege Tulp" },
  { id: long.id, name: long.name },
];
const returnUrl = "/connect/authorize/callback?authzId=abc";
const challenge = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
export const GET_OPTIONS = JSON.stringify({ challenge, rpId: "localhost", userVerification: "required" });
export const CREATE_OPTIONS = JSON.stringify({
  challenge,
  rp: { id: "localhost", name: "Noordzee Identiteit B.V." },
  user: { id: "AAECAw", name: "alice", displayName: "Alice Jansen" },
  pubKeyCredParams: [{ type: "public-key", alg: -7 }],
  authenticatorSelection: { residentKey: "required", requireResidentKey: true, userVerification: "required" },
  attestation: "direct",
});

const QR = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 29 29"><rect width="29" height="29" fill="#fff"/><path d="${Array.from({ length: 420 }, (_, i) => `M${(i * 7) % 27},${(i * 5 + (i >> 3)) % 27}h1v1h-1z`).join("")}" fill="#000"/></svg>`;
const CODES = Array.from({ length: 10 }, (_, i) => `k7${i}q-xw3${i}-m${i}pt`);

const account = {
  name: "Alice Jansen",
  username: "alice@noordzee.example",
  identityAssurance: "substantial",
  organisations,
  chosen: "NTRNL-20000002",
  signIns: [
    { at: NOW, partyName: sp.name, level: "substantial", amr: ["pwd", "otp", "mfa"] },
    { at: NOW - DAY, level: "low", amr: ["kba"] },
    { at: NOW - 9 * DAY, partyName: long.name, level: "high", amr: ["hwk", "user", "mfa"] },
  ],
} as const;

const passkeys = [
  {
    credentialId: "abc",
    name: "Werklaptop",
    createdAt: NOW - 40 * DAY,
    lastUsedAt: NOW,
    level: "high",
    hardware: true,
  },
  { credentialId: "def", name: long.name.slice(0, 60), createdAt: NOW - DAY, level: "low", hardware: false },
] as const;

const AGENTS = [
  "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
  "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1",
  "curl/8",
] as const;

type Drawing = { toString(): string };
const reference = "0b9a1c1e-64f1-4c0e-9d0b-2f1d9a1f7e55";
const error = (code: PageCode) => (frame: Frame) => (
  <ErrorPage frame={frame} code={code} reference={reference} />
);

/** By name, each drawn in the language of its frame. */
export const GALLERY: Readonly<Record<string, (frame: Frame) => Drawing>> = {
  login: (frame) => (
    <LoginPage frame={frame} sp={sp} returnUrl={returnUrl} username="" passkey={GET_OPTIONS} />
  ),
  "login-wrong": (frame) => (
    <LoginPage frame={frame} sp={long} returnUrl={returnUrl} username="alice" alert={{ kind: "wrong" }} />
  ),
  "login-locked": (frame) => (
    <LoginPage
      frame={{ ...frame, operatorLogo: true, ishareLogo: true }}
      sp={sp}
      returnUrl={returnUrl}
      username="alice"
      alert={{ kind: "locked", minutes: 15 }}
      passkey={GET_OPTIONS}
    />
  ),
  "login-account": (frame) => (
    <LoginPage frame={frame} returnUrl="/account" username="" alert={{ kind: "busy" }} />
  ),
  password: (frame) => (
    <PasswordPage
      frame={frame}
      sp={sp}
      returnUrl={returnUrl}
      username="alice@noordzee.example"
      others={["passkey"]}
      switchHref="/login/account"
    />
  ),
  "select-account": (frame) => (
    <SelectAccountPage
      frame={frame}
      sp={sp}
      returnUrl={returnUrl}
      username="alice@noordzee.example"
      name="Alice Jansen"
    />
  ),
  totp: (frame) => <TotpPage frame={frame} sp={sp} returnUrl={returnUrl} others={["recovery", "passkey"]} />,
  "totp-wrong": (frame) => (
    <TotpPage frame={frame} sp={sp} returnUrl={returnUrl} alert={{ kind: "wrong" }} others={["recovery"]} />
  ),
  recovery: (frame) => (
    <RecoveryPage frame={frame} sp={sp} returnUrl={returnUrl} alert={{ kind: "wrong" }} others={["totp"]} />
  ),
  passkey: (frame) => (
    <PasskeyPage
      frame={frame}
      sp={sp}
      returnUrl={returnUrl}
      options={GET_OPTIONS}
      alert={{ kind: "passkey" }}
      others={["totp", "password"]}
    />
  ),
  organisation: (frame) => (
    <OrganisationPage frame={frame} sp={sp} authzId="abc" organisations={organisations} chosen={long.id} />
  ),
  consent: (frame) => (
    <ConsentPage
      frame={frame}
      sp={sp}
      authzId="abc"
      organisation={organisations[0] ?? long}
      scopes={KNOWN_SCOPES}
    />
  ),
  "consent-long": (frame) => (
    <ConsentPage frame={frame} sp={long} authzId="abc" organisation={long} scopes={["openid", "iSHARE"]} />
  ),
  "form-post": (frame) => (
    <FormPostPage frame={frame} action="https://sp.example/callback" fields={{ code: "x", state: "y" }} />
  ),
  logout: (frame) => <LogoutPage frame={frame} name="Alice Jansen" fields={{ state: "x" }} />,
  "signed-out": (frame) => (
    <SignedOutPage frame={frame} back={{ name: sp.name, href: "https://sp.example/" }} />
  ),
  error: (frame) => (
    <ErrorPage frame={frame} code="expired" reference={reference} sp={sp.name} back="https://sp.example/" />
  ),
  "error-untrusted": error("untrusted_party"),
  "error-throttled": error("too_many_attempts"),
  "account-overview": (frame) => (
    <AccountPage frame={frame} {...account} done="organisation_saved" administrator />
  ),
  "account-new": (frame) => (
    <AccountPage frame={frame} {...account} organisations={[]} chosen={undefined} signIns={[]} />
  ),
  "account-factors": (frame) => (
    <FactorsPage
      frame={frame}
      passwordLevel="substantial"
      totp={{ level: "substantial", recoveryCodes: 1 }}
      passkeys={passkeys}
      done="passkey_added"
    />
  ),
  "account-factors-none": (frame) => <FactorsPage frame={frame} passwordLevel="low" passkeys={[]} />,
  "account-sessions": (frame) => (
    <SessionsPage
      frame={frame}
      sessions={AGENTS.map((agent, i) => ({
        id: `s${i}`,
        createdAt: NOW - i * DAY,
        expiresAt: NOW + DAY,
        agent,
        current: i === 0,
      }))}
    />
  ),
  "account-consents": (frame) => (
    <ConsentsPage
      frame={frame}
      consents={[sp, long].map((party, i) => ({
        partyId: party.id,
        partyName: party.name,
        organisation: organisations[i] ?? long,
        scopes: ["openid", "iSHARE", "name"],
        givenAt: NOW - i * DAY,
      }))}
    />
  ),
  "account-consents-none": (frame) => <ConsentsPage frame={frame} consents={[]} done="consent_withdrawn" />,
  "enrol-totp": (frame) => (
    <EnrolTotpPage
      frame={frame}
      qr={QR}
      seed="JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
      uri="otpauth://totp/x"
      countsAs="low"
      alert="code"
    />
  ),
  "recovery-codes": (frame) => <RecoveryCodesPage frame={frame} codes={CODES} />,
  "enrol-passkey": (frame) => (
    <EnrolPasskeyPage frame={frame} options={CREATE_OPTIONS} countsAs="substantial" alert="enrolment_code" />
  ),
  "change-password": (frame) => (
    <ChangePasswordPage frame={frame} username="alice@noordzee.example" alert="common" />
  ),
  "forced-change": (frame) => (
    <ForcedChangePage frame={frame} sp={sp} returnUrl={returnUrl} username="alice" alert="mismatch" />
  ),
  "reset-password": (frame) => (
    <ResetPasswordPage frame={frame} code="one-time" username="alice@noordzee.example" />
  ),
  "reset-done": (frame) => <ResetDonePage frame={frame} />,
};
