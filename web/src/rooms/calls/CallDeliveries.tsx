// Where the call was passed on to.
import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { DeliveryRow } from "@/lib/api";
import { DeliveryList } from "@/rooms/outbox/DeliveryList";

export function CallDeliveries({ deliveries }: { deliveries: DeliveryRow[] }) {
  const { t } = useTranslation();
  if (deliveries.length === 0) return <Text c="dimmed" size="sm" py="sm">{t("call.noDeliveries")}</Text>;
  return <DeliveryList deliveries={deliveries} />;
}
