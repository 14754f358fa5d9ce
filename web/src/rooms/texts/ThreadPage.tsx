// One thread: what was written, where each text stands, and writing another.
import { Alert, Box, Button, Card, Group, Stack, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { IconMessageOff } from "@tabler/icons-react";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { TextRow, ThreadRow } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { useLabel } from "@/lib/labels";
import { useSession, useTenant } from "@/rooms/people/session";
import { BackLink } from "@/ui/BackLink";
import { ErrorState, PageSkeleton } from "@/ui/States";
import { textsQuery, threadQuery } from "./api";
import { Composer } from "./Composer";
import { TextPill } from "./TextPill";
import classes from "./Texts.module.css";

const route = getRouteApi("/signed-in/texts/$id");

export function ThreadPage() {
  const { t } = useTranslation();
  const { id } = route.useParams();
  const tenant = useTenant();
  const query = useQuery(threadQuery(tenant, id));
  return (
    <Box maw={820} mx="auto">
      <Stack gap="md">
        <BackLink to="/texts">{t("texts.title")}</BackLink>
        {query.isPending ? <PageSkeleton /> : null}
        {query.isError && !query.data ? (
          <Card padding={0}><ErrorState error={query.error} onRetry={() => void query.refetch()} /></Card>
        ) : null}
        {query.data ? <ThreadView thread={query.data} /> : null}
      </Stack>
    </Box>
  );
}

function ThreadView({ thread }: { thread: ThreadRow }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { may } = useSession();
  const number = format.phone(thread.their_number) ?? thread.their_number;
  const title = thread.contact_name ?? number;
  useDocumentTitle(`${title} · Vestibule`);
  const isNumber = thread.their_number.startsWith("+");
  return (
    <Stack gap="lg">
      <Group justify="space-between" align="flex-end" gap="sm">
        <Box miw={0}>
          <Title order={1}>{title}</Title>
          <Text c="dimmed" size="sm" mt={2} className="tabular">
            {[thread.contact_name ? number : null, t("texts.withOurs", { number: format.phone(thread.our_number) ?? thread.our_number })].filter(Boolean).join(" · ")}
          </Text>
        </Box>
        {isNumber && may("calls.read") ? (
          <Button variant="default" size="sm" component={Link} to="/calls" search={{ phone: thread.their_number } as never}>{t("texts.toCalls")}</Button>
        ) : null}
      </Group>
      <Card padding={0}>
        <Texts thread={thread.id} />
        {may("texts.send") && isNumber ? (
          <Card.Section className={classes.composer} m={0}>
            {thread.opted_out_at ? (
              <Alert color="lamp" variant="light" icon={<IconMessageOff size={18} aria-hidden />} title={t("texts.optedOut", { day: format.day(thread.opted_out_at) })} data-testid="opted-out">
                {t("texts.optedOutText")}
              </Alert>
            ) : (
              <Composer key={thread.id} to={thread.their_number} from={thread.our_number} />
            )}
          </Card.Section>
        ) : null}
      </Card>
    </Stack>
  );
}

function Texts({ thread }: { thread: string }) {
  const { t } = useTranslation();
  const tenant = useTenant();
  const query = useInfiniteQuery(textsQuery(tenant, thread));
  const texts = (query.data?.pages.flatMap((page) => page.items) ?? []).toReversed();
  const newest = texts.at(-1)?.id;
  const end = useRef<HTMLDivElement>(null);
  // Whoever opens a thread wants its end; and what comes meanwhile.
  useEffect(() => {
    if (newest) end.current?.scrollIntoView({ block: "center" });
  }, [newest]);
  if (query.isPending) return <Box p="lg"><PageSkeleton /></Box>;
  if (query.isError && texts.length === 0) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  return (
    <Stack gap="md" p={{ base: "md", sm: "lg" }}>
      {query.hasNextPage ? (
        <Button variant="subtle" size="compact-sm" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()} style={{ alignSelf: "center" }}>
          {t("texts.earlier")}
        </Button>
      ) : null}
      <ol className={classes.bubbles} data-testid="texts">
        {texts.map((text) => <Bubble key={text.id} text={text} />)}
      </ol>
      <div ref={end} />
    </Stack>
  );
}

function Bubble({ text }: { text: TextRow }) {
  const { t } = useTranslation();
  const label = useLabel();
  const format = useFormat();
  const isOut = text.direction === "OUTBOUND";
  return (
    <li className={classes.turn} data-direction={text.direction} data-text-id={text.id}>
      <div className={classes.bubble}>
        {text.body || <em>{t("texts.noWords")}</em>}
        {text.media_count > 0 ? <Text size="xs" mt={4} inherit component="div" className={classes.aside}>{t("texts.media", { count: text.media_count })}</Text> : null}
      </div>
      <Group gap={8} className={classes.under}>
        <Text size="xs" c="dimmed" className="tabular">{format.short(text.at)}</Text>
        {isOut ? <TextPill status={text.status} /> : null}
        {text.keyword ? <Text size="xs" c="dimmed">{label("textKeyword", text.keyword)}</Text> : null}
        {text.price_micros == null ? null : <Text size="xs" c="dimmed" className="tabular">{format.money(text.price_micros, text.currency ?? "USD")}</Text>}
      </Group>
      {text.problem ? (
        <Text size="xs" c="var(--mantine-color-error)" className={classes.problem}>
          {text.problem.message}{text.problem.provider_code ? ` (${text.problem.provider_code})` : ""}
        </Text>
      ) : null}
      {text.status === "UNKNOWN" ? <Text size="xs" c="dimmed" className={classes.problem}>{t("texts.unknown")}</Text> : null}
    </li>
  );
}
