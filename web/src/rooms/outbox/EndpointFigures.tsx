// An endpoint in figures, and what of it is being sent again.
import { Group, Loader, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { DeliveryStats } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { useTenant } from "@/rooms/people/session";
import { redeliveriesQuery } from "./api";

type EndpointStats = DeliveryStats["endpoints"][number];

export function EndpointFigures({ figures }: { figures: EndpointStats | undefined }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (!figures) return null;
  const words = [
    t("endpoints.figDelivered", { count: figures.delivered }),
    figures.success_rate == null ? null : t("endpoints.figRate", { rate: format.percent(figures.success_rate) }),
    figures.p95_ms == null ? null : t("endpoints.figP95", { time: format.milliseconds(figures.p95_ms) }),
    figures.waiting > 0 ? t("endpoints.figWaiting", { count: figures.waiting }) : null,
    figures.parked > 0 ? t("endpoints.figParked", { count: figures.parked }) : null,
    figures.dead_letters > 0 ? t("endpoints.figDead", { count: figures.dead_letters }) : null,
  ].filter((text) => text !== null);
  return <Text size="xs" c="dimmed" className="tabular">{words.join(" · ")}</Text>;
}

/** How far the newest redelivery has come; asked again while it runs. */
export function RedeliveryProgress({ endpoint }: { endpoint: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const tenant = useTenant();
  const query = useQuery({
    ...redeliveriesQuery(tenant, endpoint),
    refetchInterval: ({ state }) => (state.data?.items[0]?.state === "running" ? 2_000 : false),
  });
  const newest = query.data?.items[0];
  if (!newest) return null;
  if (newest.state === "running") {
    return (
      <Group gap={6} wrap="nowrap" role="status">
        <Loader size={14} />
        <Text size="xs">{t("replay.running", { count: newest.owed_count })}</Text>
      </Group>
    );
  }
  return <Text size="xs" c="dimmed">{t("replay.done", { count: newest.owed_count, date: format.short(newest.finished_at) })}</Text>;
}
