// Drives every page in Chromium on the sample domain: node web/test/pages.mjs SPOOR [FOLDER_FOR_PICTURES].
//
// A message of warning or error on the console fails a page, and so does what axe finds wrong. Ends with 77 (skipped)
// where there is no Chromium.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import assert from 'node:assert/strict';

const require = createRequire(import.meta.url);
const browserPath = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find(existsSync);
if (!browserPath) {
  console.error('SKIPPED: Chromium is not installed; the browser pages were not tested');
  process.exit(77);
}
const { chromium } = require('playwright-core');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

const [spoor, pictures] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'spoor-pages-'));
if (pictures) mkdirSync(pictures, { recursive: true });
execFileSync(spoor, ['sample', join(folder, 'corp')], { stdio: 'ignore' });
const server = spawn(spoor, ['serve', '--listen', '127.0.0.1:0', join(folder, 'corp')], { stdio: ['ignore', 'pipe', 'inherit'] });
const link = await new Promise((resolve, reject) => {
  let text = '';
  server.stdout.on('data', (piece) => (text += piece).includes('\n') && resolve(text.trim()));
  server.on('exit', (code) => reject(new Error(`spoor serve ended with ${code}`)));
});
const origin = new URL(link).origin;

const browser = await chromium.launch({
  executablePath: browserPath,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
const context = await browser.newContext({ viewport: { width: 1280, height: 720 }, colorScheme: 'dark', bypassCSP: false });
const page = await context.newPage();
page.setDefaultTimeout(20_000);
const complaints = [];
let expected = /$^/;
page.on('console', (message) => ['error', 'warning'].includes(message.type()) && !expected.test(message.text()) && complaints.push(message.text()));
page.on('pageerror', (error) => complaints.push(error.message));

let failed = 0;
async function test(name, steps) {
  complaints.length = 0;
  try {
    await steps();
    assert.deepEqual(complaints, [], 'the console stays silent');
    console.log(`ok    ${name}`);
  } catch (error) {
    failed++;
    console.log(`FAIL  ${name}\n${String(error.stack).replace(/^/gm, '      ')}`);
  }
  if (pictures) await page.screenshot({ path: join(pictures, `${name.replace(/\W+/g, '-')}.png`) });
}

/** What axe finds wrong by WCAG A and AA. It is run by the debugger, which our policy on scripts does not bind. */
async function accessible() {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] }));
  assert.deepEqual(violations.map((each) => `${each.id}: ${each.nodes.map((node) => `${node.target} ${node.any[0]?.message ?? ''}`).slice(0, 3).join(' | ')}`), []);
}
const see = (text) => page.getByText(text).first().waitFor();
const open = (path) => page.goto(origin + path);

await test('a stranger is asked to log in', async () => {
  await open('/sessions');
  await see('Open the link that spoor serve printed');
  await accessible();
});
await test('the link logs in, once', async () => {
  await page.goto(link);
  await page.waitForURL('**/sessions');
  await see('CORP\\brian');
  expected = /403/;
  await page.goto(link);
  await see('used already');
  expected = /$^/;
});
await test('sessions as a table', async () => {
  await open('/sessions');
  await see('CORP\\brian');
  await accessible();
  await page.locator('[data-table]').focus();
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.waitForURL(/sel=/);
  await see('Known by');
  await accessible();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('f');
  await page.waitForURL(/q=account/);
});
await test('a filter that is wrong says where', async () => {
  expected = /400/;
  await open('/sessions?q=usr%3A+jimmy');
  await page.getByRole('alert').first().waitFor();
  await accessible();
  expected = /$^/;
});
await test('nothing matches, and what to do', async () => {
  await open('/sessions?q=user%3A+nobodyofthatname');
  await see('Nothing matches');
  await page.getByRole('button', { name: 'No filter' }).click();
  await see('CORP\\brian');
});
await test('sessions as a timeline', async () => {
  await open('/sessions?view=timeline');
  await page.locator('[data-lanes] canvas').waitFor();
  await page.locator('[data-lanes]').focus();
  await page.keyboard.press('.');
  await page.waitForURL(/sel=/);
  await accessible();
});
let jimmy = '';
await test('the finding leads to its session', async () => {
  await open('/findings');
  await see('cleared the Security log');
  await accessible();
  jimmy = decodeURIComponent(new URL(await page.locator('.ways a').first().evaluate((a) => a.href)).pathname.split('/').pop());
  await page.locator('.ways a').first().click();
  await see('Origin and descendants');
  await accessible();
});
for (const tab of ['activity', 'touched', 'links', 'evidence', 'facts'])
  await test(`a session: ${tab}`, async () => {
    await open(`/sessions/${encodeURIComponent(jimmy)}?tab=${tab}`);
    await page.locator('[role=tab][aria-selected=true]').waitFor();
    await page.waitForLoadState('networkidle');
    await accessible();
  });
