// The server's answers, typed, and what goes wrong with them.

export interface EventRow {
  at: string; time: string; host: string; kind: string; channel: string; id?: number; seq: string; outcome?: string; quality?: string;
  user?: string; session?: string; session_type?: string; adopted?: string; adopted_user?: string; pid?: number; image?: string; text: string;
  values?: Record<string, string>;
}
export interface EventField { name: string; value: string; words?: string; meaning?: string }
export interface WholeEvent extends EventRow { title: string; fields: EventField[] }
export interface SessionRow {
  name: string; host: string; logon_id: string; user: string; type: string; origin: string; human: boolean; start?: string; end?: string;
  end_reason?: string; first_seen?: string; last_seen?: string; address?: string; workstation?: string; package?: string; elevated?: boolean;
  linked?: string; outbound?: string; processes: number; events: number; links_in: number; links_out: number;
}
/** Counts of sessions over time, by host; `from` is absent when there are none. */
export interface Density { total: number; hidden: number; of: number; from?: string; until?: string; width_ms: number; lanes: { host: string; sessions: number; counts: number[] }[] }
export interface Process {
  key: number; host: string; pid: number; image?: string; command_line?: string; user?: string; integrity?: string; session?: string;
  parent?: number; parent_pid?: number; parent_image?: string; start?: string; end?: string; first_seen?: string; last_seen?: string; exit_code?: string;
}
export interface Evidence { host: string; channel: string; id: number; seq: string; time: string }
export interface Link { from: string; to: string; kind: string; manner: string; strength: string; reason: string; process?: Process; evidence: Evidence[] }
export interface TrailBack {
  sentence: string; parts: string[]; strength: string; complete: boolean; ending: string; first_human?: string; enters_from?: string;
  steps: { session: string; phrase: string; manner?: string; strength?: string }[];
}
export interface Finding {
  rule: string; title: string; technique: string; severity: string; host: string; first: string; last: string; text: string; count: number;
  sessions: string[]; evidence: Evidence[];
}
export interface Problem { code: string; message: string; hint?: string; begin: number; end: number }

export class ApiError extends Error {
  constructor(readonly status: number, readonly code: string, message: string, readonly problem?: Problem) {
    super(message);
  }
}

const kComeAgain = 500; // ms
const kRenewal = 1000; // ms, until an answer that was old is asked for again

type Query = Record<string, string | number | undefined | null>;

export function apiUrl(path: string, query: Query = {}): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined && value !== null && value !== '') params.set(name, String(value));
  const text = params.toString();
  return `/api/v1/${path}${text ? `?${text}` : ''}`;
}

async function failure(answer: Response): Promise<ApiError> {
  try {
    const { error } = await answer.json();
    return new ApiError(answer.status, error.code, error.message, error.query);
  } catch {
    return new ApiError(answer.status, 'http', `The server answered with status ${answer.status}.`);
  }
}

/** Gives an answer to `take`; first an old one, if that is what the server has, and the new one when it is there. */
export async function renewed<T>(path: string, query: Query, signal: AbortSignal, take: (value: T) => void): Promise<T> {
  for (;;) {
    let renewing = false;
    const value = await request<T>('GET', path, query, signal, (answer) => (renewing = answer.headers.has('Spoor-Renewing')));
    if (!renewing) return value;
    take(value);
    await new Promise((resolve) => setTimeout(resolve, kRenewal));
    signal.throwIfAborted();
  }
}

export async function request<T>(method: string, path: string, query: Query = {}, signal?: AbortSignal, look?: (answer: Response) => void): Promise<T> {
  for (;;) {
    let answer: Response;
    try {
      answer = await fetch(apiUrl(path, query), { method, signal });
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new ApiError(0, 'unreachable', 'The server does not answer. Is spoor serve still running?');
    }
    if (answer.ok) {
      look?.(answer);
      return (await answer.json()) as T;
    }
    const failed = await failure(answer);
    if (failed.code !== 'busy' || method !== 'GET') throw failed;
    // A server that was just started still reads what it knows of sessions; its status says when it has.
    for (let read = false; !read; ) {
      await new Promise((resolve) => setTimeout(resolve, kComeAgain));
      signal?.throwIfAborted();
      read = (await request<{ sessions_read: boolean }>('GET', 'status', {}, signal)).sessions_read;
    }
  }
}

export const get = <T>(path: string, query: Query = {}, signal?: AbortSignal) => request<T>('GET', path, query, signal);
