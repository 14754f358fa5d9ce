import { expect, test } from "vitest";
import { formatPhone, formatters } from "./format";

const en = formatters("en", "America/Toronto");
const fr = formatters("fr", "America/Toronto");
/** Intl separates with several kinds of space; they are not the point here. */
const plain = (text: string | null) => text?.replace(/[\u00a0\u202f\u2009]/g, " ");

test.each([
  ["+15145550123", "(514) 555-0123", "514 555-0123"],
  ["5145550123", "(514) 555-0123", "514 555-0123"],
  ["+33140506070", "+33140506070", "+33140506070"],
])("telephone %s", (number, english, french) => {
  expect(plain(formatPhone(number, "en"))).toBe(english);
  expect(plain(formatPhone(number, "fr"))).toBe(french);
});

test("no number is no text", () => {
  expect(formatPhone(null, "en")).toBeNull();
  expect(formatPhone(undefined, "fr")).toBeNull();
});

test.each([
  [0, "0 s"],
  [33_870, "34 s"],
  [59_600, "1 min 00 s"],
  [65_000, "1 min 05 s"],
  [3_725_000, "1 h 02 min"],
])("a duration of %d ms", (ms, text) => {
  expect(plain(en.duration(ms))).toBe(text);
});

test("instants are in the tenant's time zone", () => {
  expect(plain(en.dateTime("2026-11-21T03:30:00.000Z"))).toBe("Nov 20, 2026, 10:30 p.m.");
  expect(plain(fr.day("2026-11-21T03:30:00.000Z"))).toBe("20 nov. 2026");
});

test("an unknown time zone falls back instead of breaking the page", () => {
  expect(formatters("en", "Nowhere/Else").day("2026-11-21T12:00:00.000Z")).toContain("2026");
});

test("relative times", () => {
  const now = Date.parse("2026-11-21T12:00:00.000Z");
  expect(en.relative("2026-11-21T11:59:50.000Z", now)).toBe("now");
  expect(plain(en.relative("2026-11-21T11:55:00.000Z", now))).toBe("5 min. ago");
  expect(plain(fr.relative("2026-11-21T09:00:00.000Z", now))).toBe("il y a 3 h");
  expect(plain(fr.relative("2026-11-20T09:00:00.000Z", now))).toBe("hier");
});

test("money is micro-units; nothing is a dash", () => {
  expect(plain(en.money(73_678, "USD"))).toBe("US$0.07");
  expect(plain(fr.money(1_250_000, "USD"))).toBe("1,25 $ US");
  expect(en.money(null, "USD")).toBe("—");
});

test("days and months of the calendar have no time zone", () => {
  expect(plain(en.date("2026-11-01"))).toBe("Nov 1, 2026");
  expect([en.month("2026-11"), fr.month("2026-08")]).toEqual(["November 2026", "Août 2026"]);
});

test("sums of time are hours and minutes", () => {
  expect([0, 29_999, 3_540_000, 3_600_000, 4_500_000_000].map((ms) => plain(en.hours(ms))))
    .toEqual(["0 min", "0 min", "59 min", "1 h 00 min", "1,250 h 00 min"]);
});

test("sizes have the unit that reads best", () => {
  expect([0, 999, 1_000, 4_812_331, 7_200_000_000, 9e15].map((size) => plain(en.bytes(size))))
    .toEqual(["0 B", "999 B", "1 kB", "4.8 MB", "7.2 GB", "9,000,000 GB"]);
  expect(plain(fr.bytes(4_812_331))).toBe("4,8 Mo");
});
