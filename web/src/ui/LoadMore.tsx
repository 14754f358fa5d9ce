// The end of a keyset page: how many are shown, and the next ones.
import { Button, Group, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

type LoadMoreProps = { shown: number; hasMore: boolean; loading: boolean; onMore: () => void };

export function LoadMore({ shown, hasMore, loading, onMore }: LoadMoreProps) {
  const { t } = useTranslation();
  return (
    <Group justify="center" gap="md" py="xs">
      <Text size="sm" c="dimmed">{t("list.shown", { count: shown })}</Text>
      {hasMore ? (
        <Button variant="default" loading={loading} onClick={onMore}>{t("action.loadMore")}</Button>
      ) : null}
    </Group>
  );
}
