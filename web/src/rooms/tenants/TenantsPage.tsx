// All tenants of the platform, for its operator.
import { Button, Card, Group, Select, useMatches } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconBuildingStore, IconFilterOff, IconPlus } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useLabel } from "@/lib/labels";
import { LoadMore } from "@/ui/LoadMore";
import { Page } from "@/ui/Page";
import { SearchField } from "@/ui/SearchField";
import { ErrorState, ListSkeleton, Notice } from "@/ui/States";
import { planTiers, subscriptionStatuses, type TenantFilters, tenantsQuery } from "./api";
import { NewTenantDialog } from "./NewTenantDialog";
import { TenantCards, TenantsTable } from "./TenantsTable";
import { TenantTotals } from "./TenantTotals";

const route = getRouteApi("/signed-in/admin/tenants");

export function TenantsPage() {
  const { t } = useTranslation();
  const label = useLabel();
  const { search, status, plan } = route.useSearch();
  const navigate = route.useNavigate();
  const narrow = useMatches({ base: true, md: false });
  const [adding, { open, close }] = useDisclosure(false);
  const query = useInfiniteQuery(tenantsQuery({ search, status, plan }));
  const tenants = query.data?.pages.flatMap((page) => page.items) ?? [];
  const isFiltered = Boolean(search ?? status ?? plan);
  const List = narrow ? TenantCards : TenantsTable;
  const choices = (group: string, names: string[]) => names.map((name) => ({ value: name, label: label(group, name) }));

  function setFilters(change: TenantFilters) {
    void navigate({ search: (before) => ({ ...before, ...change }), replace: true });
  }

  const add = <Button leftSection={<IconPlus size={17} aria-hidden />} onClick={open}>{t("tenants.add")}</Button>;
  return (
    <Page title={t("tenants.title")} subtitle={t("tenants.subtitle")} actions={add}>
      <TenantTotals totals={query.data?.pages[0]?.totals} />
      <Group gap="xs">
        <SearchField label={t("tenants.search")} value={search} onChange={(next) => setFilters({ search: next })} flex={1} miw={220} />
        <Select
          aria-label={t("tenants.status")} placeholder={t("tenants.status")} clearable w={{ base: "calc(50% - 5px)", sm: 170 }}
          data={choices("subscription", subscriptionStatuses)} value={status ?? null}
          onChange={(next) => setFilters({ status: next ?? undefined })}
          clearButtonProps={{ "aria-label": t("filter.clearOne", { name: t("tenants.status") }) }}
        />
        <Select
          aria-label={t("tenants.plan")} placeholder={t("tenants.plan")} clearable w={{ base: "calc(50% - 5px)", sm: 170 }}
          data={choices("plan", planTiers)} value={plan ?? null}
          onChange={(next) => setFilters({ plan: next ?? undefined })}
          clearButtonProps={{ "aria-label": t("filter.clearOne", { name: t("tenants.plan") }) }}
        />
      </Group>
      {query.isPending ? <ListSkeleton /> : null}
      {query.isError && tenants.length === 0 ? (
        <Card padding={0}><ErrorState error={query.error} onRetry={() => void query.refetch()} /></Card>
      ) : null}
      {query.isSuccess && tenants.length === 0 ? (
        <Card padding={0}>
          {isFiltered ? (
            <Notice
              icon={IconFilterOff} color="gray" title={t("tenants.noMatch")}
              action={
                <Button variant="default" onClick={() => setFilters({ search: undefined, status: undefined, plan: undefined })}>
                  {t("filter.clear")}
                </Button>
              }
            />
          ) : (
            <Notice icon={IconBuildingStore} title={t("tenants.empty")} action={add}>{t("tenants.emptyText")}</Notice>
          )}
        </Card>
      ) : null}
      {tenants.length > 0 ? (
        <>
          <List tenants={tenants} />
          <LoadMore
            shown={tenants.length} hasMore={query.hasNextPage} loading={query.isFetchingNextPage}
            onMore={() => void query.fetchNextPage()}
          />
        </>
      ) : null}
      <NewTenantDialog opened={adding} onClose={close} />
    </Page>
  );
}
