// The spine, end to end: a call arrives by webhook and is seen live, its conversation is read, and a
// dead letter is sent again until it is delivered. Runs against `vestibule serve --demo`.
import assert from "node:assert/strict";
import { createHmac, randomBytes } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { launch, readDemo, root, signIn, watchTrouble } from "./browser.mjs";

const patience = 30_000;

/** One Retell event as Retell would send it now: fresh ids and times, signed with the tenant's key. */
async function send(retell, name, callId, startedAt) {
  const event = JSON.parse(readFileSync(new URL(`fixtures/retell_${name}.json`, import.meta.url), "utf8"));
  const shift = startedAt - event.call.start_timestamp;
  event.call.call_id = callId;
  event.call.agent_id = retell.agent_id;
  event.call.start_timestamp += shift;
  if (event.call.end_timestamp) event.call.end_timestamp += shift;
  event.event_timestamp += shift;
  // These belong to the sample's own business.
  delete event.call.metadata;
  delete event.call.telephony_identifier;
  event.call.custom_sip_headers = {};
  const body = JSON.stringify(event);
  const at = Date.now();
  const digest = createHmac("sha256", retell.api_key).update(body + at).digest("hex");
  const response = await fetch(retell.hook_url, {
    method: "POST",
    headers: { "content-type": "application/json", "x-retell-signature": `v=${at},d=${digest}` },
    body,
  });
  assert.ok(response.ok, `${name}: HTTP ${response.status} ${await response.text()}`);
}

async function callArrives(page, tenant) {
  const callId = `call_${randomBytes(13).toString("hex")}`;
  const startedAt = Date.now() - 40_000;
  await page.locator('[data-testid="live"][data-state="live"]').filter({ visible: true }).waitFor({ timeout: patience });
  // Would vanish with a reload: what follows must arrive without one.
  await page.evaluate(() => { window.sameDocument = true; });

  const row = page.locator(`[data-external-id="retell_${callId}"]`);
  assert.equal(await row.count(), 0);
  await send(tenant.retell, "call_started", callId, startedAt);
  await row.waitFor({ timeout: patience });
  console.log("spine: the call appears live");

  await send(tenant.retell, "call_ended", callId, startedAt);
  await send(tenant.retell, "call_analyzed", callId, startedAt);
  await row.filter({ hasText: "furnace" }).waitFor({ timeout: patience });
  assert.equal(await page.evaluate(() => window.sameDocument), true, "the page was reloaded");
  console.log("spine: its summary arrives live");

  await row.getByRole("link").or(row).first().click();
  await page.waitForURL(/\/calls\/[^/?]+/);
  const transcript = page.getByTestId("transcript");
  await transcript.waitFor({ timeout: patience });
  assert.match(await transcript.innerText(), /rue des Érables/);
  console.log("spine: the conversation is shown");
}

async function deadLetterIsRetried(page) {
  await page.getByRole("navigation").filter({ visible: true }).getByRole("link", { name: "Deliveries" }).click();
  await page.waitForURL(/\/deliveries/);
  await page.getByText("Dead letter", { exact: true }).filter({ visible: true }).first().click();
  await page.waitForURL(/state=dead/);
  const dead = page.locator("[data-delivery-id]");
  await dead.first().waitFor({ timeout: patience });
  await dead.first().getByRole("link").or(dead.first()).first().click();
  await page.waitForURL(/\/deliveries\/[^/?]+/);
  await page.locator('[data-testid="delivery-state"][data-state="dead"]').waitFor({ timeout: patience });
  await page.getByRole("button", { name: "Retry now" }).click();
  await page.locator('[data-testid="delivery-state"][data-state="delivered"]').waitFor({ timeout: patience });
  console.log("spine: the dead letter is delivered");
}

const demo = readDemo();
const tenant = demo.tenants[0];
const browser = await launch();
const context = await browser.newContext({ locale: "en-CA", viewport: { width: 1280, height: 800 } });
const page = await context.newPage();
// The owner's own language may be French; the spec speaks English.
await page.addInitScript(() => localStorage.setItem("vestibule.language", "en"));
const trouble = watchTrouble(page);
try {
  await signIn(page, demo.url, tenant.owner);
  await page.waitForURL(/\/calls/);
  console.log("spine: the owner is signed in");
  await callArrives(page, tenant);
  await deadLetterIsRetried(page);
  assert.deepEqual(trouble, []);
  console.log("spine: passed");
} catch (error) {
  const folder = join(root, "target/screens");
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, "spine-failure.png") }).catch(() => {});
  console.error(`spine: failed at ${page.url()}`);
  throw error;
} finally {
  await browser.close();
}
