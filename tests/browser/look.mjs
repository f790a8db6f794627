// Opens the scorecards in a real Chromium and says what it saw, as JSON on the last line; the tests judge it.
//   node look.mjs CHROMIUM DOCS_FOLDER SCREENSHOT_FOLDER PAGE…
// Pages are named from the docs folder. They are served on 127.0.0.1 under the strictest policy they must bear, and some
// are opened as files too. Whatever asks for another host is stopped and told.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const [executablePath, docs, shots, ...pages] = process.argv.slice(2);
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const TYPES = { ".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".csv": "text/csv" };
const POLICY = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'";

const server = createServer(async (request, response) => {
  const wanted = path.normalize(decodeURIComponent(new URL(request.url, "http://localhost").pathname));
  try {
    const body = await readFile(path.join(docs, wanted));
    response.writeHead(200, { "content-type": `${TYPES[path.extname(wanted)] ?? "application/octet-stream"}; charset=utf-8`,
      "content-security-policy": POLICY });
    response.end(body);
  } catch {
    response.writeHead(wanted === "/favicon.ico" ? 204 : 404).end();
  }
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const origin = `http://127.0.0.1:${server.address().port}`;
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });

async function newPage(told, options = {}) {
  const context = await browser.newContext({ locale: "vi-VN", viewport: { width: 1200, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(60000);
  page.on("console", (message) => message.type() === "error" && told.errors.push(message.text()));
  page.on("pageerror", (error) => told.errors.push(String(error)));
  await context.route("**/*", (route) => {
    const url = route.request().url();
    if (url.startsWith(origin) || url.startsWith("file://")) return route.continue();
    told.foreign.push(url);
    return route.abort();
  });
  return page;
}

const told = { errors: [], foreign: [], pages: {} };
for (const name of pages) {
  const page = await newPage(told);
  let bytes = 0;
  page.on("response", async (response) => { bytes += (await response.body().catch(() => Buffer.alloc(0))).length; });
  const url = `${origin}/${name}`;
  await page.goto(url, { waitUntil: "load" });
  const loaded = await page.evaluate(() => {
    const timing = performance.getEntriesByType("navigation")[0];
    return Math.round(timing.loadEventStart);
  });
  await page.waitForTimeout(50);
  await page.evaluate(axe);
  const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  told.pages[name] = {
    title: await page.title(),
    bytes,
    loaded_ms: loaded,
    svgs: await page.locator("main svg").count(),
    violations: found.violations.map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => node.target.join(" ")).join(", ")}`),
    wide: await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth),
  };
  const shot = name.replaceAll("/", "_").replace(".html", "");
  await page.screenshot({ path: path.join(shots, `${shot}.png`), fullPage: true });
  await page.setViewportSize({ width: 390, height: 800 });
  told.pages[name].wide_on_a_phone = await page.evaluate(() => document.documentElement.scrollWidth > 390);
  await page.screenshot({ path: path.join(shots, `${shot}_phone.png`), fullPage: true });
  await page.context().close();
}

const country = await newPage(told);
await country.goto(`${origin}/scorecards/vi/index.html`);
const boxes = country.locator("label.filter input");
await boxes.first().fill("da nang");
told.found_units = await country.locator("[data-find] li:visible").allInnerTexts();
await boxes.last().fill("quang ninh");
told.filtered_rows = await country.locator("table.league").last().locator("tbody tr:visible").count();
await boxes.last().fill("");
const league = country.locator("table.league").first();
await league.getByRole("button", { name: "Đơn vị" }).click();
told.sorted = (await league.locator("tbody th").allInnerTexts()).slice(0, 6);
told.sort_state = await league.locator("th[aria-sort]").getAttribute("aria-sort");
await country.locator("a.language").click();
told.switched = { url: country.url().replace(origin, ""), lang: await country.locator("html").getAttribute("lang") };
await country.keyboard.press("Tab");
told.first_focus = await country.evaluate(() => document.activeElement.className);

const asFile = await newPage(told);
await asFile.goto(`${pathToFileURL(path.join(docs, "scorecards/vi/compare.html"))}#a=ha_noi_2008&b=quang_ninh`);
await asFile.locator("#comparison table").waitFor();
told.compared = await asFile.locator("#comparison tbody tr").first().locator("th, td").allInnerTexts();
told.compare_link = await asFile.locator("#comparison tbody a").first().getAttribute("href");

await asFile.locator("#second").selectOption("m_finance");
await asFile.locator("#comparison > p").waitFor();
told.unlike = await asFile.locator("#comparison").innerText();

const plain = await newPage(told, { javaScriptEnabled: false });
await plain.goto(`${origin}/scorecards/vi/compare.html`);
told.without_script = { form: await plain.locator("form").isVisible(), rows: await plain.locator("table.league tbody tr").count() };

const paper = await newPage(told);
const unit = pages.find((name) => name.includes("vi/units/"));
await paper.goto(`${origin}/${unit}`);
await paper.pdf({ path: path.join(shots, "unit.pdf"), format: "A4", preferCSSPageSize: true });

await browser.close();
server.close();
console.log(JSON.stringify(told));
