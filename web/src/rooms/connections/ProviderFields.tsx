// The inputs of a provider's form, as its description wants them.
import { NativeSelect, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Connection, Provider, ProviderField } from "@/lib/api";
import { useWords } from "@/lib/words";
import { endOf, isKept, isNeeded, type ProviderForm } from "./provider-form";

type FieldsProps = {
  provider: Provider;
  fields: ProviderField[];
  connection: Connection | undefined;
  form: ProviderForm;
  /** What is wrong with a field, in words. */
  errorOf: (field: ProviderField) => string | undefined;
  onChange: (key: string, value: string) => void;
};

export function ProviderFields({ fields, ...rest }: FieldsProps) {
  return fields.map((field) => <ProviderInput key={field.key} field={field} {...rest} />);
}

function ProviderInput({ provider, field, connection, form, errorOf, onChange }: Omit<FieldsProps, "fields"> & { field: ProviderField }) {
  const { t } = useTranslation();
  const words = useWords();
  const kept = isKept(field, connection);
  const end = endOf(provider, field, connection);
  const value = form[field.key] ?? "";
  const common = {
    label: words(field.label), name: field.key, value, error: errorOf(field), required: isNeeded(field, connection),
    onChange: (event: { currentTarget: { value: string } }) => onChange(field.key, event.currentTarget.value),
  };
  if (field.choices.length > 0) {
    const usual = kept ? [] : [{ value: "", label: t("provider.usual") }];
    return <NativeSelect {...common} description={words(field.help)} data={[...usual, ...field.choices.map((choice) => ({ value: choice, label: choice }))]} />;
  }
  if (field.secret) {
    const keptText = end ? t("provider.keptEnd", { end }) : t("provider.kept");
    return (
      <PasswordInput
        {...common} autoComplete="new-password" placeholder={kept ? `••••${end ?? ""}` : undefined}
        visibilityToggleButtonProps={{ "aria-label": t("provider.showTyped", { name: common.label }) }}
        description={kept ? <Stack component="span" gap={2}><span>{words(field.help)}</span><Text span inherit fw={600}>{keptText}</Text></Stack> : words(field.help)}
      />
    );
  }
  return (
    <TextInput
      {...common} description={words(field.help)} autoComplete="off" spellCheck={false} type={field.role === "number" ? "tel" : "text"}
    />
  );
}
