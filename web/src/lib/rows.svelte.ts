// Rows: a window on a result of any length. Rows come in blocks by their number; the blocks looked at last are kept.

const kBlock = 200;
const kKept = 40;

export class Rows<T> {
  total = $state(0);
  version = $state(0);
  private blocks = new Map<number, T[] | 'asked'>();
  private controller = new AbortController();

  constructor(private fetchBlock: (row: number, limit: number, signal: AbortSignal) => Promise<{ total: number; rows: T[] }>, private failed: (error: unknown) => void) {}

  row(index: number): T | undefined {
    void this.version;
    const number = Math.floor(index / kBlock);
    const block = this.blocks.get(number);
    if (block === undefined) void this.load(number);
    if (!Array.isArray(block)) return undefined;
    return block[index - number * kBlock];
  }

  /** Starts over: the question has changed. */
  reset() {
    this.controller.abort();
    this.controller = new AbortController();
    this.blocks.clear();
    return this.load(0);
  }

  dispose() {
    this.controller.abort();
  }

  private async load(number: number) {
    this.blocks.set(number, 'asked');
    const signal = this.controller.signal;
    try {
      const page = await this.fetchBlock(number * kBlock, kBlock, signal);
      if (signal.aborted) return;
      this.blocks.delete(number);
      this.blocks.set(number, page.rows);
      for (const oldest of this.blocks.keys()) {
        if (this.blocks.size <= kKept) break;
        this.blocks.delete(oldest);
      }
      this.total = page.total;
      this.version++;
    } catch (error) {
      if (signal.aborted) return;
      this.blocks.delete(number);
      this.failed(error);
    }
  }
}
