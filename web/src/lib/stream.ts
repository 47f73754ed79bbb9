// Live events over fetch: not reading is back-pressure, and the number of the last event resumes a broken stream.
import { apiUrl, ApiError } from './api';
import { count } from './format';

/** Events that were not sent. Their numbers are known while the server runs on; of a restart that went wrong not even how many. */
export interface Gap { gap: true; from?: string; to?: string; count?: number; why: 'slow reader' | 'restart'; after?: string }
export function wordsOf(gap: Gap): string {
  if (gap.why !== 'restart') return `${count(gap.count ?? 0)} events passed by here, number ${gap.from} to ${gap.to}: they came faster than this page read`;
  return gap.count === undefined ? 'The server was started anew here; how many events passed by is not known' : `${count(gap.count)} events passed by here, while the server was started anew`;
}
/** What came: an event as its JSON, which is read when somebody looks at it (of thousands a second few are), or a gap. */
export type Arrival = string | Gap;
export interface StreamHandlers {
  /** `size` is that of the text that they came as. */
  events(arrivals: Arrival[], size: number): void;
  state(state: 'open' | 'lost', why?: string): void;
  refused(error: ApiError): void;
}

export class LiveStream {
  private last = '';
  private controller?: AbortController;
  private stopped = false;

  constructor(private query: string, private handlers: StreamHandlers, private recent: number, after = '') {
    this.last = after;
    void this.run();
  }

  get place() {
    return this.last;
  }

  stop() {
    this.stopped = true;
    this.controller?.abort();
  }

  private async run() {
    for (let wait = 500; !this.stopped; wait = Math.min(wait * 2, 15_000)) {
      try {
        this.controller = new AbortController();
        const answer = await fetch(apiUrl('live', { q: this.query, after: this.last, recent: this.last ? undefined : this.recent }), { signal: this.controller.signal, headers: { Accept: 'text/event-stream' } });
        if (!answer.ok || !answer.body) {
          const body = await answer.json().catch(() => undefined);
          this.handlers.refused(new ApiError(answer.status, body?.error?.code ?? 'http', body?.error?.message ?? `status ${answer.status}`, body?.error?.query));
          if (answer.status >= 400 && answer.status < 500) return;
        } else {
          this.handlers.state('open');
          wait = 500;
          await this.read(answer.body);
        }
      } catch {
        // Tried again below.
      }
      if (this.stopped) return;
      this.handlers.state('lost', 'The connection to the server is lost; trying again.');
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }

  private async read(body: ReadableStream<Uint8Array>) {
    const reader = body.pipeThrough(new TextDecoderStream() as unknown as ReadableWritablePair<string, Uint8Array>).getReader();
    let rest = '';
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      rest += value;
      const arrivals: Arrival[] = [];
      let begin = 0;
      for (let end = rest.indexOf('\n\n'); end >= 0; end = rest.indexOf('\n\n', begin)) {
        this.record(rest.slice(begin, end), arrivals);
        begin = end + 2;
      }
      rest = rest.slice(begin);
      if (arrivals.length) this.handlers.events(arrivals, begin);
    }
  }

  private record(text: string, arrivals: Arrival[]) {
    let kind = '';
    let data = '';
    for (const line of text.split('\n')) {
      if (line.startsWith('id: ')) this.last = line.slice(4);
      else if (line.startsWith('event: ')) kind = line.slice(7);
      else if (line.startsWith('data: ')) data += line.slice(6);
    }
    if (!data || kind === 'alive') return;
    arrivals.push(kind === 'gap' ? { ...JSON.parse(data), gap: true } : data);
  }
}
