// One's name and language.
import { Alert, Button, Group, SegmentedControl, Stack, Text, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { chooseLanguage, type Language } from "@/lib/i18n";
import { Problem } from "@/lib/problem";
import { queryClient } from "@/lib/query";
import { useProblemText } from "@/ui/problem-text";
import { Section } from "@/ui/Section";
import { changeProfile } from "./api";
import { useSession } from "./session";

export function ProfileSection() {
  const { t } = useTranslation();
  const { me } = useSession();
  const router = useRouter();
  const problemText = useProblemText();
  const [name, setName] = useState(me.user.name ?? "");
  const [locale, setLocale] = useState(me.user.locale);
  const save = useMutation({
    mutationFn: () => changeProfile({ name: name.trim(), locale }),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: ["me"] });
      await router.invalidate();
      await chooseLanguage(locale as Language);
      notifications.show({ color: "pine", message: t("account.saved") });
    },
  });
  const problem = save.error instanceof Problem ? save.error.fields.find(({ field }) => field === "name")?.message : undefined;
  const isSame = name.trim() === (me.user.name ?? "") && locale === me.user.locale;

  function submit(event: FormEvent) {
    event.preventDefault();
    save.mutate();
  }

  return (
    <Section title={t("account.profile")}>
      <form onSubmit={submit} noValidate>
        <Stack gap="md">
          {save.isError && problem === undefined ? <Alert color="red" variant="light" role="alert">{problemText(save.error)}</Alert> : null}
          <TextInput
            label={t("account.name")} name="name" autoComplete="name" value={name} error={problem}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Stack gap={4}>
            <Text size="sm" fw={500} id="account-language">{t("account.language")}</Text>
            <SegmentedControl
              aria-labelledby="account-language" value={locale} onChange={setLocale}
              data={[{ value: "en", label: t("language.en") }, { value: "fr", label: t("language.fr") }]}
            />
            <Text size="xs" c="dimmed">{t("account.languageHint")}</Text>
          </Stack>
          <Group justify="flex-end"><Button type="submit" loading={save.isPending} disabled={isSame}>{t("action.save")}</Button></Group>
        </Stack>
      </form>
    </Section>
  );
}
