// The systems that calls are passed on to.
import { Button, Card, SimpleGrid } from "@mantine/core";
import { IconPlus, IconWebhook } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { NewSecret } from "@/lib/api";
import { useSession, useTenant } from "@/rooms/people/session";
import { Page } from "@/ui/Page";
import { ErrorState, ListSkeleton, Notice } from "@/ui/States";
import { endpointsQuery, statsQuery } from "./api";
import { DeliveryFigures } from "./DeliveryFigures";
import { EndpointCard } from "./EndpointCard";
import { NewEndpointDialog } from "./NewEndpointDialog";
import { SecretDialog } from "./SecretDialog";

export function EndpointsPage() {
  const { t } = useTranslation();
  const tenant = useTenant();
  const { may } = useSession();
  const [adding, setAdding] = useState(false);
  const [secret, setSecret] = useState<NewSecret | null>(null);
  const query = useQuery(endpointsQuery(tenant));
  const stats = useQuery({ ...statsQuery(tenant), enabled: may("deliveries.read") });
  const endpoints = query.data?.items ?? [];
  const add = may("endpoints.manage") ? (
    <Button leftSection={<IconPlus size={17} aria-hidden />} onClick={() => setAdding(true)}>{t("endpoints.add")}</Button>
  ) : null;

  return (
    <Page title={t("endpoints.title")} subtitle={t("endpoints.subtitle")} actions={endpoints.length > 0 ? add : null}>
      {query.isPending ? <ListSkeleton rows={3} /> : null}
      {query.isError && !query.data ? (
        <Card padding={0}><ErrorState error={query.error} onRetry={() => void query.refetch()} /></Card>
      ) : null}
      {query.isSuccess && endpoints.length === 0 ? (
        <Card padding={0}>
          <Notice icon={IconWebhook} title={t("endpoints.empty")} action={add}>{t("endpoints.emptyText")}</Notice>
        </Card>
      ) : null}
      {endpoints.length > 0 && may("deliveries.read") ? <DeliveryFigures /> : null}
      {endpoints.length > 0 ? (
        <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="md">
          {endpoints.map((endpoint) => (
            <EndpointCard
              key={endpoint.id} endpoint={endpoint} figures={stats.data?.endpoints.find((one) => one.endpoint_id === endpoint.id)} onSecret={setSecret}
            />
          ))}
        </SimpleGrid>
      ) : null}
      <NewEndpointDialog opened={adding} onClose={() => setAdding(false)} onSecret={setSecret} />
      <SecretDialog secret={secret} onClose={() => setSecret(null)} />
    </Page>
  );
}
