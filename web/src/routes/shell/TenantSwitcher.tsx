// Which tenant is being viewed, and the way to another one.
import { Box, Group, Menu, Text, UnstyledButton, VisuallyHidden } from "@mantine/core";
import { IconBuildingStore, IconCheck, IconSelector } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useLabel } from "@/lib/labels";
import { useSession } from "@/rooms/people/session";
import { Brand } from "@/ui/Brand";
import classes from "./Shell.module.css";

function initialsOf(name: string): string {
  const words = name.split(/[\s'’&-]+/).filter((word) => /^[\p{L}\d]/u.test(word) && word.length > 2);
  return words.slice(0, 2).map((word) => word.charAt(0).toUpperCase()).join("") || name.charAt(0).toUpperCase();
}

export function TenantSwitcher({ compact = false }: { compact?: boolean }) {
  const { t } = useTranslation();
  const label = useLabel();
  const navigate = useNavigate();
  const { me, tenant, isOutside } = useSession();
  const others = me.memberships;
  const own = others.find((membership) => membership.tenant.id === tenant?.id);
  const canSwitch = isOutside || others.length > 1;
  const inside = own ? label("role", own.role) : t("tenant.business");
  const standing = me.viewing && me.viewing.tenant.id === tenant?.id
    ? t("tenant.viewingAs", { role: label("viewRole", me.viewing.role) })
    : isOutside && !own ? t("tenant.outside") : inside;

  if (!tenant && compact) return <Brand size={28} />;
  if (!tenant) return null;

  const content = (
    <>
      <span className={classes.initials} aria-hidden="true">{initialsOf(tenant.company_name)}</span>
      <Box miw={0} flex={1}>
        <Text size="sm" fw={600} lh={1.3} lineClamp={compact ? 1 : 2}>{tenant.company_name}</Text>
        {compact ? null : (
          <Text size="xs" c="dimmed" truncate>{standing}</Text>
        )}
      </Box>
      {canSwitch ? <IconSelector size={16} aria-hidden /> : null}
    </>
  );
  if (!canSwitch) {
    return <div className={classes.switcher} data-compact={compact || undefined}>{content}</div>;
  }
  return (
    <Menu position="bottom-start" width={264}>
      <Menu.Target>
        <UnstyledButton
          className={classes.switcher}
          data-compact={compact || undefined}
        >
          <VisuallyHidden>{t("tenant.switch")}</VisuallyHidden>
          {content}
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        {others.map(({ tenant: other, role }) => (
          <Menu.Item
            key={other.id}
            onClick={() => navigate({ to: "/calls", search: { tenant: other.slug } })}
            rightSection={other.id === tenant.id ? <IconCheck size={16} aria-hidden /> : null}
          >
            <Text size="sm" lineClamp={1}>{other.company_name}</Text>
            <Text size="xs" c="dimmed">{label("role", role)}</Text>
          </Menu.Item>
        ))}
        {isOutside ? (
          <Menu.Item
            leftSection={<IconBuildingStore size={16} aria-hidden />}
            onClick={() => navigate({ to: "/admin/tenants", search: { tenant: undefined } })}
          >
            <Group>{t("tenant.all")}</Group>
          </Menu.Item>
        ) : null}
      </Menu.Dropdown>
    </Menu>
  );
}
