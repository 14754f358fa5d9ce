// The platform in four figures.
import { useTranslation } from "react-i18next";
import type { TenantPage } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { Figures } from "@/ui/Figures";

export function TenantTotals({ totals }: { totals: TenantPage["totals"] | undefined }) {
  const { t } = useTranslation();
  const format = useFormat();
  const number = (value: number | undefined) => (value === undefined ? undefined : format.number(value));
  return (
    <Figures
      figures={[
        { name: t("tenants.total"), value: number(totals?.total) },
        { name: t("tenants.active"), value: number(totals?.active) },
        { name: t("tenants.trial"), value: number(totals?.trial) },
        { name: t("tenants.mrr"), value: totals ? format.money(totals.mrr_micros, "USD") : undefined },
      ]}
    />
  );
}
