// A card with a heading: the building block of detail pages.
import { Card, Group, Title } from "@mantine/core";
import type { ReactNode } from "react";

type SectionProps = { title: string; aside?: ReactNode; flush?: boolean; children: ReactNode };

export function Section({ title, aside, flush = false, children }: SectionProps) {
  return (
    <Card padding={0} component="section">
      <Group justify="space-between" px="lg" pt="md" pb={flush ? "sm" : 4} wrap="nowrap">
        <Title order={2}>{title}</Title>
        {aside}
      </Group>
      {flush ? children : <Card.Section px="lg" pb="lg" pt={4} m={0}>{children}</Card.Section>}
    </Card>
  );
}
