// Who read a call's transcript and who listened to its recording.
import { Group, Spoiler, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/lib/format";
import { useTenant } from "@/rooms/people/session";
import { ErrorState } from "@/ui/States";
import { Actor } from "./Actor";
import { looksQuery } from "./api";

export function WhoLooked({ call }: { call: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const query = useQuery(looksQuery(useTenant(), call));
  if (query.isError && !query.data) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data) return <Text size="sm" c="dimmed" py="sm">{t("state.loading")}</Text>;
  if (query.data.items.length === 0) return <Text size="sm" c="dimmed" py="sm">{t("audit.nobodyLooked")}</Text>;
  return (
    <Spoiler maxHeight={260} showLabel={t("action.showMore")} hideLabel={t("action.showLess")} data-testid="who-looked">
      <Stack gap="sm" py="xs">
        {query.data.items.map((look) => (
          <Group key={`${look.at}${look.what}${look.actor.id}`} justify="space-between" wrap="nowrap" gap="sm">
            <Actor actor={look.actor} />
            <Stack gap={0} align="flex-end" style={{ flex: "none" }}>
              <Text size="sm">{look.what === "recording" ? t("audit.listened") : t("audit.read")}</Text>
              <Text size="xs" c="dimmed">{format.short(look.at)}</Text>
            </Stack>
          </Group>
        ))}
      </Stack>
    </Spoiler>
  );
}
