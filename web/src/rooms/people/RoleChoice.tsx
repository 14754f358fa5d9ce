// Choosing a role: each with what it may do, in a sentence.
import { Radio, Stack } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useLabel } from "@/lib/labels";
import { type Role, rolesToGive, useOwnRole } from "./roles";

export function RoleChoice({ value, onChange }: { value: Role; onChange: (role: Role) => void }) {
  const { t } = useTranslation();
  const label = useLabel();
  const own = useOwnRole();
  return (
    <Radio.Group label={t("people.role")} value={value} onChange={(role) => onChange(role as Role)}>
      <Stack gap="sm" mt={6}>
        {rolesToGive(own).map((role) => (
          <Radio key={role} value={role} label={label("role", role)} description={label("roleText", role)} />
        ))}
      </Stack>
    </Radio.Group>
  );
}
