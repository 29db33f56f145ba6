// The page at / in a browser: it updates by itself, keeps the reader's place, and runs no script from a name.

import assert from "node:assert/strict";
import { chromium } from "playwright-core";

const announced = JSON.parse(process.env.ANNOUNCED);
const create = async (path, body) => {
    const response = await fetch(announced.scim_url + path, {
        method: "POST",
        headers: { Authorization: `Bearer ${announced.token}`, "Content-Type": "application/scim+json" },
        body: JSON.stringify(body),
    });
    assert.equal(response.status, 201);
};
const group = (name) => create("/Groups", { schemas: ["urn:ietf:params:scim:schemas:core:2.0:Group"], displayName: name });

const browser = await chromium.launch({ executablePath: process.env.BROWSER, args: ["--no-sandbox"] });
try {
    await group("<script>document.title = 'defaced'</script>");
    const page = await browser.newPage({ viewport: { width: 800, height: 300 }, colorScheme: "dark" });
    const problems = [];
    page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
    page.on("pageerror", (error) => problems.push(String(error)));
    await page.goto(`${announced.api_url}/`);
    assert.equal(await page.title(), "scimulate");
    assert.ok((await page.locator("#event-rows").innerText()).includes("<script>document.title"));
    const dark = await page.evaluate(() => matchMedia("(prefers-color-scheme: dark)").matches);
    assert.ok(dark && (await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme)).includes("dark"));

    // A new event appears, and the place that the reader scrolled to stays.
    await page.evaluate(() => scrollTo(0, 200));
    await group("Late");
    await page.locator("#event-rows", { hasText: "Late" }).waitFor();
    assert.equal(await page.evaluate(() => scrollY), 200);

    // Text that the reader has selected stays selected.
    await page.evaluate(() => getSelection().selectAllChildren(document.getElementById("event-rows")));
    const selected = await page.evaluate(() => getSelection().toString());
    await group("Later");
    await page.locator("#request-rows tr").nth(2).waitFor();
    assert.equal(await page.evaluate(() => getSelection().toString()), selected);
    await page.evaluate(() => getSelection().removeAllRanges());
    await page.locator("#event-rows", { hasText: "Later" }).waitFor();

    // The reader can stop the updates.
    await page.getByLabel("Update every 2 seconds").uncheck();
    assert.deepEqual(problems, []);

    // Without JavaScript, the page says how to see more.
    const plain = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
    await plain.goto(`${announced.api_url}/`);
    assert.ok(await plain.getByText("Reload the page").isVisible());
    assert.ok(!(await plain.getByLabel("Update every 2 seconds").isVisible()));
} finally {
    await browser.close();
}
console.log("page: complete");
