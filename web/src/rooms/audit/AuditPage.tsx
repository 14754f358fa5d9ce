// The audit log: who did what, to what, when. A tenant's for its managers, the platform's own for operators.
import { Alert, Button, Card, Code, Select, Text, useMatches } from "@mantine/core";
import { IconDownload, IconFilterOff, IconLink, IconShieldCheck, IconX } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useLabel } from "@/lib/labels";
import { useTenant } from "@/rooms/people/session";
import { DateRange } from "@/ui/DateRange";
import { LoadMore } from "@/ui/LoadMore";
import { Page } from "@/ui/Page";
import { ErrorState, ListSkeleton, Notice } from "@/ui/States";
import { useActorName } from "./Actor";
import { type AuditFilters, auditQuery, exportUrl } from "./api";
import classes from "./Audit.module.css";
import { AuditCards, AuditTable } from "./AuditList";
import { actionNames, platformActionNames } from "./words";

const ofTenant = getRouteApi("/signed-in/audit");
const ofPlatform = getRouteApi("/signed-in/admin/audit");

export function AuditPage() {
  const { from, to, actor, action, object } = ofTenant.useSearch();
  const navigate = ofTenant.useNavigate();
  const change = (filters: AuditFilters) => void navigate({ search: (before) => ({ ...before, ...filters }), replace: true });
  return <Log tenant={useTenant()} filters={{ from, to, actor, action, object }} onChange={change} />;
}

export function PlatformAuditPage() {
  const { from, to, actor, action, object } = ofPlatform.useSearch();
  const navigate = ofPlatform.useNavigate();
  const change = (filters: AuditFilters) => void navigate({ search: (before) => ({ ...before, ...filters }), replace: true });
  return <Log tenant={null} filters={{ from, to, actor, action, object }} onChange={change} />;
}

const none: AuditFilters = { actor: undefined, action: undefined, object: undefined, from: undefined, to: undefined };

type LogProps = { tenant: string | null; filters: AuditFilters; onChange: (filters: AuditFilters) => void };

function Log({ tenant, filters, onChange }: LogProps) {
  const { t } = useTranslation();
  const isPlatform = tenant === null;
  const narrow = useMatches({ base: true, md: false });
  const isFiltered = Object.values(filters).some((value) => value !== undefined);
  const query = useInfiniteQuery(auditQuery(tenant, filters));
  const rows = query.data?.pages.flatMap((page) => page.items) ?? [];
  const List = narrow ? AuditCards : AuditTable;
  const clear = () => onChange(none);
  return (
    <Page
      title={isPlatform ? t("audit.platformTitle") : t("audit.title")}
      subtitle={isPlatform ? t("audit.platformSubtitle") : t("audit.subtitle")}
      actions={
        <Button component="a" href={exportUrl(tenant)} download variant="default" leftSection={<IconDownload size={16} aria-hidden />}>
          {t("audit.export")}
        </Button>
      }
    >
      <Filters isPlatform={isPlatform} filters={filters} onChange={onChange} onClear={isFiltered ? clear : undefined} rows={rows} />
      {query.isPending ? <ListSkeleton rows={8} /> : null}
      {query.isError && rows.length === 0 ? (
        <Card padding={0}><ErrorState error={query.error} onRetry={() => void query.refetch()} /></Card>
      ) : null}
      {query.isSuccess && rows.length === 0 ? (
        <Card padding={0}>
          {isFiltered ? (
            <Notice icon={IconFilterOff} color="gray" title={t("audit.noMatch")} action={<Button variant="default" onClick={clear}>{t("filter.clear")}</Button>}>
              {t("audit.noMatchText")}
            </Notice>
          ) : (
            <Notice icon={IconShieldCheck} title={t("audit.empty")}>{t("audit.emptyText")}</Notice>
          )}
        </Card>
      ) : null}
      {rows.length > 0 ? (
        <>
          <List rows={rows} isPlatform={isPlatform} onActor={(actor) => onChange({ actor })} />
          <LoadMore shown={rows.length} hasMore={query.hasNextPage} loading={query.isFetchingNextPage} onMore={() => void query.fetchNextPage()} />
          <Chained />
        </>
      ) : null}
    </Page>
  );
}

type FiltersProps = {
  isPlatform: boolean;
  filters: AuditFilters;
  onChange: (filters: AuditFilters) => void;
  onClear?: () => void;
  rows: { actor: { kind: string; id: string; name?: string | null } }[];
};

function Filters({ isPlatform, filters, onChange, onClear, rows }: FiltersProps) {
  const { t } = useTranslation();
  const label = useLabel();
  const nameOf = useActorName();
  const names = isPlatform ? platformActionNames : actionNames;
  // An action that this build does not know can still stand in the address.
  const known = filters.action && !names.includes(filters.action) ? [filters.action, ...names] : names;
  const actor = filters.actor ? rows.find(({ actor }) => `${actor.kind}:${actor.id}` === filters.actor)?.actor : undefined;
  const whose = actor ? nameOf({ ...actor, name: actor.name ?? null }) : t("audit.oneActor");
  return (
    <div className={classes.filters}>
      <div className={classes.field}>
        <DateRange days={filters} onChange={(days) => onChange({ from: days.from, to: days.to })} />
      </div>
      <Select
        className={classes.field}
        aria-label={t("audit.anyAction")} placeholder={t("audit.anyAction")} clearable searchable
        nothingFoundMessage={t("audit.noMatch")} maxDropdownHeight={360}
        data={known.map((name) => ({ value: name, label: label("auditAction", name) }))}
        value={filters.action ?? null} onChange={(action) => onChange({ action: action ?? undefined })}
        clearButtonProps={{ "aria-label": t("filter.clearOne", { name: t("audit.what") }) }}
      />
      {filters.actor ? (
        <Button variant="light" rightSection={<IconX size={14} aria-hidden />} onClick={() => onChange({ actor: undefined })} aria-label={t("filter.clearOne", { name: whose })}>
          {whose}
        </Button>
      ) : null}
      {onClear ? (
        <Button variant="subtle" color="gray" leftSection={<IconX size={16} aria-hidden />} onClick={onClear}>{t("filter.clear")}</Button>
      ) : null}
    </div>
  );
}

/** Why the log can be believed, and how anybody can check it. */
function Chained() {
  const { t } = useTranslation();
  return (
    <Alert icon={<IconLink size={18} aria-hidden />} color="gray" variant="light" title={t("audit.chainTitle")}>
      <Text size="sm">{t("audit.chainText")}</Text>
      <Text size="sm" mt={6}>{t("audit.chainCheck")} <Code>vestibule audit verify --file audit.jsonl</Code></Text>
    </Alert>
  );
}
