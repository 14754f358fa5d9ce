// The month that is shown, with the one before and the one after.
import { ActionIcon, Group, Text } from "@mantine/core";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/lib/format";
import { monthAfter } from "./months";

type MonthSwitchProps = { month: string; isCurrent: boolean; onChange: (month: string | undefined) => void };

export function MonthSwitch({ month, isCurrent, onChange }: MonthSwitchProps) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Group gap={6} wrap="nowrap" role="group" aria-label={t("usage.month")}>
      <ActionIcon variant="default" size={40} radius="xl" aria-label={t("usage.monthBefore")} onClick={() => onChange(monthAfter(month, -1))}>
        <IconChevronLeft size={20} aria-hidden />
      </ActionIcon>
      <Text fw={600} miw={130} ta="center" aria-live="polite" data-testid="month">{format.month(month)}</Text>
      <ActionIcon
        variant="default" size={40} radius="xl" aria-label={t("usage.monthAfter")} disabled={isCurrent}
        onClick={() => onChange(monthAfter(month, 1))}
      >
        <IconChevronRight size={20} aria-hidden />
      </ActionIcon>
    </Group>
  );
}
