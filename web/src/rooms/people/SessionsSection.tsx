// Where one is signed in, and out with the others.
import { Badge, Box, Button, Group, Text, ThemeIcon } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconDeviceDesktop, IconDeviceMobile } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { SessionRow } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { useNow } from "@/lib/now";
import { Confirm } from "@/ui/Confirm";
import { useProblemText } from "@/ui/problem-text";
import { Section } from "@/ui/Section";
import { ErrorState, ListSkeleton } from "@/ui/States";
import classes from "@/ui/Rows.module.css";
import { endOtherSessions, endSession, sessionsQuery } from "./api";

export function SessionsSection() {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const problemText = useProblemText();
  const sessions = useQuery(sessionsQuery);
  const [asking, setAsking] = useState(false);
  const common = {
    onError: (error: unknown) => notifications.show({ color: "red", title: t("sessions.failed"), message: problemText(error) }),
    onSettled: () => {
      setAsking(false);
      void cache.invalidateQueries({ queryKey: ["sessions"] });
    },
  };
  const one = useMutation({ mutationFn: endSession, ...common });
  const others = useMutation({
    mutationFn: endOtherSessions,
    ...common,
    onSuccess: ({ ended }) => notifications.show({ color: "pine", message: t("sessions.ended", { count: ended }) }),
  });
  const rows = sessions.data?.items ?? [];
  return (
    <Section
      flush title={t("sessions.title")}
      aside={rows.length > 1 ? <Button variant="default" size="compact-sm" style={{ flex: "none" }} onClick={() => setAsking(true)}>{t("sessions.endOthers")}</Button> : null}
    >
      {sessions.isPending ? <ListSkeleton rows={2} /> : null}
      {sessions.isError ? <ErrorState error={sessions.error} onRetry={() => void sessions.refetch()} /> : null}
      <SessionRows sessions={rows} onEnd={(id) => one.mutate(id)} ending={one.isPending ? one.variables : undefined} />
      <Confirm
        danger opened={asking} title={t("sessions.endOthersTitle")} text={t("sessions.endOthersText")} confirm={t("sessions.endOthers")}
        loading={others.isPending} onConfirm={() => others.mutate()} onClose={() => setAsking(false)}
      />
    </Section>
  );
}

type SessionRowsProps = { sessions: SessionRow[]; onEnd?: (id: string) => void; ending?: string | undefined };

/** Sessions, one a line. */
export function SessionRows({ sessions, onEnd, ending }: SessionRowsProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const now = useNow();
  return (
    <ul className={classes.cards} style={{ padding: 0 }}>
      {sessions.map((session) => {
        const device = session.device ?? t("sessions.unknown");
        const isPhone = /iPhone|Android/.test(device);
        const seen = session.last_seen_at ?? session.created_at;
        return (
          <li key={session.id} className={classes.card} data-session-id={session.id}>
            <Group wrap="nowrap" gap="sm">
              <ThemeIcon variant="light" color="gray" size={38} radius="xl" style={{ flex: "none" }}>
                {isPhone ? <IconDeviceMobile size={19} aria-hidden /> : <IconDeviceDesktop size={19} aria-hidden />}
              </ThemeIcon>
              <Box flex={1} miw={0}>
                <Group gap={6} wrap="nowrap">
                  <Text size="sm" fw={600} truncate>{device}</Text>
                  {session.is_this ? <Badge size="xs" variant="light" color="pine" style={{ flex: "none" }}>{t("sessions.this")}</Badge> : null}
                </Group>
                <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
                  {session.address ? `${session.address} · ` : ""}{t("sessions.seen", { when: format.relative(seen, now) })} · {t("sessions.since", { day: format.day(session.created_at) })}
                </Text>
              </Box>
              {onEnd && !session.is_this ? (
                <Button variant="default" size="xs" style={{ flex: "none" }} loading={ending === session.id} onClick={() => onEnd(session.id)} aria-label={t("sessions.endNamed", { name: device })}>
                  {t("sessions.end")}
                </Button>
              ) : null}
            </Group>
          </li>
        );
      })}
    </ul>
  );
}
