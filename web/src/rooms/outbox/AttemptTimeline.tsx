// The attempts of a delivery, the latest first.
import { Group, Text, Timeline } from "@mantine/core";
import { IconCheck, IconQuestionMark, IconX } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Attempt, DeliveryDetail } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { Pill } from "@/ui/Pill";
import { When } from "@/ui/When";
import classes from "./Outbox.module.css";
import { useFailureWords } from "./words";

export function AttemptTimeline({ delivery }: { delivery: DeliveryDetail }) {
  const { t } = useTranslation();
  if (delivery.attempts.length === 0) return <Text c="dimmed" size="sm" py="sm">{t("delivery.noAttempts")}</Text>;
  const latestFirst = delivery.attempts.toSorted((a, b) => b.number - a.number);
  return (
    <Timeline bulletSize={26} lineWidth={2} color="gray.4" pt="xs">
      {latestFirst.map((attempt) => {
        const IconOf = attempt.result === "delivered" ? IconCheck : attempt.result === "lost" ? IconQuestionMark : IconX;
        return (
          <Timeline.Item key={attempt.number} bullet={<IconOf size={14} aria-hidden />}>
            <AttemptItem attempt={attempt} />
          </Timeline.Item>
        );
      })}
    </Timeline>
  );
}

function AttemptItem({ attempt }: { attempt: Attempt }) {
  const { t } = useTranslation();
  const format = useFormat();
  const failure = useFailureWords()({ error: attempt.error, status: attempt.http_status });
  const words = attempt.result === "delivered" ? t("attempt.delivered") : attempt.result === "lost" ? t("attempt.lost") : (failure ?? t("attempt.failed"));
  const tone = attempt.http_status == null ? "quiet" : attempt.http_status < 300 ? "good" : "bad";
  return (
    <>
      <Group justify="space-between" gap="xs" wrap="nowrap" align="flex-start">
        <Text size="sm" fw={600}>{words}</Text>
        {attempt.http_status == null ? null : <Pill tone={tone}>HTTP {attempt.http_status}</Pill>}
      </Group>
      <Text size="xs" c="dimmed" component="div">
        {t("attempt.number", { number: attempt.number })} · <When at={attempt.started_at} size="xs" inherit /> ·{" "}
        {format.short(attempt.started_at)}
        {attempt.duration_ms == null ? null : ` · ${format.milliseconds(attempt.duration_ms)}`}
      </Text>
      {attempt.response_excerpt ? (
        <pre className={classes.excerpt} tabIndex={0} role="region" aria-label={t("attempt.response", { number: attempt.number })}>
          {attempt.response_excerpt}
        </pre>
      ) : null}
      {attempt.request ? (
        <details className={classes.request}>
          <summary>{t("attempt.request")}</summary>
          <pre className={classes.excerpt} tabIndex={0} role="region" aria-label={t("attempt.requestOf", { number: attempt.number })}>
            {[`POST ${attempt.request.url}`, ...Object.entries(attempt.request.headers).map(([name, value]) => `${name}: ${value}`)].join("\n")}
          </pre>
        </details>
      ) : null}
      {attempt.execution_id ? <Text size="xs" c="dimmed" mt={4}>{t("attempt.execution", { id: attempt.execution_id })}</Text> : null}
    </>
  );
}
