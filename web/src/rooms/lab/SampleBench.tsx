// Choosing a sample, seeing it, and sending it.
import { Badge, Group, Radio, Select, SimpleGrid, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Sample, Shelf } from "@/lib/api";
import { useWords } from "@/lib/words";
import { Section } from "@/ui/Section";
import { SampleShown } from "./SampleShown";
import { SendSample } from "./SendSample";

type BenchProps = { shelves: Shelf[]; shelf: Shelf; sample: Sample; onChoose: (next: { provider: string; sample?: string }) => void };

export function SampleBench({ shelves, shelf, sample, onChoose }: BenchProps) {
  const { t } = useTranslation();
  const words = useWords();
  // Samples that are sent one after the other tell of the same call, until another is begun.
  const [call, setCall] = useState<string | undefined>();
  return (
    <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="lg" style={{ alignItems: "start" }}>
      <Section title={t("lab.sample")}>
        <Stack gap="lg">
          <Select
            label={t("lab.provider")} value={shelf.provider} allowDeselect={false} name="provider"
            onChange={(provider) => provider && onChoose({ provider })}
            data={shelves.map((one) => ({ value: one.provider, label: one.title }))}
          />
          <Radio.Group
            label={t("lab.which")} value={sample.name} onChange={(name) => onChoose({ provider: shelf.provider, sample: name })}
          >
            <Stack gap="sm" mt={8}>
              {shelf.samples.map((one) => (
                <Radio
                  key={one.name} value={one.name} data-sample={one.name}
                  label={(
                    <Group gap={8} wrap="wrap" component="span">
                      <Text size="sm" component="span">{words(one.title)}</Text>
                      {one.is_question ? <Badge size="xs" variant="default">{t("lab.question")}</Badge> : null}
                    </Group>
                  )}
                />
              ))}
            </Stack>
          </Radio.Group>
          <SendSample key={sample.name} provider={shelf.provider} sample={sample} call={call} onSent={setCall} onNewCall={() => setCall(undefined)} />
        </Stack>
      </Section>
      <SampleShown provider={shelf.provider} sample={sample} call={call} />
    </SimpleGrid>
  );
}
