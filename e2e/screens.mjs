// Looks at every page: English and French, light and dark, wide and narrow. Pictures land in
// target/screens; axe refuses serious and critical violations of WCAG A and AA.
//
// ONLY=calls,call limits the pages, QUICK=1 the variants (English light wide, French dark narrow). With CI set, each page
// is looked at in one of the eight and the next page, often the same one in another state, in the next.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { demo } from "./answers.mjs";
import { axeSource, launch, root, signIn, watchTrouble } from "./browser.mjs";
import { pages as every } from "./pages.mjs";

const folder = process.env.SCREENS_DIR ?? join(root, "target/screens");
const only = process.env.ONLY?.split(",");
const pages = every.filter(({ name }) => !only || only.includes(name));
mkdirSync(folder, { recursive: true });

const sizes = { wide: { width: 1280, height: 800 }, narrow: { width: 390, height: 844 } };
const variants = ["en", "fr"].flatMap((language) => ["light", "dark"].flatMap((scheme) => Object.keys(sizes).map((size) => ({ language, scheme, size }))))
  .filter(({ language, scheme, size }) => !process.env.QUICK || `${language}${scheme}${size}` === "enlightwide" || `${language}${scheme}${size}` === "frdarknarrow");

async function isSettled(page) {
  await page.evaluate(() => document.fonts.ready.then(() => true));
  await page.waitForFunction(() => document.getAnimations().every(({ playState, effect }) => playState !== "running" || effect?.getTiming().iterations === Infinity));
}

async function refusals(page) {
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }));
  return violations.map(({ id, impact, nodes }) => ({ id, impact, where: nodes.slice(0, 3).map(({ target, failureSummary }) => `${target.join(" ")} :: ${failureSummary?.split("\n")[1]?.trim()}`) }));
}

const browser = await launch();
const found = [];
let looks = 0;
try {
  // One sign-in a person; its cookies are used by all variants.
  const cookies = {};
  for (const [who, person] of [["owner", demo.tenants[0].owner], ["operator", demo.operator], ["agency", demo.agency]]) {
    const context = await browser.newContext();
    await signIn(await context.newPage(), demo.url, person);
    cookies[who] = await context.storageState();
    await context.close();
  }
  const isShort = process.env.CI && !process.env.QUICK;
  const jobs = pages.flatMap((page, place) => {
    // The first and the last of the eight, the second and the last but one, … have nothing in common.
    const at = place % (variants.length / 2);
    const some = isShort ? [variants[at], variants[variants.length - 1 - at]] : variants;
    const own = some.filter(({ size }) => !page.only || page.only === size);
    const looked = isShort ? [own[Math.floor(place / 4) % own.length]] : own;
    return looked.map((variant) => ({ ...variant, ...page }));
  });
  const look = async (context, { language, scheme, size, name, path, setup, go, act, ready = "main h1, main h2" }) => {
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    const trouble = watchTrouble(page);
    const label = `${name}-${language}-${scheme}-${size}`;
    try {
      await setup?.(page);
      if (go) await go(page);
      else await page.goto(`${demo.url}${path}`);
      if (act) {
        await page.locator("main h1").first().waitFor();
        await act(page);
      }
      await page.locator(ready).filter({ visible: true }).first().waitFor();
      await isSettled(page);
      await page.screenshot({ path: join(folder, `${label}.png`), fullPage: Boolean(process.env.FULL) });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      if (wide > 0) found.push(`${label}: ${wide}px too wide`);
      for (const { id, impact, where } of await refusals(page)) {
        const line = `${label}: axe ${impact} ${id}\n    ${where.join("\n    ")}`;
        if (impact === "serious" || impact === "critical") found.push(line);
        else console.warn(line);
      }
    } catch (error) {
      await page.screenshot({ path: join(folder, `${label}-failed.png`) }).catch(() => {});
      found.push(`${label}: ${error.message.split("\n").slice(0, 3).join(" ")}`);
    }
    found.push(...trouble.map((line) => `${label}: ${line}`));
    if (name === "calls" && `${language}${scheme}${size}` === "enlightwide" && process.env.VESTIBULE_README_SHOTS === "1") {
      mkdirSync(join(root, "docs/screens"), { recursive: true });
      await page.screenshot({ path: join(root, "docs/screens/calls.png") });
    }
    await page.close();
  };
  // A few looks at a time: each waits for the server more than it works. Whoever looks keeps the context for as long as
  // the next look wants the same; each page begins with nothing remembered.
  looks = jobs.length;
  const kindOf = ({ language, scheme, size, who }) => [language, scheme, size, who].join(" ");
  jobs.sort((one, other) => kindOf(one).localeCompare(kindOf(other)));
  const open = async ({ language, scheme, size, who }) => {
    const context = await browser.newContext({
      viewport: sizes[size], colorScheme: scheme, locale: `${language}-CA`, reducedMotion: "reduce", hasTouch: size === "narrow",
      storageState: who ? cookies[who] : undefined,
    });
    await context.addInitScript(([chosen]) => {
      if (sessionStorage.getItem("begun") === null) localStorage.clear();
      sessionStorage.setItem("begun", "yes");
      localStorage.setItem("vestibule.language", chosen);
    }, [language]);
    return context;
  };
  const worker = async () => {
    let context, kind;
    for (let job = jobs.shift(); job; job = jobs.shift()) {
      if (kind !== kindOf(job)) {
        await context?.close();
        [context, kind] = [await open(job), kindOf(job)];
      }
      await look(context, job);
    }
    await context?.close();
  };
  await Promise.all(Array.from({ length: Number(process.env.WORKERS ?? 4) }, worker));
} finally {
  await browser.close();
}
console.log(`screens: ${pages.length} pages, ${looks} looks, in ${folder}`);
if (found.length > 0) {
  console.error(`screens: ${found.length} problems\n  ${[...new Set(found)].join("\n  ")}`);
  process.exitCode = 1;
}
