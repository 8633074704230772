/** Dutch: signing in. Owns wording; `Text` says what there is to say; the account has its own file. */
import type { Text } from "../words.ts";
import { account } from "./nl-account.ts";

const minutes = (count: number): string => (count === 1 ? "1 minuut" : `${count} minuten`);

export const nl: Text = {
  identityProvider: "iSHARE Identity Provider",
  colon: ": ",
  language: "Taal",
  levels: { low: "laag", substantial: "substantieel", high: "hoog" },
  signIn: {
    title: "Inloggen",
    intro: (sp) => `${sp} vraagt wie u bent. Log in om verder te gaan.`,
    ownAccount: "Log in om uw account te bekijken en te beheren.",
    username: "Gebruikersnaam",
    password: "Wachtwoord",
    submit: "Inloggen",
    wrong: "Deze gebruikersnaam en dit wachtwoord horen niet bij elkaar. Probeer het opnieuw.",
    locked: (count) =>
      `Er waren te veel mislukte pogingen met deze gebruikersnaam. Wacht ${minutes(count)}, of gebruik een passkey of een browser waarin u hier eerder inlogde.`,
    busy: "Er loggen nu veel mensen tegelijk in. Probeer het zo meteen opnieuw.",
    or: "of",
    passkey: "Inloggen met een passkey",
    passkeyRefused: "Deze passkey is niet geaccepteerd. Probeer het opnieuw of log op een andere manier in.",
  },
  stepUp: {
    title: "Bevestig dat u het bent",
    intro: (username) => `U bent ingelogd als ${username}. Vul uw wachtwoord nog een keer in.`,
    wrong: "Dat is niet het juiste wachtwoord. Probeer het opnieuw.",
    switch: "Dit ben ik niet",
  },
  select: {
    title: "Kies een account",
    intro: (sp) =>
      sp === undefined ? "Met welk account wilt u inloggen?" : `Met welk account wilt u naar ${sp}?`,
    proceed: (name) => `Verder als ${name}`,
    other: "Een ander account gebruiken",
  },
  ways: {
    others: "Andere manieren",
    names: {
      password: "Uw wachtwoord gebruiken",
      totp: "Een code uit uw authenticator-app gebruiken",
      recovery: "Een herstelcode gebruiken",
      passkey: "Een passkey gebruiken",
    },
  },
  totp: {
    title: "Vul uw code in",
    intro: "Open uw authenticator-app en vul de zes cijfers in die de app voor dit account toont.",
    code: "Code van zes cijfers",
    submit: "Verder",
    wrong: "Deze code klopt niet of is al gebruikt. Wacht op de volgende code en vul die in.",
  },
  recovery: {
    title: "Herstelcode gebruiken",
    intro:
      "Vul een van de codes in die u hebt bewaard toen u uw authenticator-app instelde. Elke code werkt één keer en geeft betrouwbaarheidsniveau ‘laag’.",
    code: "Herstelcode",
    submit: "Verder",
    wrong: "Deze code klopt niet of is al gebruikt. Probeer een andere.",
  },
  passkey: {
    title: "Gebruik uw passkey",
    intro:
      "Uw apparaat vraagt u om een bevestiging: met uw vingerafdruk, uw gezicht, een pincode of een beveiligingssleutel.",
    submit: "Passkey gebruiken",
    noScript: "Passkeys hebben JavaScript nodig, en dat staat uit in deze browser.",
    unsupported: "Deze browser ondersteunt geen passkeys.",
    cancelled: "Er is niets bevestigd. U kunt het opnieuw proberen.",
    failed: "Dat is niet gelukt. Probeer het opnieuw.",
    waiting: "Wachten op uw apparaat …",
    already: "Op dit apparaat staat al een passkey voor uw account.",
  },
  organisation: {
    title: "Voor wie handelt u?",
    intro: (sp) => `Bij ${sp} kunt u namens verschillende organisaties handelen. Kies er een.`,
    legend: "Organisatie",
    submit: "Verder",
    cancel: "Annuleren",
  },
  consent: {
    title: "Deze gegevens delen?",
    intro: (sp, organisation) => `U logt in bij ${sp}, waar u namens ${organisation} handelt.`,
    asks: "Wie vraagt het",
    represented: "Namens",
    list: "Dit wordt gedeeld:",
    pseudonym: "Een code die alleen bij deze dienst voor u staat, en hoe u bent ingelogd",
    scopes: {
      iSHARE: "De organisatie die u vertegenwoordigt, en of u mag doen waar deze dienst naar vraagt",
      authorisations: "Alles wat u bij deze dienst namens deze organisatie mag doen",
      name: "Uw naam",
      profile: "Uw naam, geslacht en taal",
      email: "Uw e-mailadres",
      phone: "Uw telefoonnummer",
      contact_details: "Uw e-mailadres en telefoonnummer",
      company: "De naam en de identificatie van uw organisatie",
    },
    remembered: "Uw keuze wordt onthouden. U kunt deze altijd intrekken in uw account.",
    allow: "Toestaan en verder",
    deny: "Niet toestaan",
  },
  returning: {
    title: "Terug naar de dienst",
    intro: "Gebruik de knop als er niets gebeurt.",
    submit: "Verder",
  },
  logout: {
    title: "Uitloggen?",
    intro: (name) => `U bent ingelogd als ${name}.`,
    effect: "Diensten die u gebruikt, kunnen u ingelogd houden totdat u ook daar uitlogt.",
    submit: "Uitloggen",
    cancel: "Ingelogd blijven",
    doneTitle: "U bent uitgelogd",
    done: "Gebruiken anderen dit apparaat ook? Sluit dan ook de browser.",
    back: (sp) => `Terug naar ${sp}`,
  },
  error: {
    titles: {
      invalid_request: "Inloggen kan zo niet verdergaan",
      untrusted_party: "Deze dienst wordt niet herkend",
      already_used: "Deze inlogpoging is al gebruikt",
      expired: "Deze inlogpoging is verlopen",
      other_browser: "Deze inlogpoging begon in een andere browser",
      forbidden: "Niet toegestaan",
      not_found: "Deze pagina bestaat niet",
      too_many_attempts: "Te veel pogingen mislukt",
      temporarily_unavailable: "Probeer het zo meteen opnieuw",
      server_error: "Er ging bij ons iets mis",
    },
    explanations: {
      invalid_request:
        "Het verzoek waarmee u hier kwam, is niet in orde. De dienst die u stuurde, kan dit herstellen.",
      untrusted_party:
        "Wij konden niet vaststellen dat de dienst die u hierheen stuurde, een actieve iSHARE-deelnemer is.",
      already_used: "Elke inlogpoging werkt één keer. Ga terug naar de dienst en begin opnieuw.",
      expired: "Het duurde te lang of de poging is beëindigd. Ga terug naar de dienst en begin opnieuw.",
      other_browser: "Ga terug naar de dienst en begin opnieuw in deze browser.",
      forbidden: "Dit kwam niet van een van onze eigen pagina’s. Daarom is er niets gedaan.",
      not_found: "Ga terug naar de dienst waar u vandaan kwam en begin opnieuw.",
      too_many_attempts:
        "Er mislukten te veel inlogpogingen vanaf uw locatie. Wacht een kwartier en probeer het dan opnieuw.",
      temporarily_unavailable:
        "Wij kunnen nu even niet verder. Er gaat niets verloren; probeer het zo meteen opnieuw.",
      server_error:
        "Er is niets gedeeld. Probeer het opnieuw; blijft het misgaan, geef ons dan onderstaande referentie door.",
    },
    startAgain: (sp) => `U kunt bij ${sp} altijd opnieuw beginnen.`,
    back: (sp) => `Terug naar ${sp}`,
    reference: "Referentie",
  },
  ...account,
};
