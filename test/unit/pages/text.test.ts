/** Words: which language is spoken, and that each says everything in its own words. */
import { describe, expect, test } from "vitest";
import {
  chooseLanguage,
  isDone,
  isLanguage,
  LANGUAGES,
  type Language,
  texts,
} from "../../../src/pages/text.ts";

test.each<[readonly string[], Language]>([
  [[], "en"],
  [["nl"], "nl"],
  [["fr", "nl"], "fr"],
  [["es", "de", "nl"], "de"],
  [["xx"], "en"],
  [["constructor", "__proto__"], "en"],
])("%j is spoken as %s", (wanted, language) => {
  expect(chooseLanguage(wanted)).toBe(language);
});

test("knows its languages and notices", () => {
  expect(LANGUAGES.every(isLanguage)).toBe(true);
  expect(["EN", "", "toString"].some(isLanguage)).toBe(false);
  expect(isDone("passkey_added")).toBe(true);
  expect(isDone("toString")).toBe(false);
});

/** Every sentence by its place; those with a gap filled with a mark. */
function sentences(words: object, place = ""): [string, string][] {
  return Object.entries(words).flatMap(([name, value]) => {
    const here = `${place}.${name}`;
    if (typeof value === "string") return [[here, value]];
    if (typeof value === "function") return [[here, value("‹A›", "‹B›")]];
    return sentences(value, here);
  });
}

const english = sentences(texts.en);

describe.each(LANGUAGES)("%s", (language) => {
  const own = sentences(texts[language]);

  test("says what English says, and fills its gaps", () => {
    expect(own.map(([place]) => place).sort()).toEqual(english.map(([place]) => place).sort());
    const gaps = (text: string) => (text.match(/‹[AB]›/g) ?? []).sort();
    for (const [place, text] of own) {
      expect(text, place).toMatch(/\S/);
      expect(gaps(text), place).toEqual(gaps(english.find(([it]) => it === place)?.[1] ?? ""));
    }
  });

  test("counts one and many", () => {
    const { signIn, account } = texts[language];
    expect(signIn.locked(1)).toMatch(/\b1 minu/i);
    expect(signIn.locked(1)).not.toBe(signIn.locked(2).replace("2", "1"));
    expect(account.factors.recoveryLeft(1)).not.toBe(account.factors.recoveryLeft(9).replace("9", "1"));
  });
});

test.each(LANGUAGES.filter((language) => language !== "en"))("%s uses its own words", (language) => {
  // Whole sentences are never the same in two languages; names of things may be.
  const same = sentences(texts[language]).filter(
    ([place, text]) => /\S \S/.test(text) && english.some(([it, other]) => it === place && other === text),
  );
  expect(same).toEqual(language === "fr" ? [] : [[".identityProvider", texts.en.identityProvider]]);
});

test("French keeps its punctuation with the word before", () => {
  for (const [place, text] of sentences(texts.fr)) expect(text, place).not.toMatch(/ [?!:;»]|« /);
});
