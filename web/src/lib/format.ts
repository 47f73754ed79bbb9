// Times, lengths and names as people read them. Times are shown in UTC unless the reader chose the browser's zone.

let zone: 'utc' | 'local' = (localStorage.getItem('zone') as 'utc' | 'local') || 'utc';
export const zoneName = () => zone;
export function setZone(next: 'utc' | 'local') {
  zone = next;
  localStorage.setItem('zone', next);
}

const two = (n: number) => String(n).padStart(2, '0');

function parts(time: Date) {
  return zone === 'utc'
    ? [time.getUTCFullYear(), time.getUTCMonth() + 1, time.getUTCDate(), time.getUTCHours(), time.getUTCMinutes(), time.getUTCSeconds()]
    : [time.getFullYear(), time.getMonth() + 1, time.getDate(), time.getHours(), time.getMinutes(), time.getSeconds()];
}

export function day(time: Date): string {
  const [y, m, d] = parts(time);
  return `${y}-${two(m)}-${two(d)}`;
}
export function clock(time: Date): string {
  const [, , , h, m, s] = parts(time);
  return `${two(h)}:${two(m)}:${two(s)}`;
}
/** "2020-10-09 22:28:10.123"; the fraction as the record has it, to the millisecond. */
export function moment(text: string | undefined, precise = false): string {
  if (!text) return '';
  const time = new Date(text);
  if (isNaN(time.getTime())) return text;
  const fraction = precise ? `.${String(time.getUTCMilliseconds()).padStart(3, '0')}` : '';
  return `${day(time)} ${clock(time)}${fraction}`;
}

/** The time of day alone where the day is that of `start`. */
export function until(text: string | undefined, start: string | undefined): string {
  if (!text || !start) return moment(text);
  const [end, begin] = [new Date(text), new Date(start)];
  return day(end) === day(begin) ? clock(end) : moment(text);
}
/** "4 s ago", for how fresh something is; the day when that is long past. */
export function ago(text: string | undefined, now = Date.now()): string {
  const ms = now - Date.parse(text ?? '');
  return isNaN(ms) ? '' : ms < 2000 ? 'just now' : ms > 60 * 86400_000 ? day(new Date(text!)) : `${span(ms).replace(/ \d\d [sm]$/, '')} ago`;
}

export function span(ms: number): string {
  if (!isFinite(ms) || ms < 0) return '';
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const s = ms / 1000;
  if (s < 60) return `${s < 10 ? s.toFixed(1) : Math.round(s)} s`;
  const m = Math.floor(s / 60);
  if (m < 60) return `${m} m ${two(Math.floor(s % 60))} s`;
  const h = Math.floor(m / 60);
  if (h < 48) return `${h} h ${two(m % 60)} m`;
  return `${Math.floor(h / 24)} d ${h % 24} h`;
}

const numbers = new Intl.NumberFormat('en-US');
export const count = (n: number) => numbers.format(n);
export function bytes(n: number): string {
  for (const unit of ['B', 'kB', 'MB', 'GB']) {
    if (n < 1000) return `${n < 10 && unit !== 'B' ? n.toFixed(1) : Math.round(n)} ${unit}`;
    n /= 1000;
  }
  return `${n.toFixed(1)} TB`;
}

export const words = (slug: string) => slug.replaceAll('_', ' ');
export const baseName = (path: string | undefined) => (path ? path.slice(Math.max(path.lastIndexOf('\\'), path.lastIndexOf('/')) + 1) : '');

/** "Sysmon/Operational": what most logs of Windows begin with says nothing. */
export const shortChannel = (channel: string | undefined) => plain(channel).replace(/^Microsoft-Windows-/, '');

/** "1 session", "2 sessions". */
export const counted = (n: number, what: string) => `${count(n)} ${what}${n === 1 ? '' : 's'}`;

/** Text from outside, with what would turn or hide text made visible: bidi controls, zero width, control characters. */
export function plain(text: string | undefined): string {
  if (!text) return '';
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, (c) =>
    c === '\n' ? '⏎' : c === '\t' ? '⇥' : c === '\r' ? '' : `⟨${c.charCodeAt(0).toString(16).padStart(4, '0')}⟩`);
}

export const startOf = (s: { start?: string; first_seen?: string }) => s.start ?? s.first_seen;
export const endOf = (s: { end?: string; last_seen?: string }) => s.end ?? s.last_seen;

/** A trail's sentence, with arrows as people draw them and "(remote interactive, 08:56)" in words; names stay as they are. */
export const told = (sentence: string) => plain(sentence).replace(/(^| )<- /g, '$1← ').replace(/\([a-z_]+, /g, words);

/** XML on lines of its own, an element a line. */
export function indentXml(xml: string): string {
  let depth = 0;
  return xml
    .replace(/>\s*</g, '>\n<')
    .split('\n')
    .map((text) => {
      if (text.startsWith('</')) depth--;
      const line = '  '.repeat(Math.max(0, depth)) + text;
      if (/^<[^/!?]/.test(text) && !/\/>$/.test(text) && !/<\/[^>]+>$/.test(text)) depth++;
      return line;
    })
    .join('\n');
}
