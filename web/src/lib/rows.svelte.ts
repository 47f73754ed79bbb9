// Rows: a window on a result of any length. Rows come in blocks by their number; the blocks looked at last are kept.

const kBlock = 200;
const kKept = 40;

interface Block<T> { rows: T[]; stale: boolean; asked: boolean }
export interface Page<T> { total: number; rows: T[] }

export class Rows<T, P extends Page<T> = Page<T>> {
  total = $state(0);
  version = $state(0);
  /** The page that came last, for what it says besides its rows. */
  page = $state.raw<P | undefined>();
  private blocks = new Map<number, Block<T>>();
  private controller = new AbortController();

  /** `fetchBlock` may hand an old answer to `meanwhile` before it has the new one. */
  constructor(private fetchBlock: (row: number, limit: number, signal: AbortSignal, meanwhile: (page: P) => void) => Promise<P>, private failed: (error: unknown) => void) {}

  row(index: number): T | undefined {
    void this.version;
    const number = Math.floor(index / kBlock);
    const block = this.blocks.get(number);
    if (!block || (block.stale && !block.asked)) void this.load(number);
    return block?.rows[index - number * kBlock];
  }

  /** The number of the first row so far read that is meant; -1 when none is. */
  find(meant: (row: T) => boolean): number {
    void this.version;
    for (const [number, block] of this.blocks) {
      const at = block.rows.findIndex(meant);
      if (at >= 0) return number * kBlock + at;
    }
    return -1;
  }

  /** Starts over: the question has changed. */
  reset() {
    this.dispose();
    this.controller = new AbortController();
    this.blocks.clear();
    return this.load(0);
  }

  /** Asks the same again: the answers have changed. What is shown stays until the new rows are there. */
  refresh() {
    for (const block of this.blocks.values()) block.stale = true;
    this.version++;
  }

  dispose() {
    this.controller.abort();
  }

  private async load(number: number) {
    const block = this.blocks.get(number) ?? { rows: [], stale: false, asked: false };
    block.asked = true;
    this.blocks.set(number, block);
    const signal = this.controller.signal;
    try {
      const page = await this.fetchBlock(number * kBlock, kBlock, signal, (old) => this.take(number, old, true));
      if (!signal.aborted) this.take(number, page, false);
    } catch (error) {
      if (signal.aborted) return;
      this.blocks.delete(number);
      this.failed(error);
    }
  }

  private take(number: number, page: P, asked: boolean) {
    this.blocks.delete(number);
    this.blocks.set(number, { rows: page.rows, stale: false, asked });
    for (const oldest of this.blocks.keys()) {
      if (this.blocks.size <= kKept) break;
      this.blocks.delete(oldest);
    }
    this.page = page;
    this.total = page.total;
    this.version++;
  }
}
