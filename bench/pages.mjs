#!/usr/bin/env node
// How fast the pages are, in Chromium: bench/pages.mjs SPOOR STORE [EVENTS_A_SECOND]. STORE is copied and served with a sensor
// that sends events at a steady rate; told are the times of first screens, and the frames drawn while the live table
// follows and while a table is scrolled. Frames are counted by requestAnimationFrame.
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const here = new URL('.', import.meta.url).pathname;
const { chromium } = createRequire(join(here, '../web/package.json'))('playwright-core');
const [spoor, store, rate = '5000'] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'spoor-pages-'));
if (store) cpSync(store, join(folder, 'store'), { recursive: true });
const events = join(folder, 'events.sock');
const sensor = spawn(join(here, '../build/release/bench/spoor_bench_server'), ['sensor', events, '600', rate], { stdio: 'inherit' });
while (!existsSync(events)) await new Promise((resolve) => setTimeout(resolve, 20));
const began = Date.now();
const server = spawn(spoor, ['serve', '--listen', '127.0.0.1:0', '--store', join(folder, 'store'), '--sensor', events], { stdio: ['ignore', 'pipe', 'inherit'] });
const link = await new Promise((resolve) => server.stdout.on('data', (piece) => resolve(String(piece).trim())));
console.log(`the server answers after ${Date.now() - began} ms`);
const origin = new URL(link).origin;
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--disable-quic'] });
const context = await browser.newContext({ viewport: { width: 1280, height: 720 } });
let page = await context.newPage();
await page.goto(link);
for (let read = false; !read; await new Promise((resolve) => setTimeout(resolve, 100))) read = (await (await context.request.get(`${origin}/api/v1/status`)).json()).sessions_read;
console.log(`the sessions are read after ${Date.now() - began} ms`);
for (const path of ['/sessions', '/sessions?q=user%3A+user007', '/search', '/search?q=kind%3A+logon', '/live']) {
  const times = [];
  for (let i = 0; i < 3; i++) {
    const fresh = await context.newPage();
    const start = Date.now();
    await fresh.goto(origin + path, { waitUntil: 'commit' });
    await fresh.locator('.row .cut').first().waitFor({ timeout: 30_000 }).catch(() => undefined);
    times.push(Date.now() - start);
    await fresh.close();
  }
  console.log(`first screen of ${path}: ${times.join(', ')} ms`);
}
// What a frame costs the page, which a busy machine does not change as it does how many there are: script, style and layout by the
// debugger's counts of the main thread, and tasks of more than 50 ms, in which no frame can be drawn.
const debug = await context.newCDPSession(page);
await debug.send('Performance.enable', { timeDomain: 'threadTicks' });
async function work() {
  const { metrics } = await debug.send('Performance.getMetrics');
  return Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
}
async function frames(seconds, scroll) {
  const before = await work();
  const seen = await page.evaluate(
    ([time, scrolls]) =>
      new Promise((resolve) => {
        const table = document.querySelector('.view');
        let long = 0;
        const observer = new PerformanceObserver((list) => (long += list.getEntries().length));
        observer.observe({ type: 'longtask' });
        const begun = performance.now();
        let frames = 0;
        const frame = (now) => {
          frames++;
          if (scrolls && table) table.scrollTop += 90;
          if (now - begun < time * 1000) requestAnimationFrame(frame);
          else resolve({ frames, long });
        };
        requestAnimationFrame(frame);
      }),
    [seconds, scroll],
  );
  const after = await work();
  const each = (name) => (((after[name] - before[name]) * 1000) / seen.frames).toFixed(2);
  return `${Math.round(seen.frames / seconds)} frames a second; ms a frame: script ${each('ScriptDuration')}, style ${each('RecalcStyleDuration')}, layout ${each('LayoutDuration')}, all tasks ${each('TaskDuration')}; ` +
    `${seen.long} tasks over 50 ms; heap ${Math.round(after.JSHeapUsedSize / 1e6)} MB`;
}
await page.goto(`${origin}/live`);
await page.waitForTimeout(3000);
console.log(`live at ${rate} events a second:`, await frames(8, false), await page.locator('.foot').innerText());
await page.goto(`${origin}/search`);
await page.waitForTimeout(1500);
console.log('scrolling the search:', await frames(5, true));
await page.goto(`${origin}/sessions`);
await page.waitForTimeout(1500);
console.log('scrolling the sessions:', await frames(5, true));
const memory = readFileSync(`/proc/${server.pid}/status`, 'utf8');
console.log(`memory of the server: ${['VmRSS', 'VmHWM'].map((name) => `${name} ${Math.round(Number(memory.match(`${name}:\\s+(\\d+)`)[1]) / 1024)} MB`).join(', ')}`);
await browser.close();
sensor.kill();
server.kill();
await new Promise((resolve) => server.on('exit', resolve));
rmSync(folder, { recursive: true, force: true });
