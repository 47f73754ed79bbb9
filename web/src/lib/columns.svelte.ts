// Columns: which a table shows, in what order and how wide; remembered in this browser, and told by an address that is shared.
import { change, place } from './router.svelte';

/** `grow` is how wide a column may become where there is room: all of it ("1fr"), or so much ("320px"). */
export interface Column { id: string; label: string; width: number; grow?: string; align?: 'right'; mono?: boolean; sort?: string }
interface Remembered { shown: string[]; widths: Record<string, number> }

const kButton = 28; // room behind the last column, for the button that chooses
const kFieldName = /^[A-Za-z_][\w.-]{0,99}$/;

export class Columns {
  shown = $state<string[]>([]);
  widths = $state<Record<string, number>>({});

  /** `fields`: the name of any field is a column, too. */
  constructor(private key: string, public all: Column[], private first: string[], private fields = false) {
    let kept: Partial<Remembered> = {};
    try {
      kept = JSON.parse(localStorage.getItem(`columns.${key}`) ?? '{}');
    } catch {
      // Someone else's text under our key: start anew.
    }
    const wanted = place.get('cols') ? place.get('cols').split(',') : Array.isArray(kept.shown) ? kept.shown : [];
    const known = [...new Set(wanted)].filter((id) => this.learn(id));
    this.shown = known.length ? known : [...first];
    this.widths = kept.widths ?? {};
  }

  get list(): Column[] {
    return this.shown.map((id) => this.all.find((column) => column.id === id)!).map((column) => ({ ...column, width: this.widths[column.id] ?? column.width }));
  }
  /** For CSS. */
  template(): string {
    const upTo = (column: Column) => (column.grow && !this.widths[column.id] ? column.grow : undefined);
    return [...this.list.map((column) => (upTo(column) ? `minmax(${column.width}px, ${upTo(column)})` : `${column.width}px`)), `minmax(${kButton}px, auto)`].join(' ');
  }
  /** What the columns take at the least. */
  width(): number {
    return this.list.reduce((sum, column) => sum + column.width, kButton);
  }
  /** The choice as an address tells it; empty for the one that everybody has. */
  get told(): string {
    return this.shown.join() === this.first.join() ? '' : this.shown.join();
  }
  resize(id: string, width: number) {
    this.widths[id] = Math.max(40, Math.round(width));
    this.save();
  }
  toggle(id: string) {
    if (this.shown.includes(id)) this.shown = this.shown.filter((each) => each !== id);
    else if (this.learn(id)) this.shown = [...this.shown, id];
    if (this.shown.length === 0) this.shown = [...this.first];
    this.save();
  }
  /** Puts a column before another, or last. */
  move(id: string, before?: string) {
    const rest = this.shown.filter((each) => each !== id);
    rest.splice(before !== undefined && rest.includes(before) ? rest.indexOf(before) : rest.length, 0, id);
    this.shown = rest;
    this.save();
  }
  reset() {
    this.shown = [...this.first];
    this.widths = {};
    this.save();
  }
  private learn(id: string): boolean {
    if (this.all.some((column) => column.id === id)) return true;
    if (!this.fields || !kFieldName.test(id)) return false;
    this.all.push({ id, label: id, width: 160, mono: true });
    return true;
  }
  private save() {
    localStorage.setItem(`columns.${this.key}`, JSON.stringify({ shown: this.shown, widths: this.widths } satisfies Remembered));
    if (place.get('cols')) change({ cols: this.told }, 'replace');
  }
}
