// The look: evergreen and lamp light, soft corners, quiet borders.
import {
  Badge, Button, Card, createTheme, type CSSVariablesResolver, type MantineColorsTuple, Menu, Modal, Paper, Table, Tooltip,
} from "@mantine/core";

const pine: MantineColorsTuple = [
  "#ecf7f3", "#d8ece5", "#b0d9cb", "#83c5ae", "#5db396", "#43a486",
  "#2d8c6f", "#1c7159", "#155b48", "#0d4437",
];
const lamp: MantineColorsTuple = [
  "#fff8e6", "#fdedca", "#fada97", "#f6c667", "#f2b33f", "#eda526",
  "#d98f11", "#a86a05", "#875402", "#663e00",
];
// Neutral with a breath of green, so that greys belong to the brand.
const gray: MantineColorsTuple = [
  "#f6f8f7", "#eef1f0", "#e3e8e6", "#d5dcd9", "#bcc6c2", "#94a09b",
  "#64706b", "#525e59", "#37413d", "#1c2421",
];
const dark: MantineColorsTuple = [
  "#e1e7e4", "#b9c3bf", "#8b9692", "#5d6965", "#37423e", "#2a3330",
  "#1d2422", "#161c1a", "#101514", "#0a0e0d",
];

export const theme = createTheme({
  primaryColor: "pine",
  primaryShade: 7,
  colors: { pine, lamp, gray, dark },
  fontFamily: "'Inter Variable', -apple-system, BlinkMacSystemFont, 'Segoe UI', sans-serif",
  fontFamilyMonospace: "ui-monospace, SFMono-Regular, Menlo, Consolas, 'Liberation Mono', monospace",
  headings: { fontWeight: "650", sizes: { h1: { fontSize: "1.5rem", lineHeight: "1.25" }, h2: { fontSize: "1rem", lineHeight: "1.4" } } },
  defaultRadius: "md",
  cursorType: "pointer",
  respectReducedMotion: true,
  components: {
    Button: Button.extend({ defaultProps: { fw: 600 } }),
    Badge: Badge.extend({ defaultProps: { radius: "sm" } }),
    Card: Card.extend({ defaultProps: { withBorder: true, radius: "lg", padding: "lg" } }),
    Paper: Paper.extend({ defaultProps: { radius: "lg" } }),
    Menu: Menu.extend({ defaultProps: { shadow: "md", radius: "md", withInitialFocusPlaceholder: false } }),
    Modal: Modal.extend({ defaultProps: { radius: "lg", centered: true, overlayProps: { backgroundOpacity: 0.5, blur: 2 } } }),
    Table: Table.extend({ defaultProps: { verticalSpacing: "sm", horizontalSpacing: "md", borderColor: "var(--vb-line)" } }),
    Tooltip: Tooltip.extend({ defaultProps: { openDelay: 300, withArrow: true } }),
  },
});

/** Contrast of WCAG AA for the dimmed text, and our surfaces. */
export const cssVariables: CSSVariablesResolver = (current) => ({
  variables: {},
  light: {
    "--mantine-color-dimmed": current.colors.gray[7],
    "--mantine-color-error": "#c92a2a",
    "--mantine-color-placeholder": current.colors.gray[6],
    "--vb-canvas": current.colors.gray[0],
    "--vb-surface": "#ffffff",
    "--vb-line": current.colors.gray[2],
    "--vb-sunken": current.colors.gray[1],
    "--vb-accent": current.colors.pine?.[7] ?? "",
  },
  dark: {
    "--mantine-color-dimmed": "#a3aeaa",
    "--mantine-color-error": "#ff8787",
    "--mantine-color-placeholder": "#8b9692",
    "--mantine-color-anchor": current.colors.pine?.[3] ?? "",
    "--vb-canvas": current.colors.dark[8],
    "--vb-surface": current.colors.dark[7],
    "--vb-line": current.colors.dark[5],
    "--vb-sunken": current.colors.dark[6],
    "--vb-accent": current.colors.pine?.[3] ?? "",
    "--mantine-color-pine-light": "#1a2f28",
    "--mantine-color-pine-light-hover": "#203a31",
    "--mantine-color-pine-light-color": current.colors.pine?.[2] ?? "",
    "--mantine-color-lamp-light": "#33280f",
    "--mantine-color-lamp-light-color": current.colors.lamp?.[3] ?? "",
    "--mantine-color-red-light": "#3a1a1b",
    "--mantine-color-red-light-color": "#ffa8a3",
    "--mantine-color-gray-light": current.colors.dark[5],
    "--mantine-color-gray-light-color": current.colors.dark[1],
  },
});
