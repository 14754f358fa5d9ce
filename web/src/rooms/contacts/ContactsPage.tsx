// The people who called.
import { Button, Card, useMatches } from "@mantine/core";
import { IconAddressBook, IconFilterOff } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useTenant } from "@/rooms/people/session";
import { LoadMore } from "@/ui/LoadMore";
import { Page } from "@/ui/Page";
import { SearchField } from "@/ui/SearchField";
import { ErrorState, ListSkeleton, Notice } from "@/ui/States";
import { contactsQuery } from "./api";
import { ContactCards, ContactsTable } from "./ContactsTable";

const route = getRouteApi("/signed-in/contacts");

export function ContactsPage() {
  const { t } = useTranslation();
  const tenant = useTenant();
  const { phone } = route.useSearch();
  const navigate = route.useNavigate();
  const narrow = useMatches({ base: true, md: false });
  const query = useInfiniteQuery(contactsQuery(tenant, phone));
  const contacts = query.data?.pages.flatMap((page) => page.items) ?? [];
  const List = narrow ? ContactCards : ContactsTable;

  function search(next: string | undefined) {
    void navigate({ search: (before) => ({ ...before, phone: next }), replace: true });
  }

  return (
    <Page title={t("contacts.title")} subtitle={t("contacts.subtitle")}>
      <SearchField label={t("filter.phone")} value={phone} onChange={search} inputMode="tel" maw={340} />
      {query.isPending ? <ListSkeleton /> : null}
      {query.isError && contacts.length === 0 ? (
        <Card padding={0}><ErrorState error={query.error} onRetry={() => void query.refetch()} /></Card>
      ) : null}
      {query.isSuccess && contacts.length === 0 ? (
        <Card padding={0}>
          {phone ? (
            <Notice
              icon={IconFilterOff} color="gray" title={t("contacts.noMatch")}
              action={<Button variant="default" onClick={() => search(undefined)}>{t("filter.clear")}</Button>}
            />
          ) : (
            <Notice icon={IconAddressBook} title={t("contacts.empty")}>{t("contacts.emptyText")}</Notice>
          )}
        </Card>
      ) : null}
      {contacts.length > 0 ? (
        <>
          <List contacts={contacts} />
          <LoadMore
            shown={contacts.length} hasMore={query.hasNextPage} loading={query.isFetchingNextPage}
            onMore={() => void query.fetchNextPage()}
          />
        </>
      ) : null}
    </Page>
  );
}
