// Turning a second factor on: the password again, the picture, a code of it, the recovery codes.
import { Box, Button, Group, Modal, PasswordInput, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { queryClient } from "@/lib/query";
import { CopyField } from "@/ui/Copy";
import { beginFactor, confirmFactor, factorQuery } from "./api";
import { CodeField, FormProblem, fieldText } from "./FactorFields";
import { RecoveryCodes } from "./RecoveryCodes";

export function TurnOnDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const begin = useMutation({ mutationFn: beginFactor, onSuccess: () => setPassword("") });
  const confirm = useMutation({
    mutationFn: confirmFactor,
    onSuccess: () => queryClient.invalidateQueries({ queryKey: factorQuery.queryKey }),
    onError: () => setCode(""),
  });

  function close() {
    onClose();
    begin.reset();
    confirm.reset();
    setPassword("");
    setCode("");
  }
  function submit(event: FormEvent) {
    event.preventDefault();
    if (begin.data) confirm.mutate(code);
    else begin.mutate(password);
  }

  return (
    <Modal
      opened={opened} onClose={close} title={confirm.data ? t("factor.codesTitle") : t("factor.turnOn")} size="md"
      closeOnClickOutside={false} withCloseButton={!confirm.data} closeOnEscape={!confirm.data} closeButtonProps={{ "aria-label": t("action.close") }}
    >
      {confirm.data ? <RecoveryCodes codes={confirm.data.recovery_codes} onDone={close} /> : (
        <form onSubmit={submit} noValidate>
          <Stack gap="md">
            {begin.data ? (
              <>
                <Text size="sm" c="dimmed">{t("factor.scan")}</Text>
                <Box mx="auto" p="xs" bg="white" style={{ borderRadius: 12, border: "1px solid var(--vb-line)" }}>
                  <img
                    src={`data:image/svg+xml;utf8,${encodeURIComponent(begin.data.qr_svg)}`} alt={t("factor.picture")}
                    width={200} height={200} style={{ display: "block" }}
                  />
                </Box>
                <CopyField label={t("factor.secret")} value={begin.data.secret.match(/.{1,4}/g)?.join(" ") ?? begin.data.secret} />
                <CodeField label={t("factor.firstCode")} value={code} onChange={setCode} error={fieldText(confirm.error, "code")} />
                <FormProblem error={confirm.error} field="code" />
              </>
            ) : (
              <>
                <Text size="sm" c="dimmed">{t("factor.how")}</Text>
                <PasswordInput
                  label={t("factor.password")} name="password" autoComplete="current-password" data-autofocus
                  value={password} onChange={(event) => setPassword(event.currentTarget.value)} error={fieldText(begin.error, "password")}
                  visibilityToggleButtonProps={{ "aria-label": t("signIn.showPassword"), tabIndex: 0 }}
                />
                <FormProblem error={begin.error} field="password" />
              </>
            )}
            <Group justify="flex-end" gap="xs">
              <Button variant="default" onClick={close}>{t("action.cancel")}</Button>
              <Button type="submit" loading={begin.isPending || confirm.isPending} disabled={begin.data ? code.length !== 6 : password === ""}>
                {begin.data ? t("factor.confirm") : t("factor.next")}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}
