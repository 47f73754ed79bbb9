// Columns: which a table shows, in what order and how wide; remembered in this browser.

export interface Column { id: string; label: string; width: number; grow?: boolean; align?: 'right'; mono?: boolean; sort?: string }
interface Remembered { shown: string[]; widths: Record<string, number> }

export class Columns {
  shown = $state<string[]>([]);
  widths = $state<Record<string, number>>({});

  constructor(private key: string, public all: Column[], private first: string[]) {
    let kept: Partial<Remembered> = {};
    try {
      kept = JSON.parse(localStorage.getItem(`columns.${key}`) ?? '{}');
    } catch {
      // Someone else's text under our key: start anew.
    }
    const known = (kept.shown ?? []).filter((id) => all.some((column) => column.id === id));
    this.shown = known.length ? known : [...first];
    this.widths = kept.widths ?? {};
  }

  get list(): Column[] {
    return this.shown.map((id) => this.all.find((column) => column.id === id)!).map((column) => ({ ...column, width: this.widths[column.id] ?? column.width }));
  }
  /** Columns that are not in the row itself: fields to ask for. */
  template(): string {
    return this.list.map((column) => (column.grow && !this.widths[column.id] ? `minmax(${column.width}px, 1fr)` : `${column.width}px`)).join(' ');
  }
  resize(id: string, width: number) {
    this.widths[id] = Math.max(40, Math.round(width));
    this.save();
  }
  toggle(id: string) {
    this.shown = this.shown.includes(id) ? this.shown.filter((each) => each !== id) : [...this.shown, id];
    if (this.shown.length === 0) this.shown = [...this.first];
    this.save();
  }
  move(id: string, before: string) {
    const rest = this.shown.filter((each) => each !== id);
    rest.splice(rest.indexOf(before), 0, id);
    this.shown = rest;
    this.save();
  }
  reset() {
    this.shown = [...this.first];
    this.widths = {};
    this.save();
  }
  private save() {
    localStorage.setItem(`columns.${this.key}`, JSON.stringify({ shown: this.shown, widths: this.widths } satisfies Remembered));
  }
}
