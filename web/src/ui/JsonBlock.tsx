// JSON, readable and copyable.
import { Box } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { CopyIcon } from "./Copy";
import classes from "./JsonBlock.module.css";

export function JsonBlock({ value, label, maxHeight = 460 }: { value: unknown; label: string; maxHeight?: number }) {
  const { t } = useTranslation();
  const text = JSON.stringify(value, null, 2) ?? "null";
  return (
    <Box className={classes.frame}>
      <pre className={classes.code} style={{ maxHeight }} tabIndex={0} role="region" aria-label={label}>
        {paint(text)}
      </pre>
      <Box className={classes.copy}>
        <CopyIcon value={text} label={t("action.copyNamed", { name: label })} />
      </Box>
    </Box>
  );
}

const token = /("(?:\\.|[^"\\])*")(\s*:)?|\b(true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** Colours keys, strings and literals. */
function paint(text: string) {
  const parts: React.ReactNode[] = [];
  let from = 0;
  for (const match of text.matchAll(token)) {
    parts.push(text.slice(from, match.index));
    const [whole, string, colon, literal] = match;
    const kind = string ? (colon ? classes.key : classes.string) : literal ? classes.literal : classes.number;
    parts.push(<span key={match.index} className={kind}>{string ?? whole}</span>, colon ?? "");
    from = match.index + whole.length;
  }
  parts.push(text.slice(from));
  return parts;
}
