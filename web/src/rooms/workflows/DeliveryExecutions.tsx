// What became of a delivery at the other side, where that is known.
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useTenant } from "@/rooms/people/session";
import { Section } from "@/ui/Section";
import { executionsQuery } from "./api";
import { ExecutionList } from "./ExecutionList";

export function DeliveryExecutions({ delivery }: { delivery: string }) {
  const { t } = useTranslation();
  const { data } = useQuery(executionsQuery(useTenant(), { delivery_id: delivery, limit: 20 }));
  if (!data || data.items.length === 0) return null;
  return <Section title={t("execution.title")}><ExecutionList executions={data.items} /></Section>;
}
