// The layout of sessions as bars in lanes: a lane for each host. Many sessions are packed, so that no two bars of a row
// overlap; the few of a trail get a row each, from cause to effect, with room for words.
import type { Link, SessionRow } from './api';
import { endOf, startOf } from './format';

export interface Bar { session: SessionRow; lane: number; row: number; from: number; until: number; open: boolean; fuzzy: boolean }
export interface Lane { host: string; top: number; rows: number }
export interface Layout { lanes: Lane[]; bars: Bar[]; byName: Map<string, Bar>; height: number; from: number; until: number; roomy: boolean; bar: number; gap: number; head: number }

/** More sessions than that are packed, however they are asked for. */
const kMostRoomy = 40;

export function layOut(sessions: SessionRow[], links: Link[] = [], asTrail = false): Layout {
  const roomy = asTrail && sessions.length <= kMostRoomy;
  const [bar, gap, head] = roomy ? [36, 8, 26] : [18, 4, 22];
  const timed = sessions
    .map((session) => ({ session, from: Date.parse(startOf(session) ?? ''), until: Date.parse(endOf(session) ?? '') }))
    .filter((each) => !isNaN(each.from))
    .map((each) => ({ ...each, until: isNaN(each.until) ? each.from : Math.max(each.until, each.from) }));
  // SYSTEM and its like run from boot: what is shown at first is the time of the others, and their place in a story is
  // where it reaches them.
  const reached = new Map<string, number>();
  for (const link of links) {
    const times = link.evidence.map((each) => Date.parse(each.time)).filter((time) => !isNaN(time));
    if (times.length) reached.set(link.to, Math.min(reached.get(link.to) ?? Infinity, Math.max(...times)));
  }
  const enters = (each: { session: SessionRow; from: number }) => (each.session.origin === 'well_known' ? (reached.get(each.session.name) ?? each.from) : each.from);
  timed.sort((a, b) => enters(a) - enters(b) || b.until - a.until || a.session.name.localeCompare(b.session.name));
  const passing = timed.filter((each) => each.session.origin !== 'well_known');
  const framed = passing.length > 0 ? passing : timed;
  let from = framed.reduce((min, each) => Math.min(min, each.from), Infinity);
  let until = framed.reduce((max, each) => Math.max(max, each.until), -Infinity);
  if (!isFinite(from)) [from, until] = [0, 1];
  const margin = Math.max((until - from) * 0.02, 500);
  // Words stand before a bar of a trail (how it came about) and behind it (who it is).
  from -= roomy ? margin * 4 : margin;
  until += roomy ? margin * 9 : margin;

  // Hosts in the order in which the story reaches them: it reads downwards.
  const hosts = [...new Set(timed.map((each) => each.session.host))];
  const bars: Bar[] = [];
  const lanes: Lane[] = [];
  const least = (until - from) / 90; // a bar takes as much room as its name wants, roughly
  let top = 0;
  hosts.forEach((host, lane) => {
    const ends: number[] = [];
    for (const each of timed) {
      if (each.session.host !== host) continue;
      let row = roomy ? -1 : ends.findIndex((end) => end <= each.from);
      if (row < 0) row = ends.length;
      ends[row] = Math.max(each.until, each.from + least);
      bars.push({ ...each, lane, row, open: !each.session.end, fuzzy: !each.session.start });
    }
    lanes.push({ host, top, rows: ends.length });
    top += head + ends.length * (bar + gap) + 6;
  });
  return { lanes, bars, byName: new Map(bars.map((each) => [each.session.name, each])), height: top, from, until, roomy, bar, gap, head };
}

export const barTop = (layout: Layout, bar: Bar) => layout.lanes[bar.lane].top + layout.head + bar.row * (layout.bar + layout.gap);

/** When a link was made: by its last record, which is the new session's own; else when that session began. */
export function momentOf(link: Link, to: Bar): number {
  const times = link.evidence.map((each) => Date.parse(each.time)).filter((time) => !isNaN(time));
  return times.length ? Math.max(to.from, Math.min(to.until, Math.max(...times))) : to.from;
}

export interface Arrow { link: Link; from: Bar; to: Bar; at: number }
export function arrowsOf(layout: Layout, links: Link[]): Arrow[] {
  return links.flatMap((link) => {
    const from = layout.byName.get(link.from);
    const to = layout.byName.get(link.to);
    return from && to && from !== to ? [{ link, from, to, at: momentOf(link, to) }] : [];
  });
}

export interface Point { x: number; y: number }
/** Where things are on the screen: x of a time, and the width of a bar. */
export interface Scale { x: (time: number) => number; width: (bar: Bar) => number }

/** The corners of an arrow, the last of them its tip: out of the bar it leaves at the moment of the link, into the bar it reaches. */
export function cornersOf(layout: Layout, arrow: Arrow, { x, width }: Scale): Point[] {
  const down = barTop(layout, arrow.to) > barTop(layout, arrow.from);
  const leaves = barTop(layout, arrow.from) + (down ? layout.bar : 0);
  const reaches = barTop(layout, arrow.to) + (down ? 0 : layout.bar);
  const middle = barTop(layout, arrow.to) + layout.bar / 2;
  const [left, right] = [x(arrow.from.from), x(arrow.from.from) + width(arrow.from)];
  const into = x(arrow.to.from);
  const starts = !arrow.to.fuzzy && Math.abs(x(arrow.at) - into) < 24;
  const turn = into - (layout.roomy ? 14 : 7);
  // Into the front of a bar that begins with it, where the bar it leaves is above or below that place;
  if (starts && turn >= left + 2) {
    const along = Math.min(turn, Math.max(left + 2, right - 2));
    return [{ x: along, y: leaves }, { x: along, y: middle }, { x: into - 1, y: middle }];
  }
  // else into its edge, at the moment of the link.
  const at = Math.min(Math.max(x(arrow.at) + (starts ? 9 : 0), into + 6), into + Math.max(width(arrow.to), 8) - 2);
  const along = Math.min(Math.max(at, left + 4), Math.max(left + 4, right - 2));
  if (Math.abs(along - at) < 1.5) return [{ x: at, y: leaves }, { x: at, y: reaches }];
  const halfway = reaches + (down ? -layout.gap : layout.gap);
  return [{ x: along, y: leaves }, { x: along, y: halfway }, { x: at, y: halfway }, { x: at, y: reaches }];
}

/** How far a point is from a line of corners. */
export function distanceTo(corners: Point[], x: number, y: number): number {
  let least = Infinity;
  for (let i = 1; i < corners.length; i++) {
    const [a, b] = [corners[i - 1], corners[i]];
    const length = (b.x - a.x) ** 2 + (b.y - a.y) ** 2;
    const t = length ? Math.max(0, Math.min(1, ((x - a.x) * (b.x - a.x) + (y - a.y) * (b.y - a.y)) / length)) : 0;
    least = Math.min(least, Math.hypot(a.x + t * (b.x - a.x) - x, a.y + t * (b.y - a.y) - y));
  }
  return least;
}