await test('its trail goes back to the human logon on the workstation', async () => {
  await open(`/trail/${encodeURIComponent(jimmy)}`);
  await see('traced to a human logon');
  assert.match(await page.locator('h1').innerText(), /CORP\\brian/);
  await page.keyboard.press(']');
  await page.waitForURL(/link=/);
  await see('Evidence');
  await accessible();
  await page.keyboard.press('t');
  await page.waitForURL(/view=table/);
  await accessible();
});
await test('search: completion, histogram, detail, export', async () => {
  await open('/search');
  await page.locator('[data-query]').fill('kind: process_cr');
  await page.getByRole('option').first().waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Enter');
  await page.waitForURL(/q=kind/);
  await page.locator('[role=row][aria-rowindex="3"]').click();
  await see('Fields');
  await accessible();
  const chart = await page.locator('[role=application]').boundingBox();
  await page.mouse.move(chart.x + 100, chart.y + 20);
  await page.mouse.down();
  await page.mouse.move(chart.x + 400, chart.y + 20);
  await page.mouse.up();
  await page.waitForURL(/from=/);
  await page.goBack();
  assert.ok(!page.url().includes('from='), 'Back takes the brush away');
  const csv = await context.request.get(`${origin}/api/v1/export?format=csv&q=kind%3A+process_created`);
  assert.match(await csv.text(), /^time,host,kind/);
});
for (const [path, text] of [['/logons', 'By user'], ['/sources', 'Covers'], ['/import', 'only shows files']])
  await test(`page ${path}`, async () => {
    await open(path);
    await see(text);
    await accessible();
  });
await test('live: what is looked at is seen as it happens', async () => {
  await open('/live');
  await see('records viewed'); // opening the stream is a look, too
  await accessible();
  await page.waitForTimeout(500);
  // A hostile text in a request comes back as a field of an event: it must be text there, and show what it hides.
  await context.request.get(`${origin}/api/v1/sessions?q=${encodeURIComponent('"<img src=x onerror=alert(1)> \u202egnp.exe"')}`);
  await see('records viewed');
  await see('<img src=x onerror=alert(1)>');
  await see('⟨202e⟩');
  await accessible();
  await page.keyboard.press('p');
  await see('Paused');
});
await test('keys: the sheet, and going about', async () => {
  await open('/sessions');
  await see('CORP\\brian');
  await page.keyboard.press('?');
  await see('Go to Findings');
  await accessible();
  await page.keyboard.press('Escape');
  await page.keyboard.press('g');
  await page.keyboard.press('f');
  await page.waitForURL('**/findings');
});
await test('light, and on a phone', async () => {
  await open('/sessions');
  await page.keyboard.press('y');
  await see('CORP\\brian');
  await accessible();
  await page.setViewportSize({ width: 390, height: 800 });
  for (const path of ['/sessions', '/findings', `/trail/${encodeURIComponent(jimmy)}`, '/sources']) {
    await open(path);
    await page.waitForLoadState('networkidle');
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), `${path} scrolls sideways`);
  }
  await accessible();
  await page.setViewportSize({ width: 1280, height: 720 });
});
await test('scripts stay small: 80 kB at first, 250 kB in all', async () => {
  const fresh = await browser.newContext({ storageState: await context.storageState() });
  const first = await fresh.newPage();
  const sizes = new Map();
  first.on('response', async (response) => response.url().endsWith('.js') && sizes.set(response.url(), Number((await response.allHeaders())['content-length'])));
  const began = Date.now();
  await first.goto(origin + '/sessions');
  await first.getByText('CORP\\brian').first().waitFor();
  const took = Date.now() - began;
  const total = () => [...sizes.values()].reduce((sum, size) => sum + size, 0);
  const firstLoad = total();
  for (const path of ['/live', '/search', `/sessions/${encodeURIComponent(jimmy)}`, `/trail/${encodeURIComponent(jimmy)}`, '/findings', '/logons', '/sources', '/import']) {
    await first.goto(origin + path);
    await first.waitForLoadState(path === '/live' ? 'load' : 'networkidle');
  }
  console.log(`      first load ${firstLoad} bytes of scripts in ${took} ms, all pages ${total()}`);
  assert.ok(firstLoad > 10_000 && firstLoad < 80_000, `${firstLoad}`);
  assert.ok(total() < 250_000, `${total()}`);
  await fresh.close();
});

// ---- A server that keeps a store: import by the page, hostile texts in every field, layout.

server.removeAllListeners('exit');
server.kill('SIGTERM');
const keeping = spawn(spoor, ['serve', '--listen', '127.0.0.1:0', '--store', join(folder, 'store')], { stdio: ['ignore', 'pipe', 'inherit'] });
const storeLink = await new Promise((resolve, reject) => {
  let text = '';
  keeping.stdout.on('data', (piece) => (text += piece).includes('\n') && resolve(text.trim()));
  keeping.on('exit', (code) => reject(new Error(`spoor serve --store ended with ${code}`)));
});
const storeOrigin = new URL(storeLink).origin;
const openStored = (path) => page.goto(storeOrigin + path);
const hostile = '"><img src=x onerror="window.caught=1"><script>window.caught=1</script>\u202egnp.exe\u0000\u001b[31m';
const hostileEvents = ['process_created', 'logon', 'file_created', 'network_connection', 'service_installed', 'records_viewed', 'other'].map((kind, i) =>
  JSON.stringify({
    time: `2026-01-02T03:04:0${i}.000000000Z`, host: `H${hostile}`, kind, outcome: 'success', channel: `C${hostile}`, sequence: i + 1,
    fields: Object.fromEntries(['Image', 'CommandLine', 'User', 'TargetUserName', 'TargetDomainName', 'TargetFilename', 'ServiceName', 'ImagePath', 'WorkstationName', 'Request', 'Message', `F${hostile}`].map((name) => [name, hostile])),
  }),
).join('\n');
writeFileSync(join(folder, 'hostile.jsonl'), hostileEvents + '\n');

