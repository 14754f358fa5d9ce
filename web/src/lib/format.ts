// Dates, numbers, money and telephone numbers in the person's language and the tenant's time zone.
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { isZone, useTimeZone } from "./timezone";

type Instant = string | null | undefined;

const units: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/** `+15145550123` → `(514) 555-0123` in English, `514 555-0123` in French; others are only spaced. */
export function formatPhone(number: string | null | undefined, language: string): string | null {
  if (!number) return null;
  const north = /^\+?1?([2-9]\d{2})(\d{3})(\d{4})$/.exec(number);
  if (!north) return number;
  const [, area, exchange, line] = north;
  return language === "fr" ? `${area}\u00a0${exchange}-${line}` : `(${area})\u00a0${exchange}-${line}`;
}

/** The formatters for a language and a time zone. */
export function formatters(language: string, zone: string) {
  const locale = language === "fr" ? "fr-CA" : "en-CA";
  const timeZone = isZone(zone) ? zone : undefined;
  const dateTime = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short", timeZone });
  const full = new Intl.DateTimeFormat(locale, { dateStyle: "full", timeStyle: "medium", timeZone });
  const long = new Intl.DateTimeFormat(locale, { dateStyle: "full", timeStyle: "short", timeZone });
  const day = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone });
  const short = new Intl.DateTimeFormat(locale, {
    month: "short", day: "numeric", hour: "numeric", minute: "2-digit", timeZone,
  });
  const clock = new Intl.DateTimeFormat(locale, { timeStyle: "medium", timeZone });
  const civil = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone: "UTC" });
  const month = new Intl.DateTimeFormat(locale, { month: "long", year: "numeric", timeZone: "UTC" });
  const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "short" });
  const number = new Intl.NumberFormat(locale);
  const tenth = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
  const percent = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 });
  const octets = language === "fr" ? ["o", "ko", "Mo", "Go"] : ["B", "kB", "MB", "GB"];
  const at = (format: Intl.DateTimeFormat) => (instant: Instant) => {
    if (!instant) return "—";
    const date = new Date(instant);
    return Number.isNaN(date.getTime()) ? instant : format.format(date);
  };

  return {
    locale,
    dateTime: at(dateTime),
    full: at(full),
    long: at(long),
    day: at(day),
    short: at(short),
    clock: at(clock),
    /** A day of the calendar, `2026-11-01`, which has no time zone. */
    date: at(civil),
    /** A month of the calendar, `2026-11` → `November 2026`. */
    month(text: string): string {
      const name = at(month)(`${text}-01`);
      return name.charAt(0).toLocaleUpperCase(locale) + name.slice(1);
    },
    /** “5 min ago”, “in 2 hr.”; within 45 seconds it is “now”. */
    relative(instant: Instant, now: number): string {
      if (!instant) return "—";
      const seconds = (new Date(instant).getTime() - now) / 1000;
      if (Number.isNaN(seconds)) return instant;
      for (const [name, size] of units) {
        if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), name);
      }
      return Math.abs(seconds) < 45 ? relative.format(0, "second") : relative.format(Math.trunc(seconds), "second");
    },
    /** A share of one: `0.987` → `98.7 %`. */
    percent: (share: number | null | undefined) => (share == null ? "—" : percent.format(share)),
    number: (value: number | null | undefined) => (value == null ? "—" : number.format(value)),
    /** `1 min 05 s`; below a minute `42 s`. */
    duration(ms: number | null | undefined): string {
      if (ms == null) return "—";
      const seconds = Math.round(ms / 1000);
      if (seconds < 60) return `${seconds}\u00a0s`;
      const minutes = Math.floor(seconds / 60);
      const rest = String(seconds % 60).padStart(2, "0");
      if (minutes < 60) return `${minutes}\u00a0min\u00a0${rest}\u00a0s`;
      return `${Math.floor(minutes / 60)}\u00a0h\u00a0${String(minutes % 60).padStart(2, "0")}\u00a0min`;
    },
    /** Hours and minutes of a sum: `12 h 05 min`, `42 min`. */
    hours(ms: number): string {
      const minutes = Math.round(ms / 60_000);
      if (minutes < 60) return `${minutes}\u00a0min`;
      return `${number.format(Math.floor(minutes / 60))}\u00a0h\u00a0${String(minutes % 60).padStart(2, "0")}\u00a0min`;
    },
    /** An offset inside a call: `0:07`, `12:31`. */
    offset(ms: number | null | undefined): string | null {
      if (ms == null) return null;
      const seconds = Math.floor(ms / 1000);
      return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    },
    milliseconds: (ms: number | null | undefined) =>
      ms == null ? "—" : ms < 1000 ? `${Math.round(ms)}\u00a0ms` : `${tenth.format(ms / 1000)}\u00a0s`,
    money(micros: number | null | undefined, currency: string): string {
      if (micros == null) return "—";
      return new Intl.NumberFormat(locale, { style: "currency", currency }).format(micros / 1_000_000);
    },
    bytes(size: number): string {
      const power = Math.min(octets.length - 1, Math.floor(Math.log10(Math.max(size, 1)) / 3));
      return `${tenth.format(size / 1000 ** power)}\u00a0${octets[power]}`;
    },
    phone: (value: string | null | undefined) => formatPhone(value, language),
  };
}

export type Formatters = ReturnType<typeof formatters>;

/** The formatters of the page: the language in use and the time zone of the tenant being viewed. */
export function useFormat(): Formatters {
  const { i18n } = useTranslation();
  const zone = useTimeZone();
  return useMemo(() => formatters(i18n.language, zone), [i18n.language, zone]);
}
