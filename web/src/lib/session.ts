import { href } from './router.svelte';
import type { Evidence, Finding, Link, Process, SessionRow, TrailBack } from './api';

export interface WholeSession {
  row: SessionRow; phrase: string; facts: { name: string; value: string; meaning: string }[]; evidence: Evidence[]; trail: TrailBack; links: Link[];
  processes: Process[]; process_total: number; findings: Finding[];
}
export interface TrailAround { session: string; process?: Process; back: TrailBack; sessions: SessionRow[]; links: Link[]; left_out: number }

/** The trail of the process of that number that ran at a time in a session. */
export const trailOf = (session: string, pid: number, time: string | undefined) =>
  href(`/trail/${encodeURIComponent(session)}`, { process: time ? `${pid}@${time}` : pid });
