// The picture of lanes on a canvas: lanes, bars and what they are called, arrows and how they came about, the times above.
import type { Link } from './api';
import { clock, day, endOf, plain, span, startOf, words } from './format';
import { barTop, cornersOf, type Arrow, type Bar, type Layout, type Point } from './lanes';
import { ticksOf } from './ticks';

export const kLabel = 92; // the column of hosts
export const kAxis = 22;
const kLeastName = 34; // of the words about a bar; less says nothing

export interface Picture {
  layout: Layout; arrows: Arrow[]; from: number; until: number; width: number; height: number; scrollTop: number;
  selected: string; marked: string; selectedLink?: Link; hoverLink?: Link;
}

const kDashes: Record<string, number[]> = { certain: [], strong: [], probable: [5, 3], weak: [2, 3] };

export const scaleOf = (width: number, from: number, until: number) => (width - kLabel - 8) / Math.max(1, until - from);

export const widthOf = (bar: Bar, scale: number) => Math.max(4, (bar.until - bar.from) * scale);

export function draw(c: CanvasRenderingContext2D, picture: Picture, color: (name: string) => string, family: string) {
  const { layout, arrows, width: w, height: h, scrollTop } = picture;
  const scale = scaleOf(w, picture.from, picture.until);
  const x = (time: number) => kLabel + (time - picture.from) * scale;
  const ticks = ticksOf(picture.from, picture.until, scale);
  const seen = (bar: Bar) => barTop(layout, bar) + layout.bar >= scrollTop && barTop(layout, bar) <= scrollTop + h && x(bar.from) <= w && x(bar.from) + widthOf(bar, scale) >= kLabel;

  c.clearRect(0, 0, w, h);
  c.textBaseline = 'middle';
  c.save();
  c.beginPath();
  c.rect(0, kAxis, w, h - kAxis);
  c.clip();
  c.translate(0, kAxis - scrollTop);
  layout.lanes.forEach((lane, i) => {
    if (i % 2 !== 0) return;
    c.fillStyle = color('inset');
    c.globalAlpha = 0.6;
    c.fillRect(0, lane.top, w, layout.head + lane.rows * (layout.bar + layout.gap) + 6);
    c.globalAlpha = 1;
  });
  c.strokeStyle = color('line');
  c.lineWidth = 1;
  for (const tick of ticks) line(c, [{ x: Math.round(x(tick.time)) + 0.5, y: scrollTop }, { x: Math.round(x(tick.time)) + 0.5, y: scrollTop + h }]);
  c.save();
  c.beginPath();
  c.rect(kLabel - 4, scrollTop, w - kLabel + 4, h);
  c.clip();
  const free = freeBehind(layout, x);
  // Where words stand: what says how a link came about goes elsewhere.
  const labels: { left: number; right: number; top: number; bottom: number }[] = [];
  for (const bar of layout.bars) if (seen(bar)) drawBar(bar);
  // The chosen arrow lies above the others.
  for (const arrow of arrows) if (arrow.link !== picture.selectedLink && arrow.link !== picture.hoverLink) drawArrow(arrow, false);
  for (const arrow of arrows) if (arrow.link === picture.selectedLink || arrow.link === picture.hoverLink) drawArrow(arrow, true);
  c.restore();
  c.font = `600 12px ${family}`;
  for (const lane of layout.lanes) {
    c.fillStyle = color('text');
    c.fillText(plain(lane.host).slice(0, 13), 12, lane.top + layout.head / 2 + 4);
  }
  c.restore();
  drawAxis();
  if (layout.height > h - kAxis) drawScrollBar();

  function drawBar(bar: Bar) {
    const top = barTop(layout, bar);
    const left = x(bar.from);
    const width = widthOf(bar, scale);
    const tone = color(bar.session.type) || color('other-type');
    const chosen = bar.session.name === picture.selected;
    const marked = bar.session.name === picture.marked;
    c.fillStyle = tone;
    c.globalAlpha = chosen || marked ? 0.5 : 0.26;
    c.beginPath();
    c.roundRect(left, top, width, layout.bar, 4);
    c.fill();
    c.globalAlpha = 1;
    // A dashed edge: where a begin or an end is not in the logs.
    c.strokeStyle = chosen ? color('text') : tone;
    c.lineWidth = chosen ? 1.6 : 1;
    c.setLineDash(bar.fuzzy ? [3, 2] : []);
    c.stroke();
    c.setLineDash([]);
    c.fillStyle = tone;
    if (!bar.fuzzy) c.fillRect(left, top + 1, 3, layout.bar - 2);
    if (bar.open && width > 10) {
      c.beginPath();
      c.moveTo(left + width - 1, top + layout.bar / 2 - 5);
      c.lineTo(left + width + 6, top + layout.bar / 2);
      c.lineTo(left + width - 1, top + layout.bar / 2 + 5);
      c.fill();
    }
    nameBar(bar, left, top, width);
  }

  function nameBar(bar: Bar, left: number, top: number, width: number) {
    const session = bar.session;
    const name = plain(session.user || session.logon_id);
    const start = startOf(session);
    const rest = layout.roomy
      ? [words(session.type), session.start ? clock(new Date(start!)) : `before ${clock(new Date(start!))}`, session.end ? span(Date.parse(endOf(session)!) - Date.parse(start!)) : 'open'].join(' · ')
      : '';
    const nameFont = layout.roomy ? `600 12.5px ${family}` : `11.5px ${family}`;
    c.font = nameFont;
    let wanted = c.measureText(name).width;
    c.font = `11px ${family}`;
    if (rest) wanted = Math.max(wanted, c.measureText(rest).width);
    const begin = Math.max(left, kLabel) + 9;
    const inside = left + width - begin - 4;
    const behind = left + width + (bar.open ? 10 : 6);
    const beyond = Math.min(free.get(bar)! - 6, w - 4) - behind; // the next bar of the row is not touched
    const outside = inside < wanted && beyond > Math.max(inside, Math.min(wanted, 60));
    const [at, room] = outside ? [behind, beyond] : [begin, inside];
    if (room < Math.min(wanted, kLeastName)) return;
    c.font = nameFont;
    c.fillStyle = color('text');
    c.fillText(fitted(c, name, room), at, top + (rest ? layout.bar / 2 - 7 : layout.bar / 2 + 0.5));
    if (rest) {
      c.font = `11px ${family}`;
      c.fillStyle = outside ? color('muted') : color('text');
      c.fillText(fitted(c, rest, room), at, top + layout.bar / 2 + 8.5);
    }
    labels.push({ left: at, right: at + Math.min(wanted, room), top, bottom: top + layout.bar });
  }

  function drawArrow(arrow: Arrow, chosen: boolean) {
    const corners = cornersOf(layout, arrow, { x, width: (bar) => widthOf(bar, scale) });
    const [before, tip] = corners.slice(-2);
    c.strokeStyle = c.fillStyle = chosen ? color('select-line') : color('muted');
    c.lineWidth = chosen ? 2.2 : 1.3;
    c.setLineDash(kDashes[arrow.link.strength.toLowerCase()] ?? []);
    line(c, corners, 5);
    c.setLineDash([]);
    const [dx, dy] = [Math.sign(tip.x - before.x), Math.sign(tip.y - before.y)];
    c.beginPath();
    c.moveTo(tip.x, tip.y);
    c.lineTo(tip.x - 7 * dx - 4 * dy, tip.y - 7 * dy - 4 * dx);
    c.lineTo(tip.x - 7 * dx + 4 * dy, tip.y - 7 * dy + 4 * dx);
    c.fill();
    if (!layout.roomy) return;
    // How it came about stands before the front of the bar, in its own row, where nothing else is; else before the tip.
    const label = arrow.link.manner;
    c.font = `600 11px ${family}`;
    const size = c.measureText(label).width + 10;
    const front = x(arrow.to.from) > kLabel + size;
    const [right, middle] = front ? [Math.min(corners[0].x, x(arrow.to.from) - 9) - 5, barTop(layout, arrow.to) + layout.bar / 2] : [Math.max(kLabel + size + 4, tip.x - 6), tip.y - 11 * dy];
    const room = [0, 18, -18, 36, -36].map((by) => ({ left: right - size, right, top: middle + by - 8.5, bottom: middle + by + 8.5 }));
    const place = room.find((one) => labels.every((other) => one.right < other.left || one.left > other.right || one.bottom <= other.top || one.top >= other.bottom)) ?? room[0];
    labels.push(place);
    c.fillStyle = chosen ? color('select') : color('raised');
    c.strokeStyle = chosen ? color('select-line') : color('line-strong');
    c.lineWidth = 1;
    c.beginPath();
    c.roundRect(place.left, place.top, size, 17, 8.5);
    c.fill();
    c.stroke();
    c.fillStyle = color('text');
    c.fillText(label, place.left + 5, place.top + 9);
  }

  function drawAxis() {
    c.fillStyle = color('panel');
    c.fillRect(0, 0, w, kAxis);
    c.strokeStyle = color('line');
    c.lineWidth = 1;
    line(c, [{ x: 0, y: kAxis + 0.5 }, { x: w, y: kAxis + 0.5 }]);
    c.fillStyle = color('muted');
    c.font = `11px ${family}`;
    c.fillText(day(new Date(picture.from)), 12, 11);
    for (const tick of ticks) if (x(tick.time) < w - 40 && x(tick.time) > kLabel - 4) c.fillText(tick.label, x(tick.time) + 4, 11);
  }

  function drawScrollBar() {
    const tall = h - kAxis;
    const thumb = Math.max(24, (tall * tall) / layout.height);
    c.fillStyle = color('line-strong');
    c.beginPath();
    c.roundRect(w - 6, kAxis + (scrollTop / Math.max(1, layout.height - tall)) * (tall - thumb), 4, thumb, 2);
    c.fill();
  }
}

