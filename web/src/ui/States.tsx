// What a page shows when it has nothing to show: empty, failed, forbidden, loading.
import { Box, Button, Card, Group, Skeleton, Stack, Text, ThemeIcon, Title } from "@mantine/core";
import { type Icon, IconCloudOff, IconLock, IconMoodConfuzed, IconRefresh, IconSearchOff } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "@/lib/problem";

type NoticeProps = { icon: Icon; title: string; children?: ReactNode; action?: ReactNode; color?: string };

/** An icon, a sentence, an explanation, an action. */
export function Notice({ icon: IconOf, title, children, action, color = "pine" }: NoticeProps) {
  return (
    <Stack align="center" gap="md" py={{ base: 40, sm: 64 }} px="md" ta="center">
      <ThemeIcon size={56} radius="xl" variant="light" color={color}>
        <IconOf size={28} stroke={1.6} aria-hidden />
      </ThemeIcon>
      <Stack gap={6} maw={460}>
        <Title order={2} fz="lg">
          {title}
        </Title>
        {children ? (
          <Text c="dimmed" size="sm" component="div">
            {children}
          </Text>
        ) : null}
      </Stack>
      {action}
    </Stack>
  );
}

/** Says in words why a request failed and offers to try again. */
export function ErrorState({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { t } = useTranslation();
  const problem = error instanceof Problem ? error : null;
  if (problem?.status === 403) {
    return (
      <Notice icon={IconLock} color="lamp" title={t("state.forbidden.title")}>
        {problem.detail ?? t("state.forbidden.text")}
      </Notice>
    );
  }
  if (problem?.status === 404) {
    return (
      <Notice icon={IconSearchOff} color="gray" title={t("state.missing.title")}>
        {t("state.missing.text")}
      </Notice>
    );
  }
  const offline = problem?.status === 0;
  return (
    <Box role="alert">
      <Notice
        icon={offline ? IconCloudOff : IconMoodConfuzed}
        color="red"
        title={offline ? t("state.offline.title") : t("state.error.title")}
        action={
          onRetry ? (
            <Button leftSection={<IconRefresh size={16} aria-hidden />} onClick={onRetry} variant="default">
              {t("action.retry")}
            </Button>
          ) : undefined
        }
      >
        {offline ? t("state.offline.text") : (problem?.detail ?? t("state.error.text"))}
        {problem?.requestId ? (
          <Text size="xs" c="dimmed" mt={6} ff="monospace">
            {problem.requestId}
          </Text>
        ) : null}
      </Notice>
    </Box>
  );
}

/** Grey lines in the shape of a list. */
export function ListSkeleton({ rows = 6 }: { rows?: number }) {
  const { t } = useTranslation();
  return (
    <Card padding={0} aria-busy="true" role="status" aria-label={t("state.loading")}>
      {Array.from({ length: rows }, (_, row) => (
        <Group key={row} px="md" py="md" wrap="nowrap" gap="md" style={{ borderTop: row ? "1px solid var(--vb-line)" : undefined }}>
          <Skeleton circle height={36} style={{ flex: "none" }} />
          <Stack gap={8} flex={1}>
            <Skeleton height={10} width={`${38 + ((row * 17) % 30)}%`} />
            <Skeleton height={8} width={`${60 + ((row * 23) % 35)}%`} />
          </Stack>
          <Skeleton height={20} width={84} radius="xl" />
        </Group>
      ))}
    </Card>
  );
}

/** Grey blocks in the shape of a page about one thing. */
export function PageSkeleton() {
  const { t } = useTranslation();
  return (
    <Stack gap="lg" aria-busy="true" role="status" aria-label={t("state.loading")}>
      <Skeleton height={28} width="40%" />
      <Skeleton height={110} radius="lg" />
      <Skeleton height={320} radius="lg" />
    </Stack>
  );
}
