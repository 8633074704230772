/** German: signing in. Owns wording; `Text` says what there is to say; the account has its own file. */
import type { Text } from "../words.ts";
import { account } from "./de-account.ts";

const minutes = (count: number): string => (count === 1 ? "1 Minute" : `${count} Minuten`);

export const de: Text = {
  identityProvider: "iSHARE Identity Provider",
  colon: ": ",
  language: "Sprache",
  levels: { low: "niedrig", substantial: "substanziell", high: "hoch" },
  signIn: {
    title: "Anmelden",
    intro: (sp) => `${sp} möchte wissen, wer Sie sind. Melden Sie sich an, um fortzufahren.`,
    ownAccount: "Melden Sie sich an, um Ihr Konto anzusehen und zu verwalten.",
    username: "Benutzername",
    password: "Passwort",
    submit: "Anmelden",
    wrong: "Benutzername und Passwort passen nicht zusammen. Bitte versuchen Sie es noch einmal.",
    locked: (count) =>
      `Mit diesem Benutzernamen gab es zu viele Fehlversuche. Bitte warten Sie ${minutes(count)}, oder nehmen Sie einen Passkey oder einen Browser, in dem Sie sich hier schon angemeldet haben.`,
    busy: "Gerade melden sich viele Menschen an. Bitte versuchen Sie es gleich noch einmal.",
    or: "oder",
    passkey: "Mit einem Passkey anmelden",
    passkeyRefused:
      "Dieser Passkey wurde nicht akzeptiert. Versuchen Sie es noch einmal oder melden Sie sich anders an.",
  },
  stepUp: {
    title: "Bestätigen Sie, dass Sie es sind",
    intro: (username) => `Sie sind als ${username} angemeldet. Bitte geben Sie Ihr Passwort noch einmal ein.`,
    wrong: "Das ist nicht das richtige Passwort. Bitte versuchen Sie es noch einmal.",
    switch: "Das bin ich nicht",
  },
  select: {
    title: "Konto wählen",
    intro: (sp) =>
      sp === undefined
        ? "Mit welchem Konto möchten Sie sich anmelden?"
        : `Mit welchem Konto möchten Sie zu ${sp}?`,
    proceed: (name) => `Weiter als ${name}`,
    other: "Ein anderes Konto verwenden",
  },
  ways: {
    others: "Andere Wege",
    names: {
      password: "Ihr Passwort verwenden",
      totp: "Einen Code aus Ihrer Authenticator-App verwenden",
      recovery: "Einen Wiederherstellungscode verwenden",
      passkey: "Einen Passkey verwenden",
    },
  },
  totp: {
    title: "Geben Sie Ihren Code ein",
    intro:
      "Öffnen Sie Ihre Authenticator-App und geben Sie die sechs Ziffern ein, die sie für dieses Konto anzeigt.",
    code: "Sechsstelliger Code",
    submit: "Weiter",
    wrong:
      "Dieser Code stimmt nicht oder wurde schon verwendet. Warten Sie auf den nächsten und geben Sie diesen ein.",
  },
  recovery: {
    title: "Wiederherstellungscode verwenden",
    intro:
      "Geben Sie einen der Codes ein, die Sie beim Einrichten Ihrer Authenticator-App aufbewahrt haben. Jeder gilt einmal und ergibt das Vertrauensniveau „niedrig“.",
    code: "Wiederherstellungscode",
    submit: "Weiter",
    wrong: "Dieser Code stimmt nicht oder wurde schon verwendet. Bitte versuchen Sie einen anderen.",
  },
  passkey: {
    title: "Verwenden Sie Ihren Passkey",
    intro:
      "Ihr Gerät bittet Sie um eine Bestätigung: mit Fingerabdruck, Gesicht, PIN oder einem Sicherheitsschlüssel.",
    submit: "Passkey verwenden",
    noScript: "Passkeys brauchen JavaScript. Es ist in diesem Browser ausgeschaltet.",
    unsupported: "Dieser Browser unterstützt keine Passkeys.",
    cancelled: "Es wurde nichts bestätigt. Sie können es noch einmal versuchen.",
    failed: "Das hat nicht funktioniert. Bitte versuchen Sie es noch einmal.",
    waiting: "Ihr Gerät wird gefragt …",
    already: "Auf diesem Gerät gibt es schon einen Passkey für Ihr Konto.",
  },
  organisation: {
    title: "Für wen handeln Sie?",
    intro: (sp) => `Bei ${sp} können Sie für mehrere Organisationen handeln. Wählen Sie eine aus.`,
    legend: "Organisation",
    submit: "Weiter",
    cancel: "Abbrechen",
  },
  consent: {
    title: "Diese Angaben weitergeben?",
    intro: (sp, organisation) => `Sie melden sich bei ${sp} an, wo Sie für ${organisation} handeln.`,
    asks: "Wer fragt",
    represented: "Im Namen von",
    list: "Das wird weitergegeben:",
    pseudonym: "Ein Code, der nur bei diesem Dienst für Sie steht, und wie Sie sich angemeldet haben",
    scopes: {
      iSHARE: "Die Organisation, die Sie vertreten, und ob Sie tun dürfen, wonach dieser Dienst fragt",
      authorisations: "Alles, was Sie bei diesem Dienst im Namen dieser Organisation tun dürfen",
      name: "Ihr Name",
      profile: "Ihr Name, Geschlecht und Ihre Sprache",
      email: "Ihre E-Mail-Adresse",
      phone: "Ihre Telefonnummer",
      contact_details: "Ihre E-Mail-Adresse und Telefonnummer",
      company: "Name und Kennung Ihrer Organisation",
    },
    remembered: "Ihre Wahl wird gespeichert. Sie können sie in Ihrem Konto jederzeit widerrufen.",
    allow: "Erlauben und weiter",
    deny: "Nicht erlauben",
  },
  returning: {
    title: "Zurück zum Dienst",
    intro: "Wenn nichts geschieht, benutzen Sie die Schaltfläche.",
    submit: "Weiter",
  },
  logout: {
    title: "Abmelden?",
    intro: (name) => `Sie sind als ${name} angemeldet.`,
    effect: "Dienste, die Sie gerade nutzen, können Sie angemeldet lassen, bis Sie sich auch dort abmelden.",
    submit: "Abmelden",
    cancel: "Angemeldet bleiben",
    doneTitle: "Sie sind abgemeldet",
    done: "Wenn auch andere dieses Gerät benutzen, schließen Sie bitte auch den Browser.",
    back: (sp) => `Zurück zu ${sp}`,
  },
  error: {
    titles: {
      invalid_request: "Diese Anmeldung kann nicht weitergehen",
      untrusted_party: "Dieser Dienst wurde nicht erkannt",
      already_used: "Diese Anmeldung wurde schon verwendet",
      expired: "Diese Anmeldung ist abgelaufen",
      other_browser: "Diese Anmeldung begann in einem anderen Browser",
      forbidden: "Nicht erlaubt",
      not_found: "Diese Seite gibt es nicht",
      too_many_attempts: "Zu viele Versuche sind fehlgeschlagen",
      temporarily_unavailable: "Bitte versuchen Sie es gleich noch einmal",
      server_error: "Bei uns ist etwas schiefgegangen",
    },
    explanations: {
      invalid_request:
        "Die Anfrage, mit der Sie hierherkamen, ist nicht in Ordnung. Der Dienst, der Sie geschickt hat, kann das beheben.",
      untrusted_party:
        "Wir konnten nicht bestätigen, dass der Dienst, der Sie geschickt hat, ein aktiver iSHARE-Teilnehmer ist.",
      already_used:
        "Jede Anmeldung funktioniert nur einmal. Gehen Sie zurück zum Dienst und beginnen Sie von vorn.",
      expired:
        "Es hat zu lange gedauert, oder sie wurde beendet. Gehen Sie zurück zum Dienst und beginnen Sie von vorn.",
      other_browser: "Gehen Sie zurück zum Dienst und beginnen Sie in diesem Browser von vorn.",
      forbidden: "Das kam nicht von einer unserer eigenen Seiten. Deshalb wurde nichts ausgeführt.",
      not_found: "Gehen Sie zurück zu dem Dienst, von dem Sie kamen, und beginnen Sie von vorn.",
      too_many_attempts:
        "Von Ihrem Anschluss aus sind zu viele Anmeldungen fehlgeschlagen. Bitte warten Sie eine Viertelstunde und versuchen Sie es dann noch einmal.",
      temporarily_unavailable:
        "Im Moment geht es leider nicht weiter. Es geht nichts verloren; versuchen Sie es in Kürze noch einmal.",
      server_error:
        "Es wurde nichts weitergegeben. Versuchen Sie es noch einmal; wenn es wieder geschieht, nennen Sie uns die Referenz unten.",
    },
    startAgain: (sp) => `Bitte beginnen Sie bei ${sp} von vorn.`,
    back: (sp) => `Zurück zu ${sp}`,
    reference: "Referenz",
  },
  ...account,
};
