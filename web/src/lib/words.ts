// Texts that the server sends in both languages.
import { useTranslation } from "react-i18next";
import type { Words } from "./api";

/** The text in a language; English when it is neither. */
export function wordsIn(language: string, words: Words): string {
  return language === "fr" ? words.fr : words.en;
}

/** Picks the text in the language of the page. */
export function useWords(): (words: Words) => string {
  const { i18n } = useTranslation();
  return (words) => wordsIn(i18n.language, words);
}
