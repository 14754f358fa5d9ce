// An instant: relative to now, with the exact time at hand.
import { Text, type TextProps, Tooltip } from "@mantine/core";
import { useFormat } from "@/lib/format";
import { useNow } from "@/lib/now";

type WhenProps = TextProps & { at: string | null | undefined };

/** “5 min ago”; the full date on hover. */
export function When({ at, ...text }: WhenProps) {
  const format = useFormat();
  const now = useNow();
  if (!at) return <Text {...text}>—</Text>;
  return (
    <Tooltip label={format.full(at)}>
      <Text {...text} component="time" dateTime={at}>
        {format.relative(at, now)}
      </Text>
    </Tooltip>
  );
}
