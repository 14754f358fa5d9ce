// Figures side by side: a number and what it counts.
import { Card, SimpleGrid, Skeleton, Text } from "@mantine/core";

export type Figure = { name: string; value: string | undefined };

export function Figures({ figures }: { figures: Figure[] }) {
  return (
    <SimpleGrid cols={{ base: 2, sm: Math.min(4, figures.length) }} spacing="sm">
      {figures.map(({ name, value }) => (
        <Card key={name} padding="md">
          <Text size="xs" c="dimmed" fw={500}>{name}</Text>
          {value === undefined ? <Skeleton height={26} width={64} mt={6} /> : (
            <Text fz={26} fw={650} lh={1.3} className="tabular" lts="-0.02em">{value}</Text>
          )}
        </Card>
      ))}
    </SimpleGrid>
  );
}
