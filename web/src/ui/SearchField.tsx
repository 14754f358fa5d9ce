// A search field: keeps what is typed, and tells a moment later.
import { CloseButton, TextInput, type TextInputProps } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

type SearchFieldProps = Omit<TextInputProps, "value" | "onChange" | "label"> & {
  label: string;
  value: string | undefined;
  onChange: (value: string | undefined) => void;
};

export function SearchField({ label, value, onChange, ...input }: SearchFieldProps) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState(value ?? "");
  const tell = useDebouncedCallback((text: string) => onChange(text.trim() || undefined), 350);
  useEffect(() => setTyped(value ?? ""), [value]);
  return (
    <TextInput
      {...input}
      aria-label={label}
      placeholder={label}
      leftSection={<IconSearch size={16} aria-hidden />}
      rightSection={typed ? <CloseButton size="sm" aria-label={t("filter.clearOne", { name: label })} onClick={() => { setTyped(""); onChange(undefined); }} /> : null}
      value={typed}
      onChange={(event) => {
        setTyped(event.currentTarget.value);
        tell(event.currentTarget.value);
      }}
    />
  );
}
