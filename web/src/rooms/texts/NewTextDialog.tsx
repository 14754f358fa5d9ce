// A text to a number that may never have written; also how one tries out whether texts can be sent.
import { Alert, Modal, Select, Skeleton, Stack, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/lib/format";
import { useTenant } from "@/rooms/people/session";
import { ErrorState } from "@/ui/States";
import { numbersQuery } from "./api";
import { Composer } from "./Composer";

type NewTextProps = { opened: boolean; isTest: boolean; onClose: () => void };

export function NewTextDialog({ opened, isTest, onClose }: NewTextProps) {
  const { t } = useTranslation();
  return (
    <Modal
      opened={opened} onClose={onClose} size="md" closeButtonProps={{ "aria-label": t("action.close") }}
      title={isTest ? t("texts.testTitle") : t("texts.newTitle")}
    >
      <NewTextForm isTest={isTest} onClose={onClose} />
    </Modal>
  );
}

function NewTextForm({ isTest, onClose }: Omit<NewTextProps, "opened">) {
  const { t } = useTranslation();
  const format = useFormat();
  const tenant = useTenant();
  const navigate = useNavigate();
  const query = useQuery(numbersQuery(tenant));
  const [to, setTo] = useState("");
  const [from, setFrom] = useState<string | null>(null);
  const [problems, setProblems] = useState<Record<string, string>>({});
  const numbers = query.data?.items ?? [];
  const own = from ?? numbers[0]?.number;
  if (query.isPending) return <Skeleton h={160} />;
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  if (numbers.length === 0) return <Alert color="lamp" variant="light">{t("texts.noNumber")}</Alert>;
  return (
    <Stack gap="md">
      {isTest ? <Alert color="pine" variant="light">{t("texts.testHint")}</Alert> : null}
      <TextInput
        label={t("texts.to")} type="tel" inputMode="tel" required data-autofocus placeholder="+1 514 555 0142"
        value={to} error={problems.to}
        onChange={(event) => {
          setTo(event.currentTarget.value);
          setProblems({});
        }}
      />
      {numbers.length > 1 ? (
        <Select
          label={t("texts.from")} allowDeselect={false} value={own} onChange={setFrom} error={problems.from}
          data={numbers.map(({ number }) => ({ value: number, label: format.phone(number) ?? number }))}
        />
      ) : null}
      <Composer
        to={to} from={own} start={isTest ? t("texts.testBody") : ""}
        onFieldProblem={(field, message) => setProblems((known) => ({ ...known, [field]: message }))}
        onSent={(sent) => {
          onClose();
          void navigate({ to: "/texts/$id", params: { id: sent.thread_id } });
        }}
      />
    </Stack>
  );
}
