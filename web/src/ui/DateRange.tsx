// From one day to another, in the tenant's calendar, with the spans that people ask for.
import "@mantine/dates/styles.css";
import "dayjs/locale/fr";
import { useMatches } from "@mantine/core";
import { DatePickerInput } from "@mantine/dates";
import { IconCalendar } from "@tabler/icons-react";
import dayjs from "dayjs";
import { useTranslation } from "react-i18next";
import { useTimeZone } from "@/lib/timezone";
import classes from "./DateRange.module.css";

/** Today as the tenant’s calendar has it. */
function dayIn(zone: string): string {
  return new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" }).format(new Date());
}

type Days = { from?: string; to?: string };

export function DateRange({ days, onChange }: { days: Days; onChange: (days: Days) => void }) {
  const { t, i18n } = useTranslation();
  const narrow = useMatches({ base: true, md: false });
  const today = dayjs(dayIn(useTimeZone()));
  const day = (date: dayjs.Dayjs) => date.format("YYYY-MM-DD");
  return (
    <DatePickerInput
      type="range"
      placeholder={t("filter.anyDate")}
      locale={i18n.language}
      valueFormat={i18n.language === "fr" ? "D MMM YYYY" : "MMM D, YYYY"}
      firstDayOfWeek={0}
      allowSingleDateInRange
      clearable
      clearButtonProps={{ "aria-label": t("filter.clearDates") }}
      leftSection={<IconCalendar size={16} aria-hidden />}
      dropdownType={narrow ? "modal" : "popover"}
      weekendDays={[]}
      classNames={{ datePickerRoot: classes.picker, presetsList: classes.presets }}
      ariaLabels={{ nextMonth: t("filter.nextMonth"), previousMonth: t("filter.previousMonth") }}
      presets={[
        { value: [day(today), day(today)], label: t("filter.today") },
        { value: [day(today.subtract(1, "day")), day(today.subtract(1, "day"))], label: t("filter.yesterday") },
        { value: [day(today.subtract(6, "day")), day(today)], label: t("filter.week") },
        { value: [day(today.subtract(29, "day")), day(today)], label: t("filter.month") },
      ]}
      value={[days.from ?? null, days.to ?? null]}
      onChange={([from, to]) => onChange({ from: from ?? undefined, to: to ?? undefined })}
    />
  );
}