await test('an empty store says what to do', async () => {
  await page.goto(storeLink);
  await page.waitForURL('**/sessions');
  await see('No sessions yet');
  await accessible();
});
await test('import: files dropped are read in, and what is no log is refused', async () => {
  await openStored('/import');
  writeFileSync(join(folder, 'picture.png'), Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 2, 3]));
  await page.locator('input[type=file]').setInputFiles([join(folder, 'corp', 'WS07', 'Security.evtx'), join(folder, 'hostile.jsonl'), join(folder, 'picture.png')]);
  await page.getByText('done').nth(1).waitFor();
  await page.getByText('failed').first().waitFor();
  await accessible();
});
await test('hostile texts are texts, wherever they stand', async () => {
  for (const path of ['/search', '/search?q=ServiceName%3A+*&row=0', '/search?q=ServiceName%3A+*&row=3', '/sessions?noise=show', '/sessions?noise=show&view=timeline', '/logons', '/sources', '/import', '/findings', '/live']) {
    await openStored(path);
    await page.waitForLoadState(path === '/live' ? 'load' : 'networkidle');
    await page.waitForTimeout(200);
    assert.equal(await page.evaluate(() => window.caught), undefined, `${path} ran what it was shown`);
    assert.equal(await page.locator('main img').count(), 0, `${path} made an element of what it was shown`);
  }
  await openStored('/search?q=ServiceName%3A+*&row=2');
  await page.getByText('⟨202e⟩').first().waitFor();
});
await test('the layout stays as it was drawn', async () => {
  await page.evaluate(() => localStorage.setItem('theme', 'dark'));
  const kept = new URL('layout.json', import.meta.url);
  const expected_ = existsSync(kept) && !process.env.UPDATE ? JSON.parse(readFileSync(kept, 'utf8')) : {};
  const found = {};
  for (const [width, height] of [[1280, 720], [1920, 1080], [390, 800]]) {
    await page.setViewportSize({ width, height });
    for (const path of ['/live', '/sessions', '/sessions?view=timeline', '/search', '/search?row=0', '/findings', '/logons', '/sources', '/import']) {
      await openStored(path);
      await page.waitForLoadState(path === '/live' ? 'load' : 'networkidle');
      await page.locator('h1').first().waitFor();
      await page.waitForTimeout(300);
      // Boxes of the parts that pages are made of; texts and fonts may differ.
      found[`${width}x${height} ${path}`] = await page.evaluate(() =>
        Object.fromEntries(['.rail', 'main', '.bar', '.foot', '[role=grid]', '[data-lanes]', '.side', '.drop'].flatMap((part) => {
          const box = document.querySelector(part)?.getBoundingClientRect();
          return box && box.width > 0 && box.height > 0 ? [[part, [box.x, box.y, box.width, box.height].map(Math.round)]] : [];
        })),
      );
    }
  }
  await page.setViewportSize({ width: 1280, height: 720 });
  if (process.env.UPDATE || !existsSync(kept)) writeFileSync(kept, `{\n${Object.entries(found).map(([name, parts]) => `  ${JSON.stringify(name)}: ${JSON.stringify(parts)}`).join(',\n')}\n}\n`);
  for (const [name, parts] of Object.entries(expected_)) {
    assert.deepEqual(Object.keys(found[name] ?? {}), Object.keys(parts), `${name}: the parts of the page`);
    for (const [part, box] of Object.entries(parts))
      for (const i of [0, 1, 2, 3]) assert.ok(Math.abs(found[name][part][i] - box[i]) <= 24, `${name}: ${part} was at ${box} and is at ${found[name][part]}`);
  }
});
await test('a tab that slept goes on with what it missed', async () => {
  await openStored('/live');
  await see('records viewed');
  const hide = (hidden) => page.evaluate((value) => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => value });
    document.dispatchEvent(new Event('visibilitychange'));
  }, hidden);
  await hide(true);
  await context.request.get(`${storeOrigin}/api/v1/sessions?q=${encodeURIComponent('user: while_asleep')}`);
  await page.waitForTimeout(300);
  await hide(false);
  await see('while_asleep');
});
keeping.removeAllListeners('exit');
keeping.kill('SIGTERM');

await browser.close();
server.removeAllListeners('exit');
server.kill('SIGTERM');
rmSync(folder, { recursive: true, force: true });
console.log(failed ? `${failed} failed` : 'all passed');
process.exit(failed ? 1 : 0);
