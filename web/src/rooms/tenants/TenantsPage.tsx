// Tenants within reach: the operator's all, an agency's its own.
import { Button, Card, Group, Select, useMatches } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconBuildingStore, IconFilterOff, IconPlus } from "@tabler/icons-react";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useLabel } from "@/lib/labels";
import { agencyChoicesQuery } from "@/rooms/agencies/api";
import { useSession } from "@/rooms/people/session";
import { LoadMore } from "@/ui/LoadMore";
import { Page } from "@/ui/Page";
import { SearchField } from "@/ui/SearchField";
import { ErrorState, ListSkeleton, Notice } from "@/ui/States";
import { planTiers, subscriptionStatuses, type TenantFilters, tenantsQuery } from "./api";
import { NewTenantDialog } from "./NewTenantDialog";
import { TenantCards, TenantsTable } from "./TenantsTable";
import { TenantTotals } from "./TenantTotals";

const route = getRouteApi("/signed-in/admin/tenants");

function AgencyFilter({ value, onChange }: { value: string | undefined; onChange: (value: string | undefined) => void }) {
  const { t } = useTranslation();
  const agencies = useQuery(agencyChoicesQuery()).data?.items ?? [];
  if (agencies.length === 0 && !value) return null;
  return (
    <Select
      aria-label={t("tenants.agency")} placeholder={t("tenants.agency")} clearable searchable w={{ base: "100%", sm: 200 }}
      data={[{ value: "none", label: t("tenants.itself") }, ...agencies.map(({ id, name }) => ({ value: id, label: name }))]}
      value={value ?? null} onChange={(next) => onChange(next ?? undefined)}
      clearButtonProps={{ "aria-label": t("filter.clearOne", { name: t("tenants.agency") }) }}
    />
  );
}

export function TenantsPage() {
  const { t } = useTranslation();
  const label = useLabel();
  const { search, status, plan, agency } = route.useSearch();
  const { me, isOperator } = useSession();
  const navigate = route.useNavigate();
  const narrow = useMatches({ base: true, md: false });
  const [adding, { open, close }] = useDisclosure(false);
  const query = useInfiniteQuery(tenantsQuery({ search, status, plan, agency }));
  const tenants = query.data?.pages.flatMap((page) => page.items) ?? [];
  const isFiltered = Boolean(search ?? status ?? plan ?? agency);
  const List = narrow ? TenantCards : TenantsTable;
  const choices = (group: string, names: string[]) => names.map((name) => ({ value: name, label: label(group, name) }));

  function setFilters(change: TenantFilters) {
    void navigate({ search: (before) => ({ ...before, ...change }), replace: true });
  }

  const add = <Button leftSection={<IconPlus size={17} aria-hidden />} onClick={open}>{t("tenants.add")}</Button>;
  return (
    <Page title={t("tenants.title")} subtitle={isOperator ? t("tenants.subtitle") : t("tenants.subtitleOf", { agency: me.agency?.name })} actions={add}>
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
        {isOperator ? <AgencyFilter value={agency} onChange={(next) => setFilters({ agency: next })} /> : null}
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
                <Button variant="default" onClick={() => setFilters({ search: undefined, status: undefined, plan: undefined, agency: undefined })}>
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
