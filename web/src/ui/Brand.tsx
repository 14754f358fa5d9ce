// The mark and the name.
import { Group, Text } from "@mantine/core";
import { BrandMark } from "./BrandMark";

export function Brand({ size = 30 }: { size?: number }) {
  return (
    <Group gap={10} wrap="nowrap">
      <BrandMark size={size} />
      <Text fw={700} fz={size * 0.62} lts="-0.02em">Vestibule</Text>
    </Group>
  );
}
