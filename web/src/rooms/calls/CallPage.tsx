// One call: what was said, what was understood, what was received and passed on.
import { Avatar, Badge, Box, Card, Grid, Group, Stack, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { IconClock, IconCoin, IconPhoneIncoming, IconPhoneOutgoing, IconRobot, IconSparkles, IconWorld } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { CallDetail } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { WhoLooked } from "@/rooms/audit/WhoLooked";
import { useSession, useTenant } from "@/rooms/people/session";
import { BackLink } from "@/ui/BackLink";
import { Section } from "@/ui/Section";
import { ErrorState, PageSkeleton } from "@/ui/States";
import { callQuery } from "./api";
import { CallDeliveries } from "./CallDeliveries";
import { CallFacts } from "./CallFacts";
import { CallPill, MoodPill } from "./CallPill";
import { CallTimeline } from "./CallTimeline";
import { useCaller } from "./caller";
import classes from "./Calls.module.css";
import { Transcript } from "./Transcript";

const route = getRouteApi("/signed-in/calls/$id");

export function CallPage() {
  const { t } = useTranslation();
  const { id } = route.useParams();
  const tenant = useTenant();
  const query = useQuery(callQuery(tenant, id));
  return (
    <Box maw={1160} mx="auto">
      <Stack gap="md">
        <BackLink to="/calls">{t("calls.title")}</BackLink>
        {query.isPending ? <PageSkeleton /> : null}
        {query.isError && !query.data ? (
          <Card padding={0}><ErrorState error={query.error} onRetry={() => void query.refetch()} /></Card>
        ) : null}
        {query.data ? <CallView call={query.data} /> : null}
      </Stack>
    </Box>
  );
}

function CallView({ call }: { call: CallDetail }) {
  const { t } = useTranslation();
  const { may } = useSession();
  const caller = useCaller()(call, call.customer_name);
  useDocumentTitle(`${caller.title} · Vestibule`);
  return (
    <Stack gap="lg">
      <CallHeader call={call} />
      <Card className={classes.summary}>
        <Group gap="xs" mb={6}>
          <IconSparkles size={18} aria-hidden color="var(--vb-accent)" />
          <Title order={2}>{t("call.summary")}</Title>
          <MoodPill sentiment={call.sentiment} />
        </Group>
        <Text c={call.summary ? undefined : "dimmed"}>
          {call.summary ?? (call.is_final ? t("call.noSummary") : t("call.summaryLater"))}
        </Text>
      </Card>
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, md: 7 }}>
          <Section title={t("call.transcript")}>
            <Transcript turns={call.transcript} callerName={caller.title} agentName={call.agent_name} isFinal={call.is_final} goneAt={call.words_gone_at} />
          </Section>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 5 }}>
          <Stack gap="lg">
            <Section title={t("call.facts")}><CallFacts call={call} /></Section>
            {may("deliveries.read") ? <Section title={t("call.deliveries")}><CallDeliveries deliveries={call.deliveries} /></Section> : null}
            <Section title={t("call.timeline")}><CallTimeline call={call} /></Section>
            {may("audit.read") ? <Section title={t("audit.whoLooked")}><WhoLooked call={call.id} /></Section> : null}
          </Stack>
        </Grid.Col>
      </Grid>
    </Stack>
  );
}

function CallHeader({ call }: { call: CallDetail }) {
  const { t } = useTranslation();
  const format = useFormat();
  const caller = useCaller()(call, call.customer_name);
  const way = call.channel === "web"
    ? { icon: <IconWorld size={16} aria-hidden />, words: t("call.web") }
    : call.direction === "OUTBOUND"
      ? { icon: <IconPhoneOutgoing size={16} aria-hidden />, words: t("call.outbound") }
      : { icon: <IconPhoneIncoming size={16} aria-hidden />, words: t("call.inbound") };
  return (
    <Group gap="md" wrap="nowrap" align="flex-start">
      <Avatar name={caller.initials ?? undefined} size={56} color="pine" variant="light" alt="" visibleFrom="xs" />
      <Box miw={0} flex={1}>
        <Group gap="sm">
          <Title order={1}>{caller.title}</Title>
          <CallPill call={call} />
          {call.is_test ? <Badge variant="default">{t("call.test")}</Badge> : null}
        </Group>
        <Text c="dimmed" size="sm" mt={4}>
          {[caller.number, format.long(call.started_at)].filter(Boolean).join(" · ")}
        </Text>
        <div className={classes.signs}>
          <Sign icon={way.icon}>{way.words}</Sign>
          <Sign icon={<IconClock size={16} aria-hidden />}>{format.duration(call.duration_ms)}</Sign>
          {call.cost_micros == null ? null : (
            <Sign icon={<IconCoin size={16} aria-hidden />}>
              {t("call.cost", { amount: format.money(call.cost_micros, call.currency) })}
            </Sign>
          )}
          {call.agent_name ? <Sign icon={<IconRobot size={16} aria-hidden />}>{call.agent_name}</Sign> : null}
        </div>
      </Box>
    </Group>
  );
}

function Sign({ icon, children }: { icon: ReactNode; children: ReactNode }) {
  return (
    <Group gap={6} wrap="nowrap" c="dimmed">
      {icon}
      <Text size="sm" className="tabular">{children}</Text>
    </Group>
  );
}
