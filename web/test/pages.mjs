// Drives every page in Chromium on the sample domain: node web/test/pages.mjs SPOOR [FOLDER_FOR_PICTURES].
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import assert from 'node:assert/strict';
import { accessible, browser, context, expectOnConsole, finish, folder, page, see, serve, spoor, test } from './harness.mjs';

execFileSync(spoor, ['sample', join(folder, 'corp')], { stdio: 'ignore' });
const server = await serve(spoor, ['serve', '--listen', '127.0.0.1:0', join(folder, 'corp')]);
const { link, origin } = server;
const open = (path) => page.goto(origin + path);

await test('a stranger is asked to log in', async () => {
  await open('/sessions');
  await see('Open the link that spoor serve printed');
  await accessible();
});
await test('the link logs in, once', async () => {
  await page.goto(link);
  await page.waitForURL('**/sessions');
  await see('CORP\\jimmy');
  expectOnConsole(/403/);
  await page.goto(link);
  await see('used already');
  expectOnConsole();
});
await test('sessions as a table', async () => {
  await open('/sessions');
  await see('CORP\\jimmy');
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
await test('columns are moved, sized, sorted and chosen by keys, and remembered', async () => {
  await open('/sessions');
  await see('CORP\\jimmy');
  const heads = () => page.locator('[role=columnheader] > span:first-child').allInnerTexts();
  await page.keyboard.press('j'); // wherever the focus is
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('>');
  assert.deepEqual((await heads()).slice(0, 3), ['Start', 'Host', 'User']);
  const width = async () => (await page.locator('[role=columnheader]').nth(2).boundingBox()).width;
  const before = await width();
  await page.keyboard.press('+');
  assert.equal(await width(), before + 20);
  await page.keyboard.press('S');
  await page.waitForURL(/sort=user/);
  await page.getByRole('button', { name: 'Choose columns' }).click();
  await page.getByLabel('Logon id').check();
  await accessible();
  await page.reload();
  await see('CORP\\ann'); // the first by name
  assert.ok((await heads()).includes('Logon id'), 'remembered');
  assert.equal(await width(), before + 20, 'remembered');
  await page.getByRole('button', { name: 'Choose columns' }).click();
  await page.getByRole('button', { name: 'As it was' }).click();
  assert.deepEqual((await heads()).slice(0, 3), ['Start', 'User', 'Host']);
});
await test('a long text pushes no column out of its place', async () => {
  await open('/search?q=kind%3A+process_created&cols=time,text,id');
  await page.locator('[role=row][aria-rowindex="3"]').waitFor();
  const lefts = await page.locator('[role=columnheader]:nth-child(3), [role=gridcell]:nth-child(3)').evaluateAll((cells) => cells.map((cell) => Math.round(cell.getBoundingClientRect().left)));
  assert.ok(lefts.length > 5);
  assert.deepEqual([...new Set(lefts)].length, 1, `the column stands at ${[...new Set(lefts)]}`);
});
await test('a filter that is wrong says where', async () => {
  expectOnConsole(/400/);
  await open('/sessions?q=usr%3A+jimmy');
  await page.getByRole('alert').first().waitFor();
  await accessible();
  expectOnConsole();
});
await test('nothing matches, and what to do', async () => {
  await open('/sessions?q=user%3A+nobodyofthatname');
  await see('Nothing matches');
  await page.getByRole('button', { name: 'No filter' }).click();
  await see('CORP\\jimmy');
});
await test('sessions as a timeline', async () => {
  await open('/sessions?view=timeline');
  await page.locator('[data-lanes] canvas').waitFor();
  await page.locator('[data-lanes]').focus();
  await page.keyboard.press('.');
  await page.waitForURL(/sel=/);
  await accessible();
});
await test('a timeline of many sessions shows how many there were, and bars in a stretch of few', async () => {
  const lanes = ['DC01', 'WS07'].map((host, i) => ({ host, sessions: 4000 * (i + 1), counts: Array.from({ length: 40 }, (_, k) => (k * 7) % 30) }));
  const all = { total: 12000, hidden: 0, of: 12000, from: '2000-01-01T00:00:00Z', until: '2040-01-01T00:00:00Z', width_ms: 365.25 * 86400_000, lanes };
  await page.route('**/api/v1/density*', (route) => route.fulfill({ json: route.request().url().includes('from=') ? { ...all, total: 30 } : all }));
  await open('/sessions?view=timeline');
  await page.locator('[data-density] canvas').waitFor();
  await see('drag over a stretch');
  await accessible();
  await page.locator('[data-density]').focus();
  await page.keyboard.press('w');
  await page.waitForURL(/span=/);
  await page.locator('[data-lanes] canvas').waitFor();
  await page.goBack();
  await page.locator('[data-density] canvas').waitFor();
  await page.unroute('**/api/v1/density*');
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
await test("a program of the system's session has a trail of its own", async () => {
  await open(`/sessions/${encodeURIComponent('FS01:0x3e7')}`);
  await page.locator('.tree a', { hasText: 'prnhelp.exe' }).last().click();
  await page.waitForURL(/\/trail\/.*process=/);
  await see('traced to a human logon');
  assert.match((await page.locator('h1').innerText()).replace(/\s+/g, ' '), /^prnhelp\.exe \d+ on FS01 ← NT AUTHORITY\\SYSTEM .* ← scheduled task certain from FS01 by CORP\\jimmy .* ← runas certain from WS07 by CORP\\brian/);
  await accessible();
  await page.goBack();
  await page.locator('.tree').waitFor();
});
await test('its trail goes back to the human logon on the workstation', async () => {
  await open(`/trail/${encodeURIComponent(jimmy)}`);
  await see('traced to a human logon');
  const sentence = await page.locator('h1').innerText();
  assert.match(sentence.replace(/\s+/g, ' '), /CORP\\jimmy \(remote interactive.* ← remote desktop certain from WS07 by CORP\\jimmy.* ← runas certain from WS07 by CORP\\brian/);
  await page.locator('h1 .how').last().click(); // how a step came about leads to what proves it
  await see('Evidence');
  const records = await page.locator('aside ul li').count();
  assert.ok(records > 0);
  await accessible();
  await page.locator('aside ul li a').first().click();
  await page.waitForURL(/\/search\?q=.*sequence/);
  await see('1 event');
  await page.goBack();
  await page.keyboard.press('Escape');
  await page.locator('[data-lanes]').focus();
  await page.keyboard.press('w');
  await page.waitForURL(/span=/); // what is in view is in the address
  await page.keyboard.press('f');
  await page.waitForURL((url) => !url.search.includes('span='));
  await page.keyboard.press('.');
  await page.waitForURL(/sel=/);
  await see('Known by');
  await accessible();
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
  await page.getByRole('tab', { name: 'Record' }).click();
  await see(/<EventID>\d+<\/EventID>/);
  await accessible();
  await page.getByRole('tab', { name: 'Fields' }).click();
  await page.getByRole('button', { name: 'ParentImage as a column' }).first().evaluate((button) => button.click());
  await page.getByRole('columnheader', { name: 'ParentImage' }).waitFor();
  await page.getByRole('button', { name: 'Share' }).click();
  await page.waitForURL(/cols=.*ParentImage/); // who gets the address sees the same columns
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
await test('searches are saved under names, kept, opened and forgotten', async () => {
  await open('/search?q=kind%3A+logon');
  await page.locator('[role=row][aria-rowindex="3"]').waitFor();
  await page.keyboard.press('b');
  await page.getByLabel('Name of this search').fill('all logons');
  await page.keyboard.press('Enter');
  await accessible();
  await open('/search?q=kind%3A+process_created');
  await page.getByRole('button', { name: 'Saved', exact: true }).click();
  await page.getByRole('link', { name: 'all logons' }).click();
  await page.waitForURL(/q=kind%3A\+logon/);
  await page.keyboard.press('b');
  await page.getByRole('button', { name: 'Forget all logons' }).click();
  await see('Searches that you save stand here');
  await page.keyboard.press('Escape');
  assert.equal(await page.evaluate(() => localStorage.getItem('saved')), '[]');
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
  await context.request.get(`${origin}/api/v1/sessions?q=${encodeURIComponent('user: while_paused')}`);
  await see(/Paused · [1-9]/);
  assert.equal(await page.getByText('while_paused').count(), 0);
  await page.keyboard.press('p');
  await see('while_paused');
});
await test('live: highlight, find, and only this from a cell', async () => {
  await page.keyboard.press('h');
  await page.getByLabel('Text to highlight').fill('text: while_paused');
  await page.keyboard.press('Enter');
  await page.locator('.row.mark1').first().waitFor();
  await page.getByLabel('Text to find').fill('onerror');
  await page.keyboard.press('Enter');
  await page.locator('.row[aria-selected=true]').getByText('onerror').first().waitFor();
  await page.waitForURL(/mark=.*find=onerror/);
  await accessible();
  await page.locator('[data-table]').focus();
  for (let i = 0; i < 5; i++) await page.keyboard.press('ArrowRight');
  await page.keyboard.press('H');
  await page.locator('.marks .mark2').waitFor();
  await page.keyboard.press('F');
  await page.waitForURL(/q=not\+kind/);
  await page.locator('.row').getByText('onerror').first().waitFor({ state: 'detached' });
  await page.goBack();
});
await test('live: what is lost on the way shows as a row, with its number', async () => {
  await page.route('**/api/v1/live*', (route) => route.fulfill({ contentType: 'text/event-stream', body: 'id: x-41\ndata: {"at":"1-1","time":"2026-01-02T03:04:05Z","host":"H","kind":"logon","channel":"C","seq":"41","text":"before","title":"Logon","fields":[]}\n\nid: x-1041\nevent: gap\ndata: {"from":"42","to":"1041","count":1000,"why":"slow reader"}\n\n' }));
  await open('/live');
  await see('1,000 events passed by here, number 42 to 1041');
  await see('1,000 lost');
  await page.getByRole('link', { name: 'read them from the store' }).first().waitFor();
  await page.unroute('**/api/v1/live*');
});
await test('keys: the sheet, and going about', async () => {
  await open('/sessions');
  await see('CORP\\jimmy');
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
  await see('CORP\\jimmy');
  await accessible();
  await page.setViewportSize({ width: 390, height: 800 });
  for (const path of ['/live', '/sessions', `/sessions?sel=${encodeURIComponent(jimmy)}`, '/search?row=2', '/findings', '/logons', `/sessions/${encodeURIComponent(jimmy)}`, `/trail/${encodeURIComponent(jimmy)}`, '/sources']) {
    await open(path);
    await page.waitForLoadState(path === '/live' ? 'load' : 'networkidle');
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), `${path} scrolls sideways`);
    if (/sel=|row=/.test(path)) assert.ok((await page.locator('aside.side').boundingBox()).width > 380, 'what stands beside takes the whole width');
    if (path === '/sessions') assert.ok((await page.locator('.row.brief').count()) > 5, 'rows are brief');
  }
  await accessible();
  await page.setViewportSize({ width: 1280, height: 720 });
});
await test('every page is accessible in light and dark, on a screen and on a phone', async () => {
  const trail = encodeURIComponent(jimmy);
  const paths = ['/live', '/sessions', '/sessions?view=timeline', `/sessions?sel=${trail}`, `/sessions/${trail}`, `/trail/${trail}`, '/search', '/search?row=3', '/findings', '/logons', '/sources', '/import'];
  for (const theme of ['light', 'dark'])
    for (const [width, height] of [[1280, 720], [390, 800]]) {
      await page.setViewportSize({ width, height });
      await page.evaluate((name) => localStorage.setItem('theme', name), theme);
      for (const path of paths) {
        await open(path);
        await page.locator('h1').first().waitFor();
        await page.waitForTimeout(150);
        await accessible();
        const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        assert.ok(wider <= 0, `${path} is ${wider} pixels wider than ${width}`);
      }
    }
  await page.setViewportSize({ width: 1280, height: 720 });
});
await test('scripts stay small: 80 kB at first, 250 kB in all', async () => {
  const fresh = await browser.newContext({ storageState: await context.storageState() });
  const first = await fresh.newPage();
  const sizes = new Map();
  first.on('response', async (response) => response.url().endsWith('.js') && sizes.set(response.url(), Number((await response.allHeaders())['content-length'])));
  const began = Date.now();
  await first.goto(origin + '/sessions');
  await first.getByText('CORP\\jimmy').first().waitFor();
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

await server.stop();
const keeping = await serve(spoor, ['serve', '--listen', '127.0.0.1:0', '--store', join(folder, 'store')]);
const { link: storeLink, origin: storeOrigin } = keeping;
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
  await openStored('/search');
  await page.locator('[role=application]').waitFor(); // the histogram, which an answer from before the import has not
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
await test('a store that a server has is not served by another', async () => {
  const second = spawnSync(spoor, ['serve', '--listen', '127.0.0.1:0', '--store', join(folder, 'store')], { encoding: 'utf8', timeout: 30_000 });
  assert.notEqual(second.status, 0);
  assert.match(second.stderr, /in use by process/);
});

// ---- A server that follows a sensor, which here is a few lines of spoor.stream/1 (docs/sensor.md).

await keeping.stop();
/** A sensor that has events from `oldest` on; a reader that asks for earlier ones is told how many it missed. */
async function sensor(oldest) {
  const path = join(folder, 'events.sock');
  rmSync(path, { force: true });
  let peer;
  let next = oldest;
  const line = (value) => peer.write(`${JSON.stringify(value)}\n`);
  const listener = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (text) => {
      const { after } = JSON.parse(String(text));
      peer = socket;
      line({ schema: 'spoor.stream/1', host: 'VM', boot: 'b', series: 's', oldest, newest: next - 1 });
      if (after !== undefined && after + 1 < oldest) line({ missed: { first: after + 1, last: oldest - 1, count: oldest - 1 - after, why: 'restarted' } });
    });
  });
  await new Promise((resolve) => listener.listen(path, resolve));
  const waited = async (holds) => { while (!holds()) await new Promise((resolve) => setTimeout(resolve, 20)); };
  return {
    connected: () => waited(() => peer),
    async tell(count, image) {
      for (let left = count; left > 0; left -= 1000) {
        const lines = [];
        for (let i = 0; i < Math.min(left, 1000); i++) lines.push(JSON.stringify({ time: new Date().toISOString(), host: 'VM', kind: 'process_created', outcome: 'success', channel: 'Linux kernel', sequence: next++, fields: { Image: image, ProcessId: 7 } }));
        if (!peer.write(lines.join('\n') + '\n')) await new Promise((resolve) => peer.once('drain', resolve));
      }
    },
    die: () => new Promise((resolve) => (peer?.destroy(), listener.close(resolve))),
  };
}
let fake = await sensor(1);
const following = await serve(spoor, ['serve', '--listen', '127.0.0.1:0', '--store', join(folder, 'live'), '--sensor', join(folder, 'events.sock')]);
await page.goto(following.link);
await fake.connected();
await test('the sensor dies and comes back, and what was lost meanwhile is a row with its number', async () => {
  await page.goto(`${following.origin}/live`);
  await fake.tell(3, '/usr/bin/before');
  await see('before 7');
  await fake.die();
  const elsewhere = await context.newPage();
  await elsewhere.goto(`${following.origin}/sources`);
  await elsewhere.getByText('The sensor is not connected').waitFor();
  await elsewhere.close();
  fake = await sensor(104);
  await fake.connected();
  await fake.tell(1, '/usr/bin/after');
  await see('after 7');
  await page.locator('.row.gap').first().waitFor();
  await see('100 lost');
  await accessible();
});
await test('a tab that slept for very long is told how much it missed, and stays small', async () => {
  const hide = (hidden) => page.evaluate((value) => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => value });
    document.dispatchEvent(new Event('visibilitychange'));
  }, hidden);
  await hide(true);
  await fake.tell(260_000, '/usr/bin/while_asleep'); // more than the server keeps for readers
  const published = async () => Number((await (await context.request.get(`${following.origin}/api/v1/status`)).json()).live.published);
  while ((await published()) < 260_000) await page.waitForTimeout(200);
  await hide(false);
  await see('while_asleep 7');
  await page.waitForFunction(() => Number((/([\d,]+) lost/.exec(document.querySelector('.foot').innerText)?.[1] ?? '').replaceAll(',', '')) > 50_000, undefined, { timeout: 60_000 });
  await page.waitForFunction(() => /connected/.test(document.querySelector('.foot').innerText) && /^0 events/.test(document.querySelector('.foot').innerText), undefined, { timeout: 120_000 });
  const shown = Number((await page.locator('.foot').innerText()).match(/([\d,]+) shown/)[1].replaceAll(',', ''));
  assert.ok(shown > 1000 && shown <= 55_000, `${shown} rows are kept`);
  await page.keyboard.press('x');
  await fake.tell(1, '/usr/bin/awake');
  await see('awake 7');
});
await finish();
