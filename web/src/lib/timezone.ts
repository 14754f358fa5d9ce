// The time zone that instants are shown in: the viewed tenant's, else the browser's.
import { createContext, useContext } from "react";

const TimeZone = createContext<string>(Intl.DateTimeFormat().resolvedOptions().timeZone);

export const TimeZoneProvider = TimeZone.Provider;

/** The time zone of the page. */
export function useTimeZone(): string {
  return useContext(TimeZone);
}

/** Whether this browser knows the time zone. */
export function isZone(zone: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat("en", { timeZone: zone }));
  } catch {
    return false;
  }
}
