// Files stay readable: 250 lines is the aim, 400 is refused.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../src", import.meta.url));
const tooLong = [];
for (const name of readdirSync(root, { recursive: true })) {
  const path = join(root, String(name));
  if (!statSync(path).isFile() || !/\.(ts|tsx|css)$/.test(path) || path.endsWith(".gen.ts")) continue;
  const lines = readFileSync(path, "utf8").split("\n").length - 1;
  if (lines > 400) tooLong.push(`${name}: ${lines} lines`);
  else if (lines > 250) console.warn(`sizes: ${name} has ${lines} lines (aim: 250)`);
}
if (tooLong.length > 0) {
  console.error(`sizes: too long\n  ${tooLong.join("\n  ")}`);
  process.exit(1);
}
