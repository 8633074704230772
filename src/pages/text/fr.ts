/** French: signing in. Owns wording; `Text` says what there is to say; the account has its own file. A no-break space stands before double punctuation marks. */
import type { Text } from "../words.ts";
import { account } from "./fr-account.ts";

const minutes = (count: number): string => (count === 1 ? "1 minute" : `${count} minutes`);

export const fr: Text = {
  identityProvider: "Fournisseur d’identité iSHARE",
  colon: "\u00a0: ",
  language: "Langue",
  levels: { low: "faible", substantial: "substantiel", high: "élevé" },
  signIn: {
    title: "Connexion",
    intro: (sp) => `${sp} demande qui vous êtes. Connectez-vous pour continuer.`,
    ownAccount: "Connectez-vous pour consulter et gérer votre compte.",
    username: "Nom d’utilisateur",
    password: "Mot de passe",
    submit: "Se connecter",
    wrong: "Ce nom d’utilisateur et ce mot de passe ne correspondent pas. Veuillez réessayer.",
    locked: (count) =>
      `Il y a eu trop d’essais infructueux avec ce nom d’utilisateur. Veuillez attendre ${minutes(count)}, ou utilisez une clé d’accès ou un navigateur avec lequel vous vous êtes déjà connecté ici.`,
    busy: "Beaucoup de personnes se connectent en ce moment. Veuillez réessayer dans un instant.",
    or: "ou",
    passkey: "Se connecter avec une clé d’accès",
    passkeyRefused:
      "Cette clé d’accès n’a pas été acceptée. Réessayez ou connectez-vous d’une autre manière.",
  },
  stepUp: {
    title: "Confirmez qu’il s’agit bien de vous",
    intro: (username) =>
      `Vous êtes connecté en tant que ${username}. Veuillez saisir votre mot de passe encore une fois.`,
    wrong: "Ce n’est pas le bon mot de passe. Veuillez réessayer.",
    switch: "Ce n’est pas moi",
  },
  select: {
    title: "Choisissez un compte",
    intro: (sp) =>
      sp === undefined
        ? "Avec quel compte voulez-vous vous connecter\u00a0?"
        : `Avec quel compte voulez-vous aller chez ${sp}\u00a0?`,
    proceed: (name) => `Continuer en tant que ${name}`,
    other: "Utiliser un autre compte",
  },
  ways: {
    others: "Autres moyens",
    names: {
      password: "Utiliser votre mot de passe",
      totp: "Utiliser un code de votre application d’authentification",
      recovery: "Utiliser un code de secours",
      passkey: "Utiliser une clé d’accès",
    },
  },
  totp: {
    title: "Saisissez votre code",
    intro:
      "Ouvrez votre application d’authentification et saisissez les six chiffres qu’elle affiche pour ce compte.",
    code: "Code à six chiffres",
    submit: "Continuer",
    wrong: "Ce code est inexact ou a déjà servi. Attendez le suivant et saisissez-le.",
  },
  recovery: {
    title: "Utiliser un code de secours",
    intro:
      "Saisissez l’un des codes que vous avez conservés en configurant votre application d’authentification. Chacun sert une fois et donne le niveau de garantie «\u00a0faible\u00a0».",
    code: "Code de secours",
    submit: "Continuer",
    wrong: "Ce code est inexact ou a déjà servi. Veuillez en essayer un autre.",
  },
  passkey: {
    title: "Utilisez votre clé d’accès",
    intro:
      "Votre appareil vous demande de confirmer\u00a0: par empreinte digitale, par reconnaissance faciale, par code PIN ou avec une clé de sécurité.",
    submit: "Utiliser la clé d’accès",
    noScript: "Les clés d’accès ont besoin de JavaScript, qui est désactivé dans ce navigateur.",
    unsupported: "Ce navigateur ne prend pas en charge les clés d’accès.",
    cancelled: "Rien n’a été confirmé. Vous pouvez réessayer.",
    failed: "Cela n’a pas fonctionné. Veuillez réessayer.",
    waiting: "En attente de votre appareil…",
    already: "Cet appareil contient déjà une clé d’accès pour votre compte.",
  },
  organisation: {
    title: "Pour qui agissez-vous\u00a0?",
    intro: (sp) => `Chez ${sp}, vous pouvez agir pour plusieurs organisations. Choisissez-en une.`,
    legend: "Organisation",
    submit: "Continuer",
    cancel: "Annuler",
  },
  consent: {
    title: "Partager ces informations\u00a0?",
    intro: (sp, organisation) =>
      `Vous vous connectez à ${sp}, où ${organisation} est l’organisation que vous représentez.`,
    asks: "Qui demande",
    represented: "Au nom de",
    list: "Voici ce qui sera partagé\u00a0:",
    pseudonym:
      "Un code qui vous désigne auprès de ce seul service, et la manière dont vous vous êtes connecté",
    scopes: {
      iSHARE:
        "L’organisation que vous représentez, et si vous avez le droit de faire ce que ce service demande",
      authorisations: "Tout ce que vous avez le droit de faire sur ce service au nom de cette organisation",
      name: "Votre nom",
      profile: "Votre nom, votre sexe et votre langue",
      email: "Votre adresse e-mail",
      phone: "Votre numéro de téléphone",
      contact_details: "Votre adresse e-mail et votre numéro de téléphone",
      company: "Le nom et l’identifiant de votre organisation",
    },
    remembered: "Votre choix est mémorisé. Vous pouvez le retirer à tout moment dans votre compte.",
    allow: "Autoriser et continuer",
    deny: "Ne pas autoriser",
  },
  returning: {
    title: "Retour au service",
    intro: "Si rien ne se passe, utilisez le bouton.",
    submit: "Continuer",
  },
  logout: {
    title: "Se déconnecter\u00a0?",
    intro: (name) => `Vous êtes connecté en tant que ${name}.`,
    effect:
      "Les services que vous utilisez peuvent vous garder connecté jusqu’à ce que vous vous y déconnectiez aussi.",
    submit: "Se déconnecter",
    cancel: "Rester connecté",
    doneTitle: "Vous êtes déconnecté",
    done: "Si d’autres personnes utilisent cet appareil, fermez aussi le navigateur.",
    back: (sp) => `Retour à ${sp}`,
  },
  error: {
    titles: {
      invalid_request: "Cette connexion ne peut pas continuer",
      untrusted_party: "Ce service n’est pas reconnu",
      already_used: "Cette connexion a déjà servi",
      expired: "Cette connexion est terminée",
      other_browser: "Cette connexion a commencé dans un autre navigateur",
      forbidden: "Non autorisé",
      not_found: "Cette page n’existe pas",
      too_many_attempts: "Trop d’essais infructueux",
      temporarily_unavailable: "Veuillez réessayer dans un instant",
      server_error: "Une erreur s’est produite de notre côté",
    },
    explanations: {
      invalid_request:
        "La demande qui vous a amené ici n’est pas correcte. Le service qui vous a envoyé peut la corriger.",
      untrusted_party:
        "Nous n’avons pas pu confirmer que le service qui vous a envoyé ici est un participant iSHARE actif.",
      already_used: "Chaque connexion sert une seule fois. Retournez au service et recommencez.",
      expired: "Le délai est dépassé, ou elle a pris fin. Retournez au service et recommencez.",
      other_browser: "Retournez au service et recommencez dans ce navigateur.",
      forbidden: "Cela n’a pas été envoyé depuis l’une de nos pages\u00a0; rien n’a donc été fait.",
      not_found: "Retournez au service d’où vous venez et recommencez.",
      too_many_attempts:
        "Trop de connexions ont échoué depuis votre réseau. Veuillez attendre un quart d’heure puis réessayer.",
      temporarily_unavailable:
        "Nous ne pouvons pas continuer pour le moment. Rien n’est perdu\u00a0; veuillez réessayer sous peu.",
      server_error:
        "Rien n’a été partagé. Veuillez réessayer\u00a0; si cela se reproduit, indiquez-nous la référence ci-dessous.",
    },
    startAgain: (sp) => `Vous pouvez recommencer chez ${sp} à tout moment.`,
    back: (sp) => `Retour à ${sp}`,
    reference: "Référence",
  },
  ...account,
};
