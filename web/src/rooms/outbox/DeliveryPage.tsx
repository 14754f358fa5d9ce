// One delivery: its attempts, its body, and trying again.
import { Anchor, Box, Button, Card, Grid, Group, Stack, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { IconRefresh } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { DeliveryDetail } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { useLabel } from "@/lib/labels";
import { useSession, useTenant } from "@/rooms/people/session";
import { DeliveryExecutions } from "@/rooms/workflows/DeliveryExecutions";
import { BackLink } from "@/ui/BackLink";
import { Details } from "@/ui/Details";
import { JsonBlock } from "@/ui/JsonBlock";
import { useProblemText } from "@/ui/problem-text";
import { Section } from "@/ui/Section";
import { ErrorState, PageSkeleton } from "@/ui/States";
import { When } from "@/ui/When";
import { deliveryQuery, retryDelivery } from "./api";
import { AttemptTimeline } from "./AttemptTimeline";
import { DeliveryPill } from "./DeliveryPill";
import { endpointName, useFailureWords } from "./words";

const route = getRouteApi("/signed-in/deliveries/$id");

/** A delivery on its way is looked at again even when no live change arrives. */
const isMoving = (state: string | undefined) => state === "pending";

export function DeliveryPage() {
  const { t } = useTranslation();
  const { id } = route.useParams();
  const tenant = useTenant();
  const query = useQuery({
    ...deliveryQuery(tenant, id),
    refetchInterval: ({ state }) => (isMoving(state.data?.state) ? 3_000 : false),
  });
  return (
    <Box maw={1160} mx="auto">
      <Stack gap="md">
        <BackLink to="/deliveries">{t("deliveries.title")}</BackLink>
        {query.isPending ? <PageSkeleton /> : null}
        {query.isError && !query.data ? (
          <Card padding={0}><ErrorState error={query.error} onRetry={() => void query.refetch()} /></Card>
        ) : null}
        {query.data ? <DeliveryView delivery={query.data} /> : null}
      </Stack>
    </Box>
  );
}

function DeliveryView({ delivery }: { delivery: DeliveryDetail }) {
  const { t } = useTranslation();
  const label = useLabel();
  const format = useFormat();
  const { may } = useSession();
  const failure = useFailureWords()({ error: delivery.last_error, status: delivery.last_status });
  const title = label("eventType", delivery.event_type);
  useDocumentTitle(`${title} · Vestibule`);
  const canRetry = may("deliveries.retry") && delivery.state !== "delivered";
  return (
    <Stack gap="lg">
      <Group justify="space-between" align="flex-start" gap="md">
        <Box miw={0}>
          <Group gap="sm">
            <Title order={1}>{title}</Title>
            <span data-testid="delivery-state" data-state={delivery.state}><DeliveryPill state={delivery.state} /></span>
          </Group>
          <Text c="dimmed" size="sm" mt={4}>{t("delivery.to", { endpoint: endpointName(delivery.endpoint) })}</Text>
          {failure && delivery.state !== "delivered" ? <Text size="sm" mt={8} fw={500}>{failure}</Text> : null}
        </Box>
        {canRetry ? <RetryButton id={delivery.id} /> : null}
      </Group>
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, md: 5 }}>
          <Stack gap="lg">
            <Section title={t("delivery.attemptsTitle")}><AttemptTimeline delivery={delivery} /></Section>
            <DeliveryExecutions delivery={delivery.id} />
            <Section title={t("delivery.details")}>
              <Details
                items={[
                  { name: t("delivery.endpoint"), value: endpointName(delivery.endpoint) },
                  { name: t("delivery.url"), value: delivery.endpoint.url },
                  { name: t("delivery.created"), value: format.dateTime(delivery.created_at) },
                  { name: t("delivery.delivered"), value: delivery.delivered_at ? format.dateTime(delivery.delivered_at) : null },
                  { name: t("delivery.nextAttempt"), value: delivery.next_attempt_at ? <When at={delivery.next_attempt_at} size="sm" /> : null },
                  {
                    name: t("delivery.call"),
                    value: delivery.call_id ? (
                      <Anchor component={Link} to="/calls/$id" params={{ id: delivery.call_id } as never} size="sm" underline="always">
                        {t("delivery.openCall")}
                      </Anchor>
                    ) : null,
                  },
                ]}
              />
            </Section>
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 7 }}>
          <Section title={t("delivery.body")}>{delivery.body === null ? <Text size="sm" c="dimmed">{t("delivery.bodyGone")}</Text> : <JsonBlock value={delivery.body} label={t("delivery.body")} maxHeight={620} />}</Section>
        </Grid.Col>
      </Grid>
    </Stack>
  );
}

function RetryButton({ id }: { id: string }) {
  const { t } = useTranslation();
  const tenant = useTenant();
  const cache = useQueryClient();
  const problemText = useProblemText();
  const retry = useMutation({
    mutationFn: () => retryDelivery(tenant, id),
    onSuccess: (delivery) => {
      cache.setQueryData(deliveryQuery(tenant, id).queryKey, delivery);
      notifications.show({ color: "pine", title: t("delivery.retried"), message: t("delivery.retriedText") });
    },
    onError: (error) => notifications.show({ color: "red", title: t("delivery.retryFailed"), message: problemText(error) }),
    onSettled: () => void cache.invalidateQueries({ queryKey: ["deliveries", tenant] }),
  });
  return (
    <Button leftSection={<IconRefresh size={17} aria-hidden />} loading={retry.isPending} onClick={() => retry.mutate()}>
      {t("delivery.retry")}
    </Button>
  );
}
