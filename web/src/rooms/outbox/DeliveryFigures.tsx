// The deliveries of the last thirty days in four figures.
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/lib/format";
import { useTenant } from "@/rooms/people/session";
import { Figures } from "@/ui/Figures";
import { statsQuery } from "./api";

export function DeliveryFigures() {
  const { t } = useTranslation();
  const format = useFormat();
  const stats = useQuery(statsQuery(useTenant()));
  const data = stats.data;
  if (stats.isError) return null;
  const number = (value: number | undefined) => (value === undefined ? undefined : format.number(value));
  // The server counts no further than this for one endpoint.
  const counted = (value: number) => (value > 10_000 ? `${format.number(10_000)}+` : format.number(value));
  return (
    <Figures
      figures={[
        { name: t("deliveries.figDelivered"), value: number(data?.delivered) },
        { name: t("deliveries.figRate"), value: data ? format.percent(data.success_rate) : undefined },
        { name: t("deliveries.figP95"), value: data ? format.milliseconds(data.p95_ms) : undefined },
        { name: t("deliveries.figOpen"), value: data ? `${counted(data.waiting + data.parked)} · ${counted(data.dead_letters)}` : undefined },
      ]}
    />
  );
}
