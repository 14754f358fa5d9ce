// A key's rights, each by hand, in groups.
import { Alert, Checkbox, Fieldset, SimpleGrid, Stack } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useLabel } from "@/lib/labels";
import { scopeGroups } from "./scopes";

type ScopeBoxesProps = { held: string[]; chosen: string[]; onChange: (scopes: string[]) => void };

export function ScopeBoxes({ held, chosen, onChange }: ScopeBoxesProps) {
  const { t } = useTranslation();
  const label = useLabel();
  return (
    <Checkbox.Group value={chosen} onChange={onChange} aria-label={t("keys.scopes")}>
      <Stack gap="sm">
        {scopeGroups(held).map(({ name, scopes }) => (
          <Fieldset key={name} legend={label("scopeGroup", name)} p="sm">
            <Stack gap="sm">
              {name === "delicate" ? (
                <Alert color="lamp" variant="light" p="xs" icon={<IconAlertTriangle aria-hidden />}>{t("keys.delicate")}</Alert>
              ) : null}
              <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="xs">
                {scopes.map((scope) => <Checkbox key={scope} value={scope} label={label("scope", scope)} />)}
              </SimpleGrid>
            </Stack>
          </Fieldset>
        ))}
      </Stack>
    </Checkbox.Group>
  );
}
