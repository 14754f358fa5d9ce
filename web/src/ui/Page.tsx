// The frame of every page: a title, a line under it, actions, a way back.
import { Box, Group, Stack, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import type { LinkProps } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { BackLink } from "./BackLink";

type PageProps = {
  title: string;
  subtitle?: ReactNode;
  actions?: ReactNode;
  back?: { to: LinkProps["to"]; label: string };
  width?: number;
  children: ReactNode;
};

export function Page({ title, subtitle, actions, back, width = 1160, children }: PageProps) {
  useDocumentTitle(`${title} · Vestibule`);
  return (
    <Box maw={width} mx="auto" w="100%">
      <Stack gap="lg">
        <Stack gap={6}>
          {back ? <BackLink to={back.to}>{back.label}</BackLink> : null}
          <Group justify="space-between" align="flex-end" gap="sm" wrap="wrap">
            <Box miw={0}>
              <Title order={1}>{title}</Title>
              {subtitle ? (
                <Text c="dimmed" size="sm" mt={2} component="div">
                  {subtitle}
                </Text>
              ) : null}
            </Box>
            {actions ? <Group gap="xs">{actions}</Group> : null}
          </Group>
        </Stack>
        {children}
      </Stack>
    </Box>
  );
}
