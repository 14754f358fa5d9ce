// The filters of the list of calls; on a telephone they are folded behind one button.
import { Button, Collapse, Group, Indicator, Select, useMatches } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconAdjustmentsHorizontal, IconX } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useLabel } from "@/lib/labels";
import { DateRange } from "@/ui/DateRange";
import { SearchField } from "@/ui/SearchField";
import type { CallFilters } from "./api";
import classes from "./Calls.module.css";
import { intentNames, outcomeNames, statusNames } from "./looks";

type FiltersProps = { filters: CallFilters; onChange: (change: CallFilters) => void; onClear?: () => void };

export function CallFiltersBar({ filters, onChange, onClear }: FiltersProps) {
  const { t } = useTranslation();
  const label = useLabel();
  const narrow = useMatches({ base: true, md: false });
  const [opened, { toggle }] = useDisclosure(false);
  const active = Object.entries(filters).filter(([key, value]) => value && key !== "phone").length;
  const choices = (group: string, names: string[]) => names.map((name) => ({ value: name, label: label(group, name) }));

  const selects = (
    <>
      <DateRange days={filters} onChange={onChange} />
      <Select
        aria-label={t("filter.outcome")} placeholder={t("filter.outcome")} clearable comboboxProps={{ width: 200, position: "bottom-start" }}
        data={choices("outcome", outcomeNames)} value={filters.outcome ?? null}
        onChange={(outcome) => onChange({ outcome: outcome ?? undefined })}
        clearButtonProps={{ "aria-label": t("filter.clearOne", { name: t("filter.outcome") }) }}
      />
      <Select
        aria-label={t("filter.intent")} placeholder={t("filter.intent")} clearable comboboxProps={{ width: 200, position: "bottom-start" }}
        data={choices("intent", intentNames)} value={filters.intent ?? null}
        onChange={(intent) => onChange({ intent: intent ?? undefined })}
        clearButtonProps={{ "aria-label": t("filter.clearOne", { name: t("filter.intent") }) }}
      />
      <Select
        aria-label={t("filter.status")} placeholder={t("filter.status")} clearable comboboxProps={{ width: 200, position: "bottom-start" }}
        data={choices("callStatus", statusNames)} value={filters.status ?? null}
        onChange={(status) => onChange({ status: status ?? undefined })}
        clearButtonProps={{ "aria-label": t("filter.clearOne", { name: t("filter.status") }) }}
      />
    </>
  );
  const clear = onClear ? (
    <Button variant="subtle" color="gray" leftSection={<IconX size={16} aria-hidden />} onClick={onClear}>{t("filter.clear")}</Button>
  ) : null;
  const phone = <SearchField label={t("filter.phone")} inputMode="tel" flex={1} value={filters.phone} onChange={(value) => onChange({ phone: value })} />;

  if (!narrow) return <div className={classes.filters} data-clear={onClear ? true : undefined}>{phone}{selects}{clear}</div>;
  return (
    <div>
      <Group gap="xs" wrap="nowrap">
        {phone}
        <Indicator label={active} size={18} disabled={active === 0} color="pine.7">
          <Button variant="default" h={42} px="sm" onClick={toggle} aria-expanded={opened} leftSection={<IconAdjustmentsHorizontal size={18} aria-hidden />}>
            {t("filter.label")}
          </Button>
        </Indicator>
      </Group>
      <Collapse expanded={opened}>
        <div className={classes.filters} style={{ paddingTop: 8 }}>{selects}{clear}</div>
      </Collapse>
    </div>
  );
}
