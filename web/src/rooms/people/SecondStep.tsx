// The second step of signing in: a code of the authenticator, or a recovery code.
import { Alert, Anchor, Button, Group, PinInput, Stack, Text, TextInput } from "@mantine/core";
import { IconAlertCircle, IconArrowLeft } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "@/lib/problem";
import { useProblemText } from "@/ui/problem-text";
import { answerChallenge } from "./api";

type SecondStepProps = { challenge: string; onDone: () => void; onBack: () => void };

export function SecondStep({ challenge, onDone, onBack }: SecondStepProps) {
  const { t } = useTranslation();
  const problemText = useProblemText();
  const [recovery, setRecovery] = useState(false);
  const [code, setCode] = useState("");
  const enter = useMutation({ mutationFn: answerChallenge, meta: { anonymous: true }, onSuccess: onDone, onError: () => setCode("") });
  const isOver = enter.error instanceof Problem && (enter.error.code === "challenge_over" || enter.error.code === "locked_out");

  function submit(event: FormEvent) {
    event.preventDefault();
    if (code !== "") enter.mutate({ challenge, code });
  }

  return (
    <form onSubmit={submit} data-testid="second-step">
      <Stack gap="lg">
        {enter.isError ? (
          <Alert color="red" variant="light" icon={<IconAlertCircle aria-hidden />} role="alert" title={t("secondStep.failed")}>
            {problemText(enter.error)}
          </Alert>
        ) : null}
        {recovery ? (
          <TextInput
            key="recovery" label={t("secondStep.recovery")} description={t("secondStep.recoveryHint")} placeholder="XXXXX-XXXXX" size="md"
            name="code" autoComplete="off" autoCapitalize="characters" spellCheck={false} autoFocus maxLength={40}
            value={code} onChange={(event) => setCode(event.currentTarget.value)}
          />
        ) : (
          <Stack gap={6}>
            <Text component="label" size="md" fw={500} id="second-step-code">{t("secondStep.code")}</Text>
            <PinInput
              key="code" length={6} type="number" size="lg" oneTimeCode autoFocus aria-label={t("secondStep.code")} placeholder=""
              value={code} onChange={setCode} onComplete={(whole) => enter.mutate({ challenge, code: whole })} disabled={enter.isPending}
            />
          </Stack>
        )}
        <Button type="submit" size="md" loading={enter.isPending} disabled={code === "" || isOver} fullWidth>{t("signIn.submit")}</Button>
        <Group justify="space-between">
          <Anchor component="button" type="button" size="sm" onClick={onBack}>
            <Group gap={4} component="span" wrap="nowrap"><IconArrowLeft size={14} aria-hidden />{t("secondStep.back")}</Group>
          </Anchor>
          <Anchor
            component="button" type="button" size="sm"
            onClick={() => {
              setRecovery(!recovery);
              setCode("");
              enter.reset();
            }}
          >
            {recovery ? t("secondStep.useCode") : t("secondStep.useRecovery")}
          </Anchor>
        </Group>
      </Stack>
    </form>
  );
}
