// Choosing a password: how good it is, said by the server that will judge it, while it is typed.
import { Group, PasswordInput, Progress, Stack, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconCircleCheck } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useLabel } from "@/lib/labels";
import { strengthQuery } from "./api";

/** The shortest password that the server takes. */
export const shortestPassword = 10;

type PasswordFieldProps = {
  label: string;
  value: string;
  onChange: (password: string) => void;
  /** Words by which whoever knows the person would begin to guess. */
  own?: string[];
  /** What the server said of it, when it was sent. */
  error?: string | undefined;
  autoFocus?: boolean;
};

const colors = ["red.7", "red.7", "lamp.5", "pine.5", "pine.7"];

export function PasswordField({ label: name, value, onChange, own = [], error, autoFocus = false }: PasswordFieldProps) {
  const { t, i18n } = useTranslation();
  const label = useLabel();
  const [settled] = useDebouncedValue(value, 250);
  const judged = useQuery({ ...strengthQuery(settled, own, i18n.language), placeholderData: keepPreviousData });
  const short = value.length < shortestPassword;
  const strength = value === "" ? null : (judged.data ?? null);
  // Nothing short is good, whatever it is made of.
  const level = strength === null ? -1 : short ? Math.min(strength.score, 1) : strength.score;
  const advice = short ? t("password.rule", { count: shortestPassword }) : (strength?.warning ?? strength?.suggestions[0] ?? null);
  return (
    <Stack gap={8}>
      <PasswordInput
        label={name} size="md" required withAsterisk={false} name="password" autoComplete="new-password" autoFocus={autoFocus}
        value={value} onChange={(event) => onChange(event.currentTarget.value)} error={error}
        visibilityToggleButtonProps={{ "aria-label": t("signIn.showPassword"), tabIndex: 0 }}
      />
      <Group gap={6} grow aria-hidden>
        {[0, 1, 2, 3].map((step) => (
          <Progress key={step} value={level > step || (step === 0 && level >= 0) ? 100 : 0} size={5} color={colors[Math.max(level, 0)]} />
        ))}
      </Group>
      <Text size="xs" c="dimmed" mih={34} role="status" data-testid="password-strength">
        {strength?.is_enough && !short ? (
          <Group component="span" gap={4} c="pine.7" wrap="nowrap" display="inline-flex">
            <IconCircleCheck size={14} aria-hidden />
            {t("password.enough")}
          </Group>
        ) : (
          <>
            {level >= 0 ? `${label("passwordLevel", String(level))}. ` : ""}
            {advice ?? (value === "" ? t("password.hint") : "")}
          </>
        )}
      </Text>
    </Stack>
  );
}
