// What was received about the call, in order: the provider's events and the facts read from them.
import { Box, Group, Spoiler, Text, Timeline } from "@mantine/core";
import { IconAlertTriangle, IconBulb, IconInbox, IconMinus } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { CallDetail, CallFact, InboxRow } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { asIs, humanise, useLabel } from "@/lib/labels";
import { InboxPill } from "@/rooms/inbox/InboxPill";

type Entry = { at: string; key: string; event?: InboxRow; fact?: CallFact };

export function CallTimeline({ call }: { call: CallDetail }) {
  const { t } = useTranslation();
  const format = useFormat();
  const label = useLabel();
  const all: Entry[] = [
    ...call.events.map((event) => ({ at: event.received_at, key: event.id, event })),
    ...call.facts.map((fact) => ({ at: fact.received_at, key: `${fact.source}:${fact.key}:${fact.kind}`, fact })),
  ];
  const entries = all.sort((a, b) => a.at.localeCompare(b.at) || Number(Boolean(a.fact)) - Number(Boolean(b.fact)));
  if (entries.length === 0) return <Text c="dimmed" size="sm" py="sm">{t("call.noEvents")}</Text>;
  return (
    <Spoiler maxHeight={420} showLabel={t("action.showMore")} hideLabel={t("action.showLess")}>
      <Timeline bulletSize={26} lineWidth={2} color="gray.4" pt="xs">
        {entries.map(({ key, at, event, fact }) => {
          const bad = event?.state === "failed" || event?.state === "unprocessable";
          const IconOf = bad ? IconAlertTriangle : event?.state === "ignored" ? IconMinus : event ? IconInbox : IconBulb;
          return (
            <Timeline.Item key={key} bullet={<IconOf size={14} aria-hidden />}>
              <Group gap="xs" justify="space-between" wrap="nowrap" align="flex-start">
                <Box miw={0}>
                  <Text size="sm" fw={600}>{event ? label("event", event.event_name) : label("fact", fact?.kind ?? "")}</Text>
                  <Text size="xs" c="dimmed" className="tabular">
                    {[format.clock(at), humanise(event?.provider ?? fact?.source ?? ""), event ? format.bytes(event.size_bytes) : null].filter(Boolean).join(" · ")}
                  </Text>
                  {event?.reason ? <Text size="xs" mt={4}>{label("inboxReason", event.reason, asIs)}</Text> : null}
                </Box>
                {event ? <InboxPill state={event.state} /> : null}
              </Group>
            </Timeline.Item>
          );
        })}
      </Timeline>
    </Spoiler>
  );
}
