// What the tests in a browser share: Chromium, a server to look at, and what makes a page fail: a warning or an error on
// the console, or what axe finds wrong by WCAG A and AA. Ends with 77 (skipped) where there is no Chromium.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
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

export const [spoor, pictures] = process.argv.slice(2);
export const folder = mkdtempSync(join(tmpdir(), 'spoor-pages-'));
if (pictures) mkdirSync(pictures, { recursive: true });

const running = new Set();

/** A process whose first line is a link to log in by; `stop` ends it. */
export async function serve(program, args, options = {}) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'], ...options });
  running.add(child);
  const link = await new Promise((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (piece) => (text += piece).includes('\n') && resolve(text.trim()));
    child.on('exit', (code) => reject(new Error(`${program} ${args[0]} ended with ${code}`)));
  });
  child.removeAllListeners('exit');
  return { link, origin: new URL(link).origin, child, stop: () => stopped(child) };
}
function stopped(child) {
  running.delete(child);
  if (child.exitCode !== null) return;
  child.kill('SIGTERM');
  return new Promise((resolve) => child.on('exit', resolve));
}

export const browser = await chromium.launch({
  executablePath: browserPath,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
export const context = await browser.newContext({ viewport: { width: 1280, height: 720 }, colorScheme: 'dark', bypassCSP: false });
export const page = await context.newPage();
page.setDefaultTimeout(20_000);
const complaints = [];
let expected = /$^/;
page.on('console', (message) => ['error', 'warning'].includes(message.type()) && !expected.test(message.text()) && complaints.push(message.text()));
page.on('pageerror', (error) => complaints.push(error.message));

/** What the console may say until it is called again, without a pattern. */
export const expectOnConsole = (pattern = /$^/) => (expected = pattern);

let failed = 0;
export async function test(name, steps) {
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

/** axe is run by the debugger, which our policy on scripts does not bind. */
export async function accessible() {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] }));
  assert.deepEqual(violations.map((each) => `${each.id}: ${each.nodes.map((node) => `${node.target} ${node.any[0]?.message ?? ''}`).slice(0, 3).join(' | ')}`), []);
}
export const see = (text) => page.getByText(text).first().waitFor();

export async function finish() {
  await browser.close();
  await Promise.all([...running].map(stopped));
  rmSync(folder, { recursive: true, force: true });
  console.log(failed ? `${failed} failed` : 'all passed');
  process.exit(failed ? 1 : 0);
}