/** A text in the font that is set, shortened to what there is room for. */
function fitted(c: CanvasRenderingContext2D, text: string, room: number): string {
  if (c.measureText(text).width <= room) return text;
  let [fits, most] = [0, text.length];
  while (fits + 1 < most) {
    const length = (fits + most) >> 1;
    if (c.measureText(`${text.slice(0, length)}…`).width <= room) fits = length;
    else most = length;
  }
  return `${text.slice(0, fits).trimEnd()}…`;
}

/** How far to the right of each bar its row is free. */
function freeBehind(layout: Layout, x: (time: number) => number): Map<Bar, number> {
  const free = new Map<Bar, number>();
  const later = new Map<string, number>();
  for (const bar of layout.bars.toReversed()) {
    const row = `${bar.lane}:${bar.row}`;
    free.set(bar, x(later.get(row) ?? Infinity));
    later.set(row, bar.from);
  }
  return free;
}

/** A line of corners, each of them rounded. */
function line(c: CanvasRenderingContext2D, corners: Point[], radius = 0) {
  c.beginPath();
  c.moveTo(corners[0].x, corners[0].y);
  for (let i = 1; i < corners.length - 1; i++) c.arcTo(corners[i].x, corners[i].y, corners[i + 1].x, corners[i + 1].y, radius);
  c.lineTo(corners[corners.length - 1].x, corners[corners.length - 1].y);
  c.stroke();
}
