// Calls of each day as bars, and the same as a table for whoever hears the page.
import { Box, Group, Text, VisuallyHidden } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Usage } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { Section } from "@/ui/Section";
import classes from "./Usage.module.css";

type Day = Usage["daily"][number];

/** The days that are named below the bars. */
const named = [1, 8, 15, 22, 29];

export function DayBars({ days }: { days: Day[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const most = Math.max(1, ...days.map((day) => day.calls));
  const kinds = [
    { name: t("usage.answered"), className: classes.answered, of: (day: Day) => day.answered },
    { name: t("usage.missed"), className: classes.missed, of: (day: Day) => day.missed },
    { name: t("usage.other"), className: classes.other, of: (day: Day) => day.calls - day.answered - day.missed },
  ];
  return (
    <Section title={t("usage.days")}>
      <Group gap="md" mb="sm" aria-hidden>
        {kinds.map(({ name, className }) => (
          <Group key={name} gap={6}><span className={`${classes.swatch} ${className}`} /><Text size="xs" c="dimmed">{name}</Text></Group>
        ))}
      </Group>
      <div className={classes.chart} aria-hidden data-testid="day-bars">
        <div className={classes.scale}><span>{format.number(most)}</span><span>0</span></div>
        <div className={classes.bars}>
          {days.map((day) => (
            <div key={day.day} className={classes.day} title={t("usage.dayTitle", { day: format.date(day.day), calls: day.calls, answered: day.answered })}>
              <div className={classes.stack}>
                {kinds.toReversed().map(({ name, className, of }) =>
                  of(day) > 0 ? <span key={name} className={className} style={{ height: `${(of(day) / most) * 100}%` }} /> : null)}
              </div>
              <span className={classes.dayName}>{named.includes(Number(day.day.slice(8))) ? Number(day.day.slice(8)) : ""}</span>
            </div>
          ))}
        </div>
      </div>
      <VisuallyHidden>
        <Box component="table">
          <caption>{t("usage.days")}</caption>
          <thead><tr><th scope="col">{t("usage.day")}</th>{kinds.map(({ name }) => <th key={name} scope="col">{name}</th>)}</tr></thead>
          <tbody>
            {days.filter((day) => day.calls > 0).map((day) => (
              <tr key={day.day}>
                <th scope="row">{format.date(day.day)}</th>
                {kinds.map(({ name, of }) => <td key={name}>{of(day)}</td>)}
              </tr>
            ))}
          </tbody>
        </Box>
      </VisuallyHidden>
    </Section>
  );
}
