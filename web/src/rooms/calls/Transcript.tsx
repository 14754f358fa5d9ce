// The conversation as chat bubbles.
import { Text } from "@mantine/core";
import { IconTool } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Utterance } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { useLabel } from "@/lib/labels";
import classes from "./Calls.module.css";

type TranscriptProps = { turns: Utterance[]; callerName: string; agentName: string | null | undefined; isFinal: boolean; goneAt?: string | null };

export function Transcript({ turns, callerName, agentName, isFinal, goneAt }: TranscriptProps) {
  const { t } = useTranslation();
  const format = useFormat();
  if (goneAt) return <Text c="dimmed" size="sm" py="md">{t("call.wordsGone", { day: format.day(goneAt) })}</Text>;
  if (turns.length === 0) {
    return <Text c="dimmed" size="sm" py="md">{isFinal ? t("call.noTranscript") : t("call.transcriptLater")}</Text>;
  }
  const nameOf = (role: string) => (role === "agent" ? (agentName ?? t("call.agent")) : callerName);
  return (
    <ol className={classes.bubbles} data-testid="transcript">
      {turns.map((turn, index) => {
        const isSpeech = turn.role === "agent" || turn.role === "caller";
        const isFirst = turns[index - 1]?.role !== turn.role;
        const offset = format.offset(turn.start_ms);
        return (
          <li key={index} className={classes.turn} data-role={turn.role} data-first={(isSpeech && isFirst) || undefined}>
            {isSpeech && isFirst ? (
              <span className={classes.speaker}>{[nameOf(turn.role), offset].filter(Boolean).join(" · ")}</span>
            ) : null}
            <div className={classes.bubble}>
              {turn.role === "tool" ? <IconTool size={15} aria-hidden style={{ flex: "none", marginTop: 2 }} /> : null}
              {turn.role === "tool" ? <ToolWords turn={turn} /> : turn.text}
            </div>
          </li>
        );
      })}
    </ol>
  );
}

/** A tool's name, and its input or result as short pairs instead of JSON. */
function ToolWords({ turn }: { turn: Utterance }) {
  const { t } = useTranslation();
  const label = useLabel();
  const name = turn.tool_name ? label("toolName", turn.tool_name) : t("call.tool");
  return <span><strong>{name}</strong>{turn.text ? ` — ${pairs(turn.text)}` : ""}</span>;
}

function pairs(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return text;
    return Object.entries(value).map(([key, part]) => `${key}: ${typeof part === "object" ? JSON.stringify(part) : String(part)}`).join(", ");
  } catch {
    return text;
  }
}
