// Contacts as a table, and as cards on a telephone. Each leads to its calls.
import { Anchor, Avatar, Box, Card, Group, Stack, Table, Text } from "@mantine/core";
import { Link, useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { ContactRow } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { When } from "@/ui/When";
import classes from "./Contacts.module.css";

type ContactsProps = { contacts: ContactRow[] };

function useTitle() {
  const { t } = useTranslation();
  const format = useFormat();
  return (contact: ContactRow) => contact.name ?? format.phone(contact.phone) ?? t("contacts.unknown");
}

export function ContactsTable({ contacts }: ContactsProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const navigate = useNavigate();
  const titleOf = useTitle();
  return (
    <Card padding={0} style={{ overflow: "hidden" }}>
      <Table highlightOnHover className={classes.table}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("contacts.name")}</Table.Th>
            <Table.Th>{t("contacts.phone")}</Table.Th>
            <Table.Th>{t("contacts.email")}</Table.Th>
            <Table.Th ta="end">{t("contacts.calls")}</Table.Th>
            <Table.Th>{t("contacts.first")}</Table.Th>
            <Table.Th>{t("contacts.last")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {contacts.map((contact) => (
            <Table.Tr
              key={contact.id}
              className={contact.phone ? classes.row : undefined}
              onClick={contact.phone ? () => void navigate({ to: "/calls", search: { phone: contact.phone ?? undefined } }) : undefined}
            >
              <Table.Td>
                <Group gap="sm" wrap="nowrap">
                  <Avatar name={contact.name ?? undefined} size={34} color="pine" alt="" />
                  {contact.phone ? (
                    <Link to="/calls" search={{ phone: contact.phone }} className={classes.name} onClick={(event) => event.stopPropagation()}>
                      {titleOf(contact)}
                    </Link>
                  ) : (
                    <Text size="sm" fw={600}>{titleOf(contact)}</Text>
                  )}
                </Group>
              </Table.Td>
              <Table.Td className="tabular">{format.phone(contact.phone) ?? "—"}</Table.Td>
              <Table.Td>{contact.email ?? "—"}</Table.Td>
              <Table.Td ta="end" className="tabular">{format.number(contact.calls_count)}</Table.Td>
              <Table.Td>{format.day(contact.first_call_at)}</Table.Td>
              <Table.Td><When at={contact.last_call_at} size="sm" /></Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Card>
  );
}

export function ContactCards({ contacts }: ContactsProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const titleOf = useTitle();
  return (
    <Card padding={0} component="ul" className={classes.cards}>
      {contacts.map((contact) => (
        <li key={contact.id} className={classes.card}>
          <Group gap="sm" wrap="nowrap">
            <Avatar name={contact.name ?? undefined} size={40} color="pine" alt="" />
            <Box flex={1} miw={0}>
              <Text fw={600} size="sm" truncate>{titleOf(contact)}</Text>
              {contact.phone ? (
                <Anchor href={`tel:${contact.phone}`} size="sm" className="tabular">{format.phone(contact.phone)}</Anchor>
              ) : null}
            </Box>
            <Stack gap={0} align="flex-end">
              {contact.phone ? (
                <Anchor component={Link} to="/calls" search={{ phone: contact.phone } as never} size="sm" fw={500} py={6}>
                  {t("contacts.callsCount", { count: contact.calls_count })}
                </Anchor>
              ) : (
                <Text size="sm">{t("contacts.callsCount", { count: contact.calls_count })}</Text>
              )}
              <When at={contact.last_call_at} size="xs" c="dimmed" />
            </Stack>
          </Group>
        </li>
      ))}
    </Card>
  );
}
