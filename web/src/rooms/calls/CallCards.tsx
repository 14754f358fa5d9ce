// Calls as cards, for a telephone in one hand.
import { Badge, Box, Card, Group, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { CallRow } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { useLabel } from "@/lib/labels";
import { useIsFresh } from "@/lib/live";
import { When } from "@/ui/When";
import { CallPill } from "./CallPill";
import { useCaller } from "./caller";
import classes from "./Calls.module.css";
import { CallerAvatar } from "./CallsTable";

export function CallCards({ calls }: { calls: CallRow[] }) {
  return (
    <Card padding={0} component="ul" className={classes.cards}>
      {calls.map((call) => <CallCard key={call.id} call={call} />)}
    </Card>
  );
}

function CallCard({ call }: { call: CallRow }) {
  const { t } = useTranslation();
  const format = useFormat();
  const label = useLabel();
  const fresh = useIsFresh(call.id);
  const caller = useCaller()(call);
  return (
    <li className={classes.cardItem}>
      <Link
        to="/calls/$id"
        params={{ id: call.id }}
        className={classes.card}
        data-fresh={fresh || undefined}
        data-call-id={call.id}
        data-external-id={call.external_id}
      >
        <Group gap="sm" wrap="nowrap" align="flex-start">
          <CallerAvatar call={call} name={caller.initials} />
          <Box flex={1} miw={0}>
            <Group justify="space-between" wrap="nowrap" gap="xs">
              <Text fw={600} size="sm" truncate>{caller.title}</Text>
              <When at={call.started_at} size="xs" c="dimmed" style={{ flex: "none" }} />
            </Group>
            <Text size="xs" c="dimmed" className="tabular">
              {[caller.number, format.short(call.started_at)].filter(Boolean).join(" · ")}
            </Text>
            <Text size="sm" mt={6} lineClamp={2} c={call.summary ? undefined : "dimmed"}>
              {call.summary ?? (call.is_final ? t("calls.withoutSummary") : t("calls.noSummary"))}
            </Text>
            <Group gap="xs" mt={8}>
              <CallPill call={call} />
              <Text size="xs" c="dimmed">
                {[call.intent ? label("intent", call.intent) : null, call.duration_ms == null ? null : format.duration(call.duration_ms)]
                  .filter(Boolean).join(" · ")}
              </Text>
              {call.is_test ? <Badge size="xs" variant="default">{t("call.test")}</Badge> : null}
            </Group>
          </Box>
        </Group>
      </Link>
    </li>
  );
}
