// The layout of sessions as bars in lanes: a lane for each host, rows within it so that no two bars overlap.
import type { Link, SessionRow } from './api';
import { endOf, startOf } from './format';

export interface Bar { session: SessionRow; lane: number; row: number; from: number; until: number; open: boolean; fuzzy: boolean }
export interface Lane { host: string; top: number; rows: number }
export interface Layout { lanes: Lane[]; bars: Bar[]; byName: Map<string, Bar>; height: number; from: number; until: number }

export const kBar = 18;
export const kGap = 4;
export const kLaneHead = 22;

export function layOut(sessions: SessionRow[]): Layout {
  const timed = sessions
    .map((session) => ({ session, from: Date.parse(startOf(session) ?? ''), until: Date.parse(endOf(session) ?? '') }))
    .filter((each) => !isNaN(each.from))
    .map((each) => ({ ...each, until: isNaN(each.until) ? each.from : Math.max(each.until, each.from) }))
    .sort((a, b) => a.from - b.from || b.until - a.until);
  // SYSTEM and its like run from boot: what is shown at first is the time of the others.
  const passing = timed.filter((each) => each.session.origin !== 'well_known');
  const framed = passing.length > 0 ? passing : timed;
  let from = framed.reduce((min, each) => Math.min(min, each.from), Infinity);
  let until = framed.reduce((max, each) => Math.max(max, each.until), -Infinity);
  if (!isFinite(from)) [from, until] = [0, 1];
  const margin = Math.max((until - from) * 0.02, 500);
  from -= margin;
  until += margin;

  // Hosts in the order in which they first appear: the story reads downwards.
  const hosts = [...new Set(timed.map((each) => each.session.host))];
  const bars: Bar[] = [];
  const lanes: Lane[] = [];
  const least = (until - from) / 90; // a bar takes as much room as its name wants, roughly
  let top = 0;
  hosts.forEach((host, lane) => {
    const ends: number[] = [];
    for (const each of timed) {
      if (each.session.host !== host) continue;
      let row = ends.findIndex((end) => end <= each.from);
      if (row < 0) row = ends.length;
      ends[row] = Math.max(each.until, each.from + least);
      bars.push({ ...each, lane, row, open: !each.session.end, fuzzy: !each.session.start });
    }
    lanes.push({ host, top, rows: ends.length });
    top += kLaneHead + ends.length * (kBar + kGap) + 6;
  });
  return { lanes, bars, byName: new Map(bars.map((bar) => [bar.session.name, bar])), height: top, from, until };
}

export const barTop = (layout: Layout, bar: Bar) => layout.lanes[bar.lane].top + kLaneHead + bar.row * (kBar + kGap);

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
