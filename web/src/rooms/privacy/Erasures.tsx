// What was erased and let go of, with what providers answered and a receipt for each.
import { Card, Group, Stack, Text } from "@mantine/core";
import { IconCheck, IconClock, IconHelpCircle, IconShieldCheck, IconX } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { ErasureRow } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { humanise, useLabel } from "@/lib/labels";
import { useTenant } from "@/rooms/people/session";
import { LoadMore } from "@/ui/LoadMore";
import { type Look, Pill } from "@/ui/Pill";
import { Section } from "@/ui/Section";
import { ErrorState, ListSkeleton, Notice } from "@/ui/States";
import { erasuresQuery } from "./api";
import { useCounted } from "./counted";
import { ReceiptButton } from "./ReceiptButton";
import classes from "@/ui/Rows.module.css";

export function Erasures() {
  const { t } = useTranslation();
  const query = useInfiniteQuery(erasuresQuery(useTenant()));
  const rows = query.data?.pages.flatMap((page) => page.items) ?? [];
  if (query.isPending) return <ListSkeleton rows={3} />;
  if (query.isError && rows.length === 0) return <Card padding={0}><ErrorState error={query.error} onRetry={() => void query.refetch()} /></Card>;
  return (
    <Section title={t("privacy.listTitle")} flush>
      {rows.length === 0 ? (
        <Notice icon={IconShieldCheck} title={t("privacy.listEmpty")}>{t("privacy.listEmptyText")}</Notice>
      ) : (
        <ul className={classes.cards} style={{ padding: 0 }}>
          {rows.map((row) => <Row key={row.id} row={row} />)}
        </ul>
      )}
      {rows.length > 0 && query.hasNextPage ? (
        <LoadMore shown={rows.length} hasMore={query.hasNextPage} loading={query.isFetchingNextPage} onMore={() => void query.fetchNextPage()} />
      ) : null}
    </Section>
  );
}

const looks: Record<string, Look> = {
  owed: { tone: "info", icon: IconClock },
  confirmed: { tone: "good", icon: IconCheck },
  gone: { tone: "good", icon: IconCheck },
  refused: { tone: "bad", icon: IconX },
};

function Row({ row }: { row: ErasureRow }) {
  const { t } = useTranslation();
  const format = useFormat();
  const label = useLabel();
  const counted = useCounted();
  const isCaller = row.kind === "caller";
  return (
    <li className={classes.card} data-erasure-id={row.id}>
      <Group justify="space-between" align="flex-start" gap="sm">
        <Stack gap={4} miw={0} flex={1}>
          <Text size="sm" fw={600}>{isCaller ? t("privacy.rowCaller") : t("privacy.rowRetention")}</Text>
          <Text size="xs" c="dimmed">
            {format.short(row.at)}{isCaller ? ` · ${label("erasureReason", row.reason)}` : ""}{row.reapplied_at ? ` · ${t("privacy.reapplied", { day: format.day(row.reapplied_at) })}` : ""}
          </Text>
          <Text size="sm">{counted(row.counts).join(", ") || "—"}</Text>
          {row.providers.length > 0 ? (
            <Group gap={6} mt={4}>
              {row.providers.map((one) => (
                <Pill key={`${one.provider}${one.what}${one.state}`} {...(looks[one.state] ?? { tone: "quiet", icon: IconHelpCircle })}>
                  {t("privacy.providerState", { provider: humanise(one.provider), state: label("erasureState", one.state), number: format.number(one.count) })}
                </Pill>
              ))}
            </Group>
          ) : null}
        </Stack>
        <ReceiptButton id={row.id} compact />
      </Group>
    </li>
  );
}
