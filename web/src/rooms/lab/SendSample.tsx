// Where a sample goes, and what came back.
import { Alert, Anchor, Button, Group, SegmentedControl, Stack, Text, TextInput } from "@mantine/core";
import { IconSend } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Sample } from "@/lib/api";
import { Problem } from "@/lib/problem";
import { useSession, useTenant } from "@/rooms/people/session";
import { useProblemText } from "@/ui/problem-text";
import { sendSample } from "./api";
import { CameBack } from "./CameBack";

type SendProps = { provider: string; sample: Sample; call: string | undefined; onSent: (call: string | undefined) => void; onNewCall: () => void };

export function SendSample({ provider, sample, call, onSent, onNewCall }: SendProps) {
  const { t } = useTranslation();
  const tenant = useTenant();
  const cache = useQueryClient();
  const { may } = useSession();
  const problemText = useProblemText();
  const [target, setTarget] = useState("door");
  const [url, setUrl] = useState("");
  const isOurs = target === "door";
  const send = useMutation({
    mutationFn: () => sendSample(tenant, provider, sample.name, { url: isOurs ? null : url, call: call ?? null }),
    onSuccess: (came) => {
      onSent(came.call ?? undefined);
      for (const list of ["inbox", "calls"]) void cache.invalidateQueries({ queryKey: [list, tenant] });
    },
  });
  const fieldProblem = send.error instanceof Problem ? send.error.fields.find((one) => one.field === "url")?.message : undefined;
  if (!may("connections.manage")) return null;

  function submit(event: FormEvent) {
    event.preventDefault();
    send.mutate();
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        <Stack gap={4}>
          <Text size="sm" fw={500} id="lab-target">{t("lab.target")}</Text>
          <SegmentedControl
            aria-labelledby="lab-target" value={target} onChange={setTarget} fullWidth
            data={[{ value: "door", label: t("lab.door") }, { value: "other", label: t("lab.other") }]}
          />
          <Text size="xs" c="dimmed">{isOurs ? t("lab.doorHint") : t("lab.otherHint")}</Text>
        </Stack>
        {isOurs ? null : (
          <TextInput
            type="url" name="url" required label={t("lab.url")} placeholder="https://" value={url} error={fieldProblem}
            onChange={(event) => setUrl(event.currentTarget.value)}
          />
        )}
        <Group gap="sm">
          <Button type="submit" leftSection={<IconSend size={17} aria-hidden />} loading={send.isPending} disabled={!isOurs && url.trim() === ""}>
            {t("lab.send")}
          </Button>
          {call ? <Button variant="subtle" onClick={onNewCall}>{t("lab.newCall")}</Button> : null}
        </Group>
        {send.isError && !fieldProblem ? <Alert color="red" variant="light" role="alert">{problemText(send.error)}</Alert> : null}
        {send.data ? (
          <CameBack came={send.data} isOurs={isOurs}>
            {isOurs && send.data.ok ? (
              <Anchor component={Link} to="/calls" size="sm" underline="always">{t("lab.toCalls")}</Anchor>
            ) : null}
          </CameBack>
        ) : null}
      </Stack>
    </form>
  );
}
