// A signed receipt as a file.
import { Button } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconDownload } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useTenant } from "@/rooms/people/session";
import { useProblemText } from "@/ui/problem-text";
import { erasureReceipt } from "./api";

export function ReceiptButton({ id, compact = false }: { id: string; compact?: boolean }) {
  const { t } = useTranslation();
  const tenant = useTenant();
  const problemText = useProblemText();
  const get = useMutation({
    mutationFn: () => erasureReceipt(tenant, id),
    onSuccess: (receipt) => {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([JSON.stringify(receipt, null, 2)], { type: "application/json" }));
      link.download = `receipt-${id}.json`;
      link.click();
      URL.revokeObjectURL(link.href);
    },
    onError: (error) => notifications.show({ color: "red", message: problemText(error) }),
  });
  return (
    <Button size={compact ? "compact-sm" : "sm"} variant="default" leftSection={<IconDownload size={16} aria-hidden />} loading={get.isPending} onClick={() => get.mutate()}>
      {t("privacy.receipt")}
    </Button>
  );
}
