// What each role may do: the server's one table, in words.
import { Box, Table, VisuallyHidden } from "@mantine/core";
import { IconCheck } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useLabel } from "@/lib/labels";
import { Section } from "@/ui/Section";
import classes from "@/ui/Rows.module.css";
import { rolesQuery } from "./api";

export function RolesTable() {
  const { t } = useTranslation();
  const label = useLabel();
  const table = useQuery(rolesQuery);
  if (!table.data) return null;
  const columns = table.data.items;
  // The first has all of them.
  const permissions = columns[0]?.permissions ?? [];
  return (
    <Section flush title={t("people.rights")}>
      <Box tabIndex={0} role="region" aria-label={t("people.rights")} style={{ overflowX: "auto" }}>
        <Table className={classes.table} miw={520}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("people.right")}</Table.Th>
              {columns.map(({ role }) => <Table.Th key={role} ta="center" w={96}>{label("role", role)}</Table.Th>)}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {permissions.map((permission) => (
              <Table.Tr key={permission}>
                <Table.Td>{label("permission", permission)}</Table.Td>
                {columns.map(({ role, permissions: held }) => (
                  <Table.Td key={role} ta="center">
                    {held.includes(permission) ? (
                      <>
                        <IconCheck size={18} color="var(--vb-accent)" aria-hidden />
                        <VisuallyHidden>{t("people.may")}</VisuallyHidden>
                      </>
                    ) : <VisuallyHidden>{t("people.mayNot")}</VisuallyHidden>}
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Box>
    </Section>
  );
}
