// New recovery codes, and turning the second factor off.
import { Button, Group, Modal, PasswordInput, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { queryClient } from "@/lib/query";
import { factorQuery, renewCodes, turnOffFactor } from "./api";
import { CodeField, FormProblem, fieldText } from "./FactorFields";
import { RecoveryCodes } from "./RecoveryCodes";

type DialogProps = { opened: boolean; onClose: () => void };

const changed = () => queryClient.invalidateQueries({ queryKey: factorQuery.queryKey });

export function RenewCodesDialog({ opened, onClose }: DialogProps) {
  const { t } = useTranslation();
  const [code, setCode] = useState("");
  const renew = useMutation({ mutationFn: renewCodes, onSuccess: changed, onError: () => setCode("") });

  function close() {
    onClose();
    renew.reset();
    setCode("");
  }
  function submit(event: FormEvent) {
    event.preventDefault();
    renew.mutate(code);
  }

  return (
    <Modal
      opened={opened} onClose={close} title={renew.data ? t("factor.codesTitle") : t("factor.newCodes")} closeOnClickOutside={false}
      withCloseButton={!renew.data} closeOnEscape={!renew.data} closeButtonProps={{ "aria-label": t("action.close") }}
    >
      {renew.data ? <RecoveryCodes codes={renew.data.recovery_codes} onDone={close} /> : (
        <form onSubmit={submit} noValidate>
          <Stack gap="md">
            <Text size="sm" c="dimmed">{t("factor.newCodesText")}</Text>
            <CodeField label={t("factor.code")} value={code} onChange={setCode} error={fieldText(renew.error, "code")} />
            <FormProblem error={renew.error} field="code" />
            <Group justify="flex-end" gap="xs">
              <Button variant="default" onClick={close}>{t("action.cancel")}</Button>
              <Button type="submit" loading={renew.isPending} disabled={code.length !== 6}>{t("factor.newCodes")}</Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}

export function TurnOffDialog({ opened, onClose }: DialogProps) {
  const { t } = useTranslation();
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const off = useMutation({
    mutationFn: turnOffFactor,
    onSuccess: () => {
      close();
      return changed();
    },
  });

  function close() {
    onClose();
    off.reset();
    setPassword("");
    setCode("");
  }
  function submit(event: FormEvent) {
    event.preventDefault();
    off.mutate({ password, code });
  }

  return (
    <Modal opened={opened} onClose={close} title={t("factor.turnOff")} closeButtonProps={{ "aria-label": t("action.close") }}>
      <form onSubmit={submit} noValidate>
        <Stack gap="md">
          <Text size="sm" c="dimmed">{t("factor.turnOffText")}</Text>
          <PasswordInput
            label={t("factor.password")} name="password" autoComplete="current-password" data-autofocus
            value={password} onChange={(event) => setPassword(event.currentTarget.value)} error={fieldText(off.error, "password")}
            visibilityToggleButtonProps={{ "aria-label": t("signIn.showPassword"), tabIndex: 0 }}
          />
          <CodeField
            label={t("factor.code")} description={t("factor.orRecovery")} value={code} onChange={setCode} error={fieldText(off.error, "code")} recovery
          />
          <FormProblem error={off.error} field="password" other="code" />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={close}>{t("action.cancel")}</Button>
            <Button type="submit" color="red.8" loading={off.isPending} disabled={password === "" || code.trim().length < 6}>{t("factor.turnOff")}</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
