// Languages: English and French, each its own chunk; the choice is kept on this device.
import i18next from "i18next";
import { initReactI18next } from "react-i18next";

export const languages = ["en", "fr"] as const;
export type Language = (typeof languages)[number];

const storageKey = "vestibule.language";

function isLanguage(value: unknown): value is Language {
  return languages.includes(value as Language);
}

function stored(): string | null {
  try {
    return localStorage.getItem(storageKey);
  } catch {
    return null;
  }
}

/** What the person chose here, else the first language of the browser that exists here. */
export function preferredLanguage(): Language {
  const chosen = stored();
  if (isLanguage(chosen)) return chosen;
  for (const tag of navigator.languages ?? [navigator.language]) {
    const language = tag.slice(0, 2).toLowerCase();
    if (isLanguage(language)) return language;
  }
  return "en";
}

const words: Record<Language, () => Promise<{ default: Record<string, unknown> }>> = {
  en: () => import("../locales/en.json"),
  fr: () => import("../locales/fr.json"),
};

async function load(language: Language): Promise<void> {
  if (i18next.hasResourceBundle(language, "translation")) return;
  const { default: bundle } = await words[language]();
  i18next.addResourceBundle(language, "translation", bundle);
}

/** Starts i18n with the preferred language loaded. */
export async function startI18n(): Promise<void> {
  const language = preferredLanguage();
  await i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: false,
    nsSeparator: false,
    supportedLngs: [...languages],
    resources: {},
    interpolation: { escapeValue: false },
    react: { useSuspense: false },
  });
  await load(language);
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
}

/** Changes the language; `remember` is false when it only follows the person's profile. */
export async function chooseLanguage(language: Language, remember = true): Promise<void> {
  await load(language);
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
  if (!remember) return;
  try {
    localStorage.setItem(storageKey, language);
  } catch {
    // Storage may be refused; the choice then lasts for this visit.
  }
}

/** Follows the language of the person's profile unless this device has its own choice. */
export function followProfile(locale: string): void {
  if (stored() === null && isLanguage(locale) && i18next.language !== locale) {
    void chooseLanguage(locale, false);
  }
}
