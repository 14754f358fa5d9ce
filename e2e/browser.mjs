// A browser and the demo's people, for the specs of this folder.
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

// The packages are those of web/: there is no second node_modules.
const require = createRequire(new URL("../web/package.json", import.meta.url));
const { chromium } = require("playwright-core");

/** The text of axe, to be put into a page. */
export const axeSource = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

/** The root of the repository. */
export const root = fileURLToPath(new URL("..", import.meta.url));

/** What `vestibule serve --demo` wrote about itself. */
export function readDemo() {
  const path = process.env.VESTIBULE_DEMO_JSON;
  if (!path || !existsSync(path)) {
    throw new Error("VESTIBULE_DEMO_JSON must name the demo.json that `vestibule serve --demo` writes");
  }
  return JSON.parse(readFileSync(path, "utf8"));
}

/** Starts Debian's Chromium (or the one that CHROMIUM names). */
export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    args: [
      "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
      "--disable-sync", "--disable-dev-shm-usage",
    ],
  });
}

/** Signs a person in through the form, in English. */
export async function signIn(page, url, person) {
  await page.goto(`${url}/sign-in`);
  await page.locator('input[name="email"]').fill(person.email);
  await page.locator('input[name="password"]').fill(person.password);
  await page.locator('button[type="submit"]').click();
  await page.waitForURL((address) => !address.pathname.startsWith("/sign-in"));
}

/** Collects what must not happen on a page: script errors and refusals of the content security policy. */
export function watchTrouble(page) {
  const trouble = [];
  page.on("pageerror", (error) => trouble.push(`error: ${error.message}`));
  page.on("console", (message) => {
    const text = message.text();
    if (message.type() === "error" && /content security policy|uncaught/i.test(text)) trouble.push(`console: ${text}`);
  });
  return trouble;
}
