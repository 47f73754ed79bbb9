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
const sensor = spawn('python3', [join(here, 'server'), spoor, '0', '600', rate, 'sensor', events], { stdio: ['pipe', 'ignore', 'inherit'] });
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
const frames = (seconds, scroll) =>
  page.evaluate(
    ([time, scrolls]) =>
      new Promise((resolve) => {
        const table = document.querySelector('.view');
        const deltas = [];
        let last = performance.now();
        const begun = last;
        const frame = (now) => {
          deltas.push(now - last);
          last = now;
          if (scrolls && table) table.scrollTop += 90;
          if (now - begun < time * 1000) requestAnimationFrame(frame);
          else {
            deltas.sort((a, b) => a - b);
            resolve({ frames: Math.round(deltas.length / time), p99: Math.round(deltas[Math.floor(deltas.length * 0.99)]), heap: Math.round((performance.memory?.usedJSHeapSize ?? 0) / 1e6) });
          }
        };
        requestAnimationFrame(frame);
      }),
    [seconds, scroll],
  );
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
rmSync(folder, { recursive: true, force: true });
