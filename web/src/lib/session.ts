import type { Evidence, Finding, Link, Process, SessionRow, TrailBack } from './api';

export interface WholeSession {
  row: SessionRow; phrase: string; facts: { name: string; value: string; meaning: string }[]; evidence: Evidence[]; trail: TrailBack; links: Link[];
  processes: Process[]; process_total: number; findings: Finding[];
}
export interface TrailAround { session: string; back: TrailBack; sessions: SessionRow[]; links: Link[]; left_out: number }
