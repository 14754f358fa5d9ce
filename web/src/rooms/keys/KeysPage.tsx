// The keys with which programs ask for a tenant's data.
import { Button, Card, Stack, useMatches } from "@mantine/core";
import { IconKey, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { MadeKey } from "@/lib/api";
import { useSession, useTenant } from "@/rooms/people/session";
import { Page } from "@/ui/Page";
import { ErrorState, ListSkeleton, Notice } from "@/ui/States";
import { isGood, keysQuery } from "./api";
import { KeyCards, KeysTable } from "./KeysTable";
import { NewKeyDialog } from "./NewKeyDialog";
import { ShownKeyDialog } from "./ShownKeyDialog";

export function KeysPage() {
  const { t } = useTranslation();
  const { may } = useSession();
  const query = useQuery(keysQuery(useTenant()));
  const [adding, setAdding] = useState(false);
  const [made, setMade] = useState<MadeKey | null>(null);
  const [all, setAll] = useState(false);
  const List = useMatches({ base: KeyCards, md: KeysTable });
  const keys = query.data?.items ?? [];
  const good = keys.filter(isGood);
  const over = keys.length - good.length;
  const add = may("keys.manage") ? (
    <Button leftSection={<IconPlus size={17} aria-hidden />} onClick={() => setAdding(true)}>{t("keys.add")}</Button>
  ) : null;

  return (
    <Page title={t("keys.title")} subtitle={t("keys.subtitle")} actions={good.length > 0 ? add : null}>
      {query.isPending ? <ListSkeleton rows={4} /> : null}
      {query.isError && !query.data ? (
        <Card padding={0}><ErrorState error={query.error} onRetry={() => void query.refetch()} /></Card>
      ) : null}
      {query.isSuccess && good.length === 0 ? (
        <Card padding={0}><Notice icon={IconKey} title={t("keys.empty")} action={add}>{t("keys.emptyText")}</Notice></Card>
      ) : null}
      {good.length > 0 ? <List keys={good} onMade={setMade} /> : null}
      {over > 0 ? (
        <Stack gap="sm">
          <Button variant="subtle" size="compact-sm" color="gray" onClick={() => setAll(!all)} aria-expanded={all} style={{ alignSelf: "flex-start" }}>
            {all ? t("keys.hideOver") : t("keys.showOver", { count: over })}
          </Button>
          {all ? <List keys={keys.filter((key) => !isGood(key))} onMade={setMade} /> : null}
        </Stack>
      ) : null}
      <NewKeyDialog opened={adding} onClose={() => setAdding(false)} onMade={setMade} />
      <ShownKeyDialog made={made} onClose={() => setMade(null)} />
    </Page>
  );
}
