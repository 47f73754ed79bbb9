// Ticks: round moments along a stretch of time, for the axes under bars and above lanes.
import { clock, day } from './format';

const kSteps = [0.1, 1, 5, 15, 60, 300, 900, 3600, 4 * 3600, 12 * 3600, 86400, 7 * 86400, 28 * 86400, 365 * 86400].map((s) => s * 1000);
const kApart = 110; // pixels, at the least
const kMinute = 60_000;
const kHour = 60 * kMinute;
const kDay = 24 * kHour;

export interface Tick { time: number; label: string }

/** `scale` is pixels a millisecond. Where a day begins, the day is told. */
export function ticksOf(from: number, until: number, scale: number): Tick[] {
  const step = kSteps.find((each) => each * scale > kApart) ?? kSteps[kSteps.length - 1];
  const list: Tick[] = [];
  for (let time = Math.ceil(from / step) * step; time < until && list.length < 200; time += step) list.push({ time, label: labelOf(new Date(time), step) });
  return list;
}

function labelOf(time: Date, step: number): string {
  if (step >= kDay) return day(time);
  const text = clock(time);
  return step >= kHour && text === '00:00:00' ? day(time).slice(5) : text.slice(0, step < kMinute ? 8 : 5);
}
