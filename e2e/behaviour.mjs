// What the pages promise besides showing things: a lost session comes back to where it was, the tenant
// stays in the URL, filters live in the URL, a lost stream becomes polling, the language stays chosen.
// A provider is connected through its form, and what was held at its door is let in.
// Figures go from month to month.
// Runs against `vestibule serve --demo`; leaves its connections as they were.
import assert from "node:assert/strict";
import { launch, readDemo, signIn, watchTrouble } from "./browser.mjs";

const demo = readDemo();
const { owner, slug } = demo.tenants[0];

const behaviours = {
  async "a lost session asks to sign in, then returns to the page"({ page, context }) {
    await signIn(page, demo.url, owner);
    await page.goto(`${demo.url}/deliveries?state=dead`);
    await page.getByRole("heading", { level: 1, name: "Deliveries" }).waitFor();
    await context.clearCookies();
    await page.getByRole("navigation").getByRole("link", { name: "Contacts" }).click();
    await page.waitForURL(/\/sign-in\?next=/);
    await page.locator('input[name="email"]').fill(owner.email);
    await page.locator('input[name="password"]').fill(owner.password);
    await page.locator('button[type="submit"]').click();
    await page.waitForURL(/\/contacts/);
    await page.getByRole("heading", { level: 1, name: "Contacts" }).waitFor();
  },

  async "an operator looks into a tenant for a reason, and keeps it from page to page"({ page }) {
    await signIn(page, demo.url, demo.operator);
    await page.waitForURL(/\/admin\/tenants/);
    await page.locator("tbody a[href*='/admin/tenants/']").first().click();
    await page.waitForURL(/\/admin\/tenants\/[^/?]+/);
    await page.getByRole("button", { name: "Look inside" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Look inside" }).click();
    await page.getByText("Say why, in at least 5 characters.").waitFor();
    await page.getByRole("dialog").getByLabel("Why?").fill("A caller says nobody called back.");
    await page.getByRole("dialog").getByRole("button", { name: "Look inside" }).click();
    await page.waitForURL(/\/calls\?tenant=/);
    await page.getByTestId("viewing").filter({ hasText: "A caller says nobody called back." }).waitFor();
    await page.locator("[data-call-id]").first().waitFor();
    const chosen = new URL(page.url()).searchParams.get("tenant");
    for (const [name, path] of [["Contacts", "/contacts"], ["Deliveries", "/deliveries"], ["Endpoints", "/endpoints"], ["Calls", "/calls"]]) {
      await page.getByRole("navigation").getByRole("link", { name, exact: true }).click();
      await page.waitForURL((url) => url.pathname === path);
      assert.equal(new URL(page.url()).searchParams.get("tenant"), chosen);
    }
    await page.getByTestId("viewing").getByRole("button", { name: "End" }).click();
    await page.waitForURL(/\/admin\/tenants\/[^/?]+/);
    await page.getByTestId("viewing").waitFor({ state: "detached" });
    await page.goto(`${demo.url}/calls?tenant=${chosen}`);
    await page.getByRole("heading", { name: "You may not see this" }).waitFor();
    await page.getByTestId("outside").waitFor();
  },

  async "an agency's administrator sees its own tenants and nothing else of the platform"({ page }) {
    await signIn(page, demo.url, demo.agency);
    await page.waitForURL(/\/admin\/tenants/);
    await page.locator("tbody tr").first().waitFor();
    assert.equal(await page.locator("tbody tr").count(), 2);
    assert.equal(await page.getByRole("navigation").getByRole("link", { name: "Refused requests" }).count(), 0);
    await page.goto(`${demo.url}/admin/agencies`);
    await page.getByRole("heading", { name: "You may not see this" }).waitFor();
    const foreign = demo.tenants[0];
    await page.goto(`${demo.url}/admin/tenants/${foreign.id}`);
    await page.getByRole("heading", { name: "Not found" }).waitFor();
    assert.ok(!(await page.content()).includes(foreign.company));
  },

  async "an operator without a tenant is led to the tenants"({ page }) {
    await signIn(page, demo.url, demo.operator);
    await page.goto(`${demo.url}/calls`);
    await page.waitForURL(/\/admin\/tenants/);
  },

  async "filters are in the URL and survive a reload"({ page }) {
    await signIn(page, demo.url, owner);
    await page.locator("[data-call-id]").first().waitFor();
    await page.getByRole("combobox", { name: "Outcome" }).or(page.getByRole("textbox", { name: "Outcome" })).first().click();
    await page.getByRole("option", { name: "Booked" }).click();
    await page.waitForURL(/outcome=BOOKED/);
    await page.reload();
    await page.getByRole("button", { name: "Clear filters" }).click();
    await page.waitForURL((url) => !url.searchParams.has("outcome"));
  },

  async "a stream that cannot be opened becomes polling"({ page }) {
    await page.route("**/api/v1/events?*", (route) => route.abort());
    await signIn(page, demo.url, owner);
    await page.locator('[data-testid="live"][data-state="polling"]').filter({ visible: true }).waitFor({ timeout: 40_000 });
  },

  async "the language stays chosen"({ page }) {
    await page.goto(`${demo.url}/sign-in`);
    await page.getByText("FR", { exact: true }).click();
    await page.getByRole("button", { name: "Se connecter" }).waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.lang), "fr");
    await page.reload();
    await page.getByRole("button", { name: "Se connecter" }).waitFor();
  },

  async "a sample goes through one's own door and becomes a call that is seen to be a test"({ page }) {
    await signIn(page, demo.url, owner);
    await page.goto(`${demo.url}/lab?provider=retell&sample=call_analyzed`);
    await page.getByTestId("sample").waitFor();
    await page.getByRole("button", { name: "Send", exact: true }).click();
    await page.locator('[data-testid="came"][data-ok="true"]').waitFor();
    await page.getByRole("link", { name: "See the calls" }).click();
    await page.locator("[data-call-id]").filter({ hasText: "Test" }).first().waitFor();
    await page.goto(`${demo.url}/inbox`);
    await page.locator("[data-event-id]").first().getByRole("button", { name: /^Actions for/ }).click();
    await page.getByRole("menuitem", { name: "Process again" }).click();
    await page.getByText("It is being processed again.").waitFor();
  },

  async "a wrong password is said in words"({ page }) {
    await page.goto(`${demo.url}/sign-in`);
    await page.route("**/auth/login", (route) => route.fulfill({
      status: 401, contentType: "application/problem+json", body: JSON.stringify({ status: 401, code: "wrong_credentials", detail: "Wrong e-mail address or password." }),
    }));
    await page.locator('input[name="email"]').fill("someone@example.com");
    await page.locator('input[name="password"]').fill("not it");
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByRole("alert").filter({ hasText: "Wrong e-mail address or password." }).waitFor();
    assert.equal(new URL(page.url()).pathname, "/sign-in");
  },

  async "a provider is connected, corrected and disconnected through its form"({ page }) {
    const { owner: other, api_key } = demo.tenants.at(-1);
    const authorization = `Bearer ${api_key}`;
    await fetch(`${demo.url}/api/v1/connections/vapi`, { method: "DELETE", headers: { authorization } });
    await signIn(page, demo.url, other);
    await page.goto(`${demo.url}/connect`);
    const card = page.getByTestId("provider-vapi");
    await card.getByRole("button", { name: "Set up Vapi" }).click();
    await card.locator('input[name="webhook_secret"]').fill("a-key-of-yesterday");
    await card.getByRole("textbox", { name: "Assistant id" }).fill("assistant-of-the-behaviour");
    await card.getByRole("button", { name: "Connect", exact: true }).click();
    const hook = await card.getByLabel("Address for the provider", { exact: true }).innerText();
    // The provider signs with another secret than was entered: held, not lost.
    const refused = await fetch(hook, {
      method: "POST", headers: { "content-type": "application/json", "x-vapi-secret": "the-key-of-today" },
      body: JSON.stringify({ message: { type: "hang", timestamp: Date.now(), call: { id: `behaviour-${Date.now()}`, assistantId: "assistant-of-the-behaviour" } } }),
    });
    assert.equal(refused.status, 401);
    await page.getByRole("navigation").getByRole("link", { name: "Held at the door" }).click();
    const { items: [held] } = await (await fetch(`${demo.url}/api/v1/held-requests`, { headers: { authorization } })).json();
    const row = page.locator(`[data-held-id="${held.id}"]`);
    await row.filter({ hasText: "It was signed with another key" }).waitFor();
    await page.getByRole("navigation").getByRole("link", { name: "Connections" }).click();
    await page.getByTestId("held-notice").waitFor();
    await card.getByRole("button", { name: "Steps and settings of Vapi" }).click();
    assert.equal(await card.locator('input[name="webhook_secret"]').inputValue(), "");
    await card.getByText("ends in rday").waitFor();
    await card.locator('input[name="webhook_secret"]').fill("the-key-of-today");
    await card.getByRole("button", { name: "Save changes" }).click();
    await page.getByText("1 request that was held at the door has been let in.").waitFor();
    await page.getByRole("navigation").getByRole("link", { name: "Held at the door" }).click();
    await page.getByRole("heading", { level: 1, name: "Held at the door" }).waitFor();
    await row.waitFor({ state: "detached" });
    await page.getByRole("navigation").getByRole("link", { name: "Connections" }).click();
    await card.getByRole("button", { name: "Disconnect" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Disconnect" }).click();
    await card.and(page.locator('[data-connected="false"]')).waitFor();
  },

  async "the overview goes from month to month, and keeps what an hour is worth"({ page }) {
    await signIn(page, demo.url, owner);
    await page.getByRole("navigation").getByRole("link", { name: "Overview" }).click();
    const month = page.getByTestId("month");
    const now = await month.innerText();
    assert.ok(await page.getByRole("button", { name: "Month after" }).isDisabled());
    await page.getByRole("button", { name: "Month before" }).click();
    await page.waitForURL(/period=\d{4}-\d\d/);
    await page.getByRole("button", { name: "Month after" }).click();
    await month.and(page.getByText(now)).waitFor();
    const saved = page.getByTestId("saved");
    const worth = async (hour, currency) => {
      await saved.getByRole("button", { name: "How is this estimated?" }).click();
      await page.getByLabel("An hour is worth").fill(hour);
      await page.getByLabel("Currency").selectOption(currency);
      await page.getByRole("button", { name: "Save" }).click();
      await page.getByRole("dialog").waitFor({ state: "detached" });
    };
    await saved.getByText(/Worth US\$.* that leaves/).waitFor();
    await worth("42.5", "CAD");
    // Dollars of two countries are not taken from each other.
    await saved.getByText(/^Worth \$[\d.,]+\. The calls cost US\$[\d.,]+\.$/).waitFor();
    await page.reload();
    await saved.getByText(/^Worth \$/).waitFor();
    await saved.getByRole("button", { name: "How is this estimated?" }).click();
    assert.equal(await page.getByLabel("An hour is worth").inputValue(), "42.5");
    await page.getByRole("button", { name: "Cancel" }).click();
    await worth("25", "USD");
    await saved.getByText(/that leaves/).waitFor();
  },

  async "what belongs to another tenant is not found"({ page }) {
    await signIn(page, demo.url, owner);
    await page.goto(`${demo.url}/calls/01930000-dead-7000-8000-000000000000?tenant=${slug}`);
    await page.getByRole("heading", { name: "Not found" }).waitFor();
  },
};

const browser = await launch();
let failed = 0;
try {
  for (const [name, behaviour] of Object.entries(behaviours)) {
    const context = await browser.newContext({ locale: "en-CA", viewport: { width: 1280, height: 800 } });
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    // The owner's own language may be French; the spec speaks English until it chooses otherwise.
    await page.addInitScript(() => {
      if (!localStorage.getItem("vestibule.language")) localStorage.setItem("vestibule.language", "en");
    });
    const trouble = watchTrouble(page);
    try {
      await behaviour({ page, context });
      assert.deepEqual(trouble, []);
      console.log(`behaviour: ok      ${name}`);
    } catch (error) {
      failed += 1;
      console.error(`behaviour: FAILED  ${name} (at ${page.url()})\n${error.stack}`);
    }
    await context.close();
  }
} finally {
  await browser.close();
}
process.exitCode = failed > 0 ? 1 : 0;
