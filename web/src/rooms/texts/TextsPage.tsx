// Threads of texts, the latest first.
import { Avatar, Box, Button, Card, Group, Text } from "@mantine/core";
import { IconFilterOff, IconMessage, IconPencil } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { ThreadRow } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { useSession, useTenant } from "@/rooms/people/session";
import { LoadMore } from "@/ui/LoadMore";
import { Page } from "@/ui/Page";
import { Pill } from "@/ui/Pill";
import { SearchField } from "@/ui/SearchField";
import { ErrorState, ListSkeleton, Notice } from "@/ui/States";
import { When } from "@/ui/When";
import { threadsQuery } from "./api";
import { NewTextDialog } from "./NewTextDialog";
import { TextPill } from "./TextPill";
import classes from "./Texts.module.css";

const route = getRouteApi("/signed-in/texts");

export function TextsPage() {
  const { t } = useTranslation();
  const { may } = useSession();
  const tenant = useTenant();
  const { phone, compose } = route.useSearch();
  const navigate = route.useNavigate();
  const query = useInfiniteQuery(threadsQuery(tenant, phone));
  const threads = query.data?.pages.flatMap((page) => page.items) ?? [];

  function show(next: { phone?: string; compose?: string }) {
    void navigate({ search: (before) => ({ ...before, ...next }), replace: true });
  }

  const write = may("texts.send") ? (
    <Button leftSection={<IconPencil size={16} aria-hidden />} onClick={() => show({ compose: "new" })}>{t("texts.new")}</Button>
  ) : null;
  return (
    <Page title={t("texts.title")} subtitle={t("texts.subtitle")} actions={write} width={820}>
      <SearchField label={t("filter.phone")} value={phone} onChange={(next) => show({ phone: next })} inputMode="tel" maw={340} />
      {query.isPending ? <ListSkeleton /> : null}
      {query.isError && threads.length === 0 ? (
        <Card padding={0}><ErrorState error={query.error} onRetry={() => void query.refetch()} /></Card>
      ) : null}
      {query.isSuccess && threads.length === 0 ? (
        <Card padding={0}>
          {phone ? (
            <Notice
              icon={IconFilterOff} color="gray" title={t("texts.noMatch")}
              action={<Button variant="default" onClick={() => show({ phone: undefined })}>{t("filter.clear")}</Button>}
            />
          ) : (
            <Notice icon={IconMessage} title={t("texts.empty")}>{t("texts.emptyText")}</Notice>
          )}
        </Card>
      ) : null}
      {threads.length > 0 ? (
        <>
          <Card padding={0} component="ul" className={classes.threads}>
            {threads.map((thread) => <li key={thread.id}><ThreadLink thread={thread} /></li>)}
          </Card>
          <LoadMore
            shown={threads.length} hasMore={query.hasNextPage} loading={query.isFetchingNextPage}
            onMore={() => void query.fetchNextPage()}
          />
        </>
      ) : null}
      <NewTextDialog opened={compose !== undefined && may("texts.send")} isTest={compose === "test"} onClose={() => show({ compose: undefined })} />
    </Page>
  );
}

function ThreadLink({ thread }: { thread: ThreadRow }) {
  const { t } = useTranslation();
  const format = useFormat();
  const number = format.phone(thread.their_number) ?? thread.their_number;
  const last = thread.last;
  const isOut = last?.direction === "OUTBOUND";
  const words = last?.body || (last && last.media_count > 0 ? t("texts.media", { count: last.media_count }) : "");
  return (
    <Link to="/texts/$id" params={{ id: thread.id }} className={classes.thread} data-thread-id={thread.id}>
      <Avatar name={thread.contact_name ?? undefined} size={40} color="pine" alt="" />
      <Box flex={1} miw={0}>
        <Group justify="space-between" wrap="nowrap" gap="sm">
          <Text fw={600} size="sm" truncate>{thread.contact_name ?? number}</Text>
          <When at={thread.last_at} size="xs" c="dimmed" style={{ flex: "none" }} />
        </Group>
        <Text size="sm" c="dimmed" lineClamp={2}>{isOut ? t("texts.youWrote", { text: words }) : words}</Text>
        <Group gap={6} mt={4} className={classes.signs}>
          {thread.opted_out_at ? <Pill tone="warn">{t("texts.optedOutShort")}</Pill> : null}
          {last && isOut && last.status !== "DELIVERED" ? <TextPill status={last.status} /> : null}
        </Group>
      </Box>
    </Link>
  );
}
