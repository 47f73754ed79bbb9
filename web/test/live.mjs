// Drives the pages in Chromium on the live sensor of this machine, as `make run` starts it: node web/test/live.mjs SPOOR
// [FOLDER_FOR_PICTURES]. Ends with 77 (skipped) without root, or where the kernel lets no sensor in.
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import assert from 'node:assert/strict';

if (process.getuid() !== 0) {
  console.error('SKIPPED: only root may watch this machine; the pages were not tested on the live sensor');
  process.exit(77);
}
const { accessible, context, expectOnConsole, finish, folder, page, see, serve, spoor, test } = await import('./harness.mjs');
chmodSync(folder, 0o711); // the server is nobody but spoor
const root = new URL('../..', import.meta.url).pathname;
const runs = { SPOOR_PROGRAM: spoor, SPOOR_LISTEN: '127.0.0.1:0', SPOOR_STATE: join(folder, 'state'), SPOOR_RUN: join(folder, 'run') };
const monitor = await serve(join(root, 'scripts/run'), [], { env: { ...process.env, ...runs } });
const open = (path) => page.goto(monitor.origin + path);
await page.goto(monitor.link);

const status = async () => (await context.request.get(`${monitor.origin}/api/v1/status`)).json();
const until = async (what, holds) => {
  for (const end = Date.now() + 30_000; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 200))) if (await holds()) return;
  throw new Error(`waited in vain: ${what}`);
};
await until('the sensor connects', async () => (await status()).sensor?.connected).catch(async () => {
  console.error('SKIPPED: this kernel lets no sensor in; the pages were not tested on the live sensor');
  await monitor.stop();
  process.exit(77);
});
const act = (mark) => execFileSync('/bin/echo', [mark]);

await test('the first page is what happens now', async () => {
  await open('/');
  await page.waitForURL('**/live');
  await page.locator('.row').first().waitFor();
  await accessible();
});
await test('a program that runs is seen at once, with its fields and its record', async () => {
  await open('/live?q=CommandLine%3A+*spoor_mark*');
  await see('connected');
  act('spoor_mark_one');
  await page.locator('.row', { hasText: 'spoor_mark_one' }).first().click();
  await see('Fields');
  await page.getByText('CommandLine').first().waitFor();
  await accessible();
  await new Promise((resolve) => setTimeout(resolve, 2500)); // stored within a second
  await page.getByRole('tab', { name: 'Record' }).click();
  await page.getByLabel('The record as XML').getByText('spoor_mark_one').waitFor();
  await page.getByRole('tab', { name: 'Fields' }).click();
  await page.getByRole('button', { name: 'Only this Process', exact: true }).evaluate((button) => button.click());
  await page.waitForURL(/Image/);
  act('spoor_mark_two');
  await page.locator('.row', { hasText: 'spoor_mark_two' }).first().waitFor();
});
await test('it is found in the store, and its session and trail open', async () => {
  await open('/search?q=CommandLine%3A+*spoor_mark_one*');
  await page.locator('.row', { hasText: 'spoor_mark_one' }).first().waitFor();
  await accessible();
  await until('a session is known', async () => (await status()).sessions > 0);
  await open('/sessions?noise=show');
  await page.locator('.row').first().dblclick();
  await page.waitForURL(/\/sessions\/.+/);
  await see('Origin and descendants');
  await accessible();
  await page.keyboard.press('l');
  await page.waitForURL(/\/trail\//);
  await page.locator('[data-lanes] canvas').waitFor();
  await accessible();
});
for (const [path, text] of [['/sources', 'is connected'], ['/findings', 'Findings'], ['/logons', 'Logons'], ['/import', 'Drop log files here'], ['/sessions?view=timeline&noise=show', 'Timeline']])
  await test(`live: page ${path}`, async () => {
    await open(path);
    await see(text);
    await accessible();
  });
await test('the sensor dies, and the pages say so and go on when it is back', async () => {
  const sensor = execFileSync('pgrep', ['-P', String(monitor.child.pid), '-f', 'sensor run']).toString().trim();
  const args = readFileSync(`/proc/${sensor}/cmdline`, 'utf8').split('\0').filter(Boolean);
  process.kill(Number(sensor), 'SIGKILL');
  await until('it is gone', async () => !(await status()).sensor.connected);
  await open('/sources');
  await see('The sensor is not connected');
  await accessible();
  await open('/live?q=CommandLine%3A+*spoor_mark*');
  const again = spawn(args[0], args.slice(1), { stdio: 'ignore' });
  try {
    await until('it is back', async () => (await status()).sensor.connected);
    act('spoor_mark_after');
    await page.locator('.row', { hasText: 'spoor_mark_after' }).first().waitFor();
  } finally {
    again.kill('SIGTERM');
  }
});
await test('the server ends, and the page says so and keeps what it has', async () => {
  await open('/live');
  await page.locator('.row').first().waitFor();
  expectOnConsole(/ERR_|Failed to load/);
  await monitor.stop();
  await see('The connection to the server is lost');
  assert.ok((await page.locator('.row').count()) > 0);
});
await finish();
