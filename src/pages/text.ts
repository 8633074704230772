/**
 * Every word that a human reads, by language. Owns which language is spoken; the wording is in `text/`, which words there
 * are in `words`, structure in the pages. A language lacks nothing: the type `Text` demands all of it.
 */
import { de } from "./text/de.ts";
import { en } from "./text/en.ts";
import { fr } from "./text/fr.ts";
import { nl } from "./text/nl.ts";
import { DONE, type Done, type Text } from "./words.ts";

export type { Done, EnrolAlert, PasswordAlert, Text, Way } from "./words.ts";

export const LANGUAGES = ["en", "nl", "de", "fr"] as const;
export type Language = (typeof LANGUAGES)[number];

/** Each language by its own name: who looks for it reads it. */
export const LANGUAGE_NAMES: Readonly<Record<Language, string>> = {
  en: "English",
  nl: "Nederlands",
  de: "Deutsch",
  fr: "Français",
};

export const texts: Readonly<Record<Language, Text>> = { en, nl, de, fr };

export const isLanguage = (text: string): text is Language => (LANGUAGES as readonly string[]).includes(text);

/** The first wanted language that we speak, English otherwise. */
export const chooseLanguage = (wanted: readonly string[]): Language => wanted.find(isLanguage) ?? "en";

export const isDone = (text: string): text is Done => (DONE as readonly string[]).includes(text);
