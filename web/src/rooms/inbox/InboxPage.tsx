// What the providers sent about calls, and what became of it.
import { Button, Card, useMatches } from "@mantine/core";
import { IconFilterOff, IconInbox } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useLabel } from "@/lib/labels";
import { useSession, useTenant } from "@/rooms/people/session";
import { Choices } from "@/ui/Choices";
import { LoadMore } from "@/ui/LoadMore";
import { Page } from "@/ui/Page";
import { ErrorState, ListSkeleton, Notice } from "@/ui/States";
import { inboxQuery, inboxStates } from "./api";
import { InboxCards, InboxTable } from "./InboxTable";
import { Kept } from "./Kept";

const route = getRouteApi("/signed-in/inbox");

export function InboxPage() {
  const { t } = useTranslation();
  const label = useLabel();
  const tenant = useTenant();
  const { may } = useSession();
  const { state } = route.useSearch();
  const navigate = route.useNavigate();
  const narrow = useMatches({ base: true, lg: false });
  const query = useInfiniteQuery(inboxQuery(tenant, state));
  const events = query.data?.pages.flatMap((page) => page.items) ?? [];
  const List = narrow ? InboxCards : InboxTable;

  function show(next: string | undefined) {
    void navigate({ search: (before) => ({ ...before, state: next }), replace: true });
  }

  return (
    <Page title={t("inbox.title")} subtitle={t("inbox.subtitle")}>
      <Choices
        label={t("inbox.filter")} all={t("inbox.all")} value={state} onChange={show}
        choices={inboxStates.map((value) => ({ value, label: label("inboxState", value) }))}
      />
      {query.isPending ? <ListSkeleton /> : null}
      {query.isError && events.length === 0 ? (
        <Card padding={0}><ErrorState error={query.error} onRetry={() => void query.refetch()} /></Card>
      ) : null}
      {query.isSuccess && events.length === 0 ? (
        <Card padding={0}>
          {state ? (
            <Notice
              icon={IconFilterOff} color="gray" title={t("inbox.noMatch")}
              action={<Button variant="default" onClick={() => show(undefined)}>{t("filter.clear")}</Button>}
            />
          ) : (
            <Notice
              icon={IconInbox} title={t("inbox.empty")}
              action={may("connections.read") ? <Button component={Link} to="/connect">{t("inbox.toConnect")}</Button> : undefined}
            >
              {t("inbox.emptyText")}
            </Notice>
          )}
        </Card>
      ) : null}
      {events.length > 0 ? (
        <>
          <List events={events} />
          <LoadMore
            shown={events.length} hasMore={query.hasNextPage} loading={query.isFetchingNextPage}
            onMore={() => void query.fetchNextPage()}
          />
          <Kept />
        </>
      ) : null}
    </Page>
  );
}
