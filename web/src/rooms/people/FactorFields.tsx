// Fields of the forms about the second factor, and what the server said of them.
import { Alert, TextInput } from "@mantine/core";
import { IconAlertCircle } from "@tabler/icons-react";
import { Problem } from "@/lib/problem";
import { useProblemText } from "@/ui/problem-text";

/** What the server said of a field, if anything. */
export function fieldText(error: unknown, field: string): string | undefined {
  return error instanceof Problem ? error.fields.find((one) => one.field === field)?.message : undefined;
}

/** What went wrong where it was not about one of these fields. */
export function FormProblem({ error, field, other }: { error: unknown; field: string; other?: string }) {
  const problemText = useProblemText();
  const known = fieldText(error, field) ?? (other === undefined ? undefined : fieldText(error, other));
  if (!error || known !== undefined) return null;
  return <Alert color="red" variant="light" icon={<IconAlertCircle aria-hidden />} role="alert">{problemText(error)}</Alert>;
}

type CodeFieldProps = {
  label: string;
  description?: string;
  value: string;
  onChange: (code: string) => void;
  error?: string | undefined;
  /** Whether a recovery code is taken as well. */
  recovery?: boolean;
};

/** Six digits, or a recovery code where one is taken. */
export function CodeField({ label, description, value, onChange, error, recovery = false }: CodeFieldProps) {
  return (
    <TextInput
      label={label} description={description} name="code" autoComplete="one-time-code" inputMode={recovery ? "text" : "numeric"} spellCheck={false}
      maxLength={recovery ? 40 : 6} styles={{ input: { letterSpacing: recovery ? undefined : "0.3em" } }}
      value={value} error={error}
      onChange={(event) => onChange(recovery ? event.currentTarget.value : event.currentTarget.value.replace(/\D/g, ""))}
    />
  );
}
