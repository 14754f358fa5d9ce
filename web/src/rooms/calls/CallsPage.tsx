// The calls of a tenant, newest first, live.
import { Button, Card, useMatches } from "@mantine/core";
import { IconFilterOff, IconPhoneOff } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useSession, useTenant } from "@/rooms/people/session";
import { LoadMore } from "@/ui/LoadMore";
import { Page } from "@/ui/Page";
import { ErrorState, ListSkeleton, Notice } from "@/ui/States";
import { type CallFilters, callsQuery } from "./api";
import { CallCards } from "./CallCards";
import { CallFiltersBar } from "./CallFiltersBar";
import { CallsTable } from "./CallsTable";
import { ConnectGuide } from "./ConnectGuide";

const route = getRouteApi("/signed-in/calls");

export function CallsPage() {
  const { t } = useTranslation();
  const { tenant: viewed } = useSession();
  const tenant = useTenant();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const narrow = useMatches({ base: true, md: false });
  const { from, to, status, outcome, intent, phone } = search;
  const filters: CallFilters = { from, to, status, outcome, intent, phone };
  const isFiltered = Object.values(filters).some((value) => value !== undefined);
  const query = useInfiniteQuery(callsQuery(tenant, filters));
  const calls = query.data?.pages.flatMap((page) => page.items) ?? [];

  function setFilters(change: CallFilters) {
    void navigate({ search: (before) => ({ ...before, ...change }), replace: true });
  }

  function clear() {
    void navigate({ search: (before) => ({ tenant: before.tenant }), replace: true });
  }

  return (
    <Page title={t("calls.title")} subtitle={t("calls.subtitle", { company: viewed?.company_name ?? "" })}>
      <CallFiltersBar filters={filters} onChange={setFilters} onClear={isFiltered ? clear : undefined} />
      {query.isPending ? <ListSkeleton rows={8} /> : null}
      {query.isError && calls.length === 0 ? (
        <Card padding={0}><ErrorState error={query.error} onRetry={() => void query.refetch()} /></Card>
      ) : null}
      {query.isSuccess && calls.length === 0 ? (
        <Card padding={0}>
          {isFiltered ? (
            <Notice
              icon={IconFilterOff}
              color="gray"
              title={t("calls.noMatch")}
              action={<Button variant="default" onClick={clear}>{t("filter.clear")}</Button>}
            >
              {t("calls.noMatchText")}
            </Notice>
          ) : (
            <Notice icon={IconPhoneOff} title={t("calls.empty")} action={<ConnectGuide />}>
              {t("calls.emptyText")}
            </Notice>
          )}
        </Card>
      ) : null}
      {calls.length > 0 ? (
        <>
          {narrow ? <CallCards calls={calls} /> : <CallsTable calls={calls} />}
          <LoadMore
            shown={calls.length}
            hasMore={query.hasNextPage}
            loading={query.isFetchingNextPage}
            onMore={() => void query.fetchNextPage()}
          />
        </>
      ) : null}
    </Page>
  );
}
