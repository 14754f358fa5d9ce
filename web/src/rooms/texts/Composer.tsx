// Writing a text: what it says, how long it is, and in how many parts it travels.
import { Alert, Button, Group, Stack, Text, Textarea } from "@mantine/core";
import { IconSend } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { TextRow } from "@/lib/api";
import { Problem } from "@/lib/problem";
import { useTenant } from "@/rooms/people/session";
import { useProblemText } from "@/ui/problem-text";
import { sendText } from "./api";
import { characters, longest, parts } from "./parts";

type ComposerProps = { to: string; from?: string; start?: string; autoFocus?: boolean; onSent?: (sent: TextRow) => void; onFieldProblem?: (field: string, message: string) => void };

export function Composer({ to, from, start = "", autoFocus, onSent, onFieldProblem }: ComposerProps) {
  const { t } = useTranslation();
  const tenant = useTenant();
  const cache = useQueryClient();
  const problemText = useProblemText();
  const [body, setBody] = useState(start);
  const [tried, setTried] = useState(false);
  // What is tried again after a lost answer is the same request, and sends once.
  const request = useRef({ key: crypto.randomUUID(), of: "" });
  const send = useMutation({
    mutationFn: () => {
      const of = JSON.stringify([to, from, body]);
      if (request.current.of !== of) request.current = { key: crypto.randomUUID(), of };
      return sendText(tenant, { to, from, body, idempotency_key: request.current.key });
    },
    onSuccess: (sent) => {
      setBody("");
      setTried(false);
      request.current = { key: crypto.randomUUID(), of: "" };
      void cache.invalidateQueries({ queryKey: ["texts", tenant] });
      onSent?.(sent);
    },
    onError: (error) => {
      if (!(error instanceof Problem)) return;
      for (const { field, message } of error.fields) onFieldProblem?.(field, message);
    },
  });
  const length = characters(body.trim());
  const isTooLong = length > longest;
  const named = send.error instanceof Problem ? send.error.fields.find(({ field }) => field === "body")?.message : undefined;
  const isNamed = send.error instanceof Problem && send.error.fields.length > 0;
  const bad = tried && length === 0 ? t("texts.bodyNeeded") : isTooLong ? t("texts.bodyTooLong") : undefined;

  function submit(event: FormEvent) {
    event.preventDefault();
    setTried(true);
    if (length > 0 && !isTooLong && !send.isPending) send.mutate();
  }

  return (
    <form onSubmit={submit} noValidate data-testid="composer">
      <Stack gap="xs">
        {send.isError && !isNamed ? <Alert color="red" variant="light" role="alert">{problemText(send.error)}</Alert> : null}
        <Textarea
          aria-label={t("texts.body")} placeholder={t("texts.body")} autosize minRows={2} maxRows={8} data-autofocus={autoFocus}
          value={body} onChange={(event) => setBody(event.currentTarget.value)} error={named ?? bad}
        />
        <Group justify="space-between" gap="sm" wrap="nowrap">
          <Text size="xs" c={isTooLong ? "var(--mantine-color-error)" : "dimmed"} className="tabular">
            {t("texts.characters", { count: length })} · {t("texts.parts", { count: parts(body.trim()) })}
          </Text>
          <Button type="submit" loading={send.isPending} leftSection={<IconSend size={16} aria-hidden />}>{t("texts.send")}</Button>
        </Group>
      </Stack>
    </form>
  );
}
