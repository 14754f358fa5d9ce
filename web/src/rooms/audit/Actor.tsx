// Who did it: a person, a key, a provider, or the program itself.
import { Group, Text, ThemeIcon } from "@mantine/core";
import { type Icon, IconKey, IconPlugConnected, IconRobot, IconUser } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { AuditActor } from "@/lib/api";
import { useLabel } from "@/lib/labels";

const icons: Record<string, Icon> = { person: IconUser, key: IconKey, connection: IconPlugConnected };

/** How an actor is called. */
export function useActorName(): (actor: AuditActor) => string {
  const { t } = useTranslation();
  const label = useLabel();
  return ({ kind, id, name }) => {
    if (name) return kind === "key" ? t("audit.keyNamed", { name }) : name;
    if (kind === "person") return t("audit.somebody");
    if (kind === "key") return t("audit.someKey");
    if (kind === "connection") return t("audit.provider");
    return t("audit.program", { part: label("auditProgram", id) });
  };
}

export function Actor({ actor }: { actor: AuditActor }) {
  const nameOf = useActorName();
  const IconOf = icons[actor.kind] ?? IconRobot;
  return (
    <Group gap="xs" wrap="nowrap" miw={0}>
      <ThemeIcon size={28} radius="xl" variant="light" color={actor.kind === "person" ? "pine" : "gray"}>
        <IconOf size={16} stroke={1.8} aria-hidden />
      </ThemeIcon>
      <Text size="sm" fw={600} style={{ overflowWrap: "anywhere" }}>{nameOf(actor)}</Text>
    </Group>
  );
}
