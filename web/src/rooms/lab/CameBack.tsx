// What came back from where something was sent, in words.
import { Alert, Code, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconCheck } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Came } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { asIs, useLabel } from "@/lib/labels";

/** `said` is shown as a sentence when it comes from our own door, which speaks the reader's language. */
export function CameBack({ came, isOurs = false, children }: { came: Came; isOurs?: boolean; children?: ReactNode }) {
  const { t } = useTranslation();
  const label = useLabel();
  const format = useFormat();
  const IconOf = came.ok ? IconCheck : IconAlertTriangle;
  const facts = [came.status ? t("lab.status", { status: came.status }) : null, t("lab.took", { took: format.number(came.took_ms) })];
  const ours = came.ok ? t("lab.letIn") : t("lab.notLetIn");
  const theirs = came.ok ? t("lab.accepted") : t("lab.notAccepted");
  const isSentence = isOurs && Boolean(came.error);
  return (
    <Alert
      color={came.ok ? "pine" : "lamp"} variant="light" icon={<IconOf aria-hidden />} role="status" data-testid="came" data-ok={came.ok}
      title={isOurs ? ours : theirs}
    >
      <Stack gap={6}>
        {came.error && !isSentence ? <Text size="sm">{label("failureCode", came.error, asIs)}</Text> : null}
        {isSentence && came.answer ? <Text size="sm">{came.answer}</Text> : null}
        <Text size="xs" c="dimmed">{facts.filter(Boolean).join(" · ")}</Text>
        {came.answer && !isSentence ? (
          <>
            <Text size="xs" c="dimmed">{t("lab.answer")}</Text>
            <Code block style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }} tabIndex={0} aria-label={t("lab.answer")}>{came.answer}</Code>
          </>
        ) : null}
        {children}
      </Stack>
    </Alert>
  );
}
