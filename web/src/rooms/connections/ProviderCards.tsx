// A card for each provider of calls that has no card of its own.
import { Card, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useTenant } from "@/rooms/people/session";
import { ErrorState, ListSkeleton } from "@/ui/States";
import { connectionsQuery, providersQuery } from "./api";
import { type Made, MadeDialog } from "./MadeDialog";
import { ProviderCard } from "./ProviderCard";

/** `apart` names the providers that are drawn elsewhere. */
export function ProviderCards({ apart }: { apart: string[] }) {
  const { t } = useTranslation();
  const tenant = useTenant();
  const providers = useQuery(providersQuery(tenant));
  const connections = useQuery(connectionsQuery(tenant));
  const [made, setMade] = useState<Made | null>(null);
  const broken = [providers, connections].find((query) => query.isError && !query.data);
  return (
    <Stack gap="md" component="section" aria-label={t("provider.title")}>
      <div>
        <Title order={2}>{t("provider.title")}</Title>
        <Text size="sm" c="dimmed">{t("provider.subtitle")}</Text>
      </div>
      {broken ? (
        <Card padding={0}>
          <ErrorState error={broken.error} onRetry={() => void Promise.all([providers.refetch(), connections.refetch()])} />
        </Card>
      ) : null}
      {!broken && !(providers.data && connections.data) ? <ListSkeleton rows={3} /> : null}
      {!broken && providers.data && connections.data ? (
        <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="lg" style={{ alignItems: "start" }}>
          {providers.data.items.filter(({ name }) => !apart.includes(name)).map((provider) => (
            <ProviderCard
              key={provider.name} provider={provider} connection={connections.data.items.find((one) => one.provider === provider.name)}
              onMade={(secrets) => setMade({ provider, secrets })}
            />
          ))}
        </SimpleGrid>
      ) : null}
      <MadeDialog made={made} onClose={() => setMade(null)} />
    </Stack>
  );
}
