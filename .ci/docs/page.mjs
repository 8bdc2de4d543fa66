// Tests the API reference page in a browser: page.mjs URL CHROMIUM SCREENSHOT

import assert from "node:assert/strict";
import puppeteer from "puppeteer-core";

const [url, executablePath, screenshot] = process.argv.slice(2);
const args = ["--no-sandbox", "--disable-gpu"];
const browser = await puppeteer.launch({ executablePath, args });
try {
  const page = await browser.newPage();
  await page.setViewport({ width: 1400, height: 1000 });
  const problems = [];
  const isOurs = (request) => request.url().startsWith(`${url}/`) || request.url().startsWith("data:");
  page.on("request", (request) => isOurs(request) || problems.push(`requests ${request.url()}`));
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("console", (message) => {
    const isFavicon = message.location().url === `${url}/favicon.ico`;
    if (message.type() === "error" && !isFavicon) problems.push(message.text());
  });

  // Every operation is on the page.
  await page.goto(`${url}/docs`, { waitUntil: "networkidle0" });
  await page.waitForFunction(() => document.querySelector("h1")?.textContent.includes("Customers"));
  const document_ = await (await fetch(`${url}/openapi.json`)).json();
  const operations = Object.values(document_.paths).flatMap((item) => Object.values(item));
  const summaries = operations.filter((o) => o.tags?.[0] === "customers").map((o) => o.summary);
  const text = await page.evaluate(() => document.body.innerText);
  for (const summary of summaries) assert(text.includes(summary), summary);
  await page.screenshot({ path: screenshot });

  // The example of an operation runs against the server.
  const click = (pattern) =>
    page.waitForFunction((source) => {
      const buttons = [...document.querySelectorAll("button")];
      const button = buttons.find((button) => new RegExp(source, "i").test(button.textContent));
      button?.click();
      return button !== undefined;
    }, {}, pattern);
  await page.goto(`${url}/docs#tag/customers/POST/partners/customers`);
  await click("^Test Request.*post /partners/customers\\)");
  const isCreate = (response) => response.request().method() === "POST";
  const [response] = await Promise.all([page.waitForResponse(isCreate), click("^\\s*Send")]);
  assert.equal(response.status(), 201, await response.text());
  assert.deepEqual(problems, []);
  console.log(`${summaries.length} operations, an example created a customer; see ${screenshot}`);
} finally {
  await browser.close();
}
