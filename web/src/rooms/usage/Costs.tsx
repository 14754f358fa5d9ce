// What it cost, what was not answered, and how the workflows ran.
import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Usage } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { Section } from "@/ui/Section";
import classes from "./Usage.module.css";

type Line = { name: string; value: string; hint?: string };

export function Costs({ usage }: { usage: Usage }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { calls, costs, executions } = usage;
  const lines: Line[] = [
    { name: t("usage.transferred"), value: format.number(calls.transferred) },
    { name: t("usage.missed"), value: format.number(calls.missed) },
    {
      name: t("usage.callCosts"), value: format.money(costs.provider_micros, costs.currency),
      hint: costs.unpriced_calls > 0 ? t("usage.unpriced", { calls: format.number(costs.unpriced_calls) }) : undefined,
    },
    {
      name: t("usage.executions"), value: format.number(executions.total),
      hint: executions.success_rate == null ? undefined : t("usage.executionsOk", { share: format.percent(executions.success_rate) }),
    },
  ];
  return (
    <Section title={t("usage.details")}>
      <dl className={classes.lines}>
        {lines.map(({ name, value, hint }) => (
          <div key={name} className={classes.line}>
            <dt>{name}{hint ? <Text size="xs" c="dimmed" component="span" display="block">{hint}</Text> : null}</dt>
            <dd className="tabular">{value}</dd>
          </div>
        ))}
      </dl>
    </Section>
  );
}
