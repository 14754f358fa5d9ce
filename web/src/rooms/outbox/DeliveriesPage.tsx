// What is owed and was passed on to the tenant's own systems.
import { Button, Card, useMatches } from "@mantine/core";
import { IconFilterOff, IconSend } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useLabel } from "@/lib/labels";
import { useSession, useTenant } from "@/rooms/people/session";
import { Choices } from "@/ui/Choices";
import { LoadMore } from "@/ui/LoadMore";
import { Page } from "@/ui/Page";
import { ErrorState, ListSkeleton, Notice } from "@/ui/States";
import { deliveriesQuery, deliveryStates } from "./api";
import { DeliveriesTable, DeliveryCards } from "./DeliveriesTable";
import { DeliveryFigures } from "./DeliveryFigures";

const route = getRouteApi("/signed-in/deliveries");

export function DeliveriesPage() {
  const { t } = useTranslation();
  const label = useLabel();
  const tenant = useTenant();
  const { may } = useSession();
  const { state, endpoint_id } = route.useSearch();
  const navigate = route.useNavigate();
  const narrow = useMatches({ base: true, md: false });
  const query = useInfiniteQuery(deliveriesQuery(tenant, { state, endpoint_id }));
  const deliveries = query.data?.pages.flatMap((page) => page.items) ?? [];
  const isFiltered = state !== undefined || endpoint_id !== undefined;
  const List = narrow ? DeliveryCards : DeliveriesTable;

  function show(next: string | undefined) {
    void navigate({ search: (before) => ({ ...before, state: next }), replace: true });
  }

  return (
    <Page title={t("deliveries.title")} subtitle={t("deliveries.subtitle")}>
      {deliveries.length > 0 && !isFiltered ? <DeliveryFigures /> : null}
      <Choices
        label={t("deliveries.filter")} all={t("deliveries.all")} value={state} onChange={show}
        choices={deliveryStates.map((value) => ({ value, label: label("deliveryState", value) }))}
      />
      {query.isPending ? <ListSkeleton /> : null}
      {query.isError && deliveries.length === 0 ? (
        <Card padding={0}><ErrorState error={query.error} onRetry={() => void query.refetch()} /></Card>
      ) : null}
      {query.isSuccess && deliveries.length === 0 ? (
        <Card padding={0}>
          {isFiltered ? (
            <Notice
              icon={IconFilterOff} color="gray" title={t("deliveries.noMatch")}
              action={
                <Button variant="default" onClick={() => void navigate({ search: (before) => ({ tenant: before.tenant }), replace: true })}>
                  {t("filter.clear")}
                </Button>
              }
            />
          ) : (
            <Notice
              icon={IconSend} title={t("deliveries.empty")}
              action={may("endpoints.read") ? <Button component={Link} to="/endpoints">{t("deliveries.toEndpoints")}</Button> : undefined}
            >
              {t("deliveries.emptyText")}
            </Notice>
          )}
        </Card>
      ) : null}
      {deliveries.length > 0 ? (
        <>
          <List deliveries={deliveries} />
          <LoadMore
            shown={deliveries.length} hasMore={query.hasNextPage} loading={query.isFetchingNextPage}
            onMore={() => void query.fetchNextPage()}
          />
        </>
      ) : null}
    </Page>
  );
}
