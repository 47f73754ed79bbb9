// Ring: the newest so many rows of something that never ends. A row keeps its number while older ones go.

const kSlack = 1.1; // rows go in portions: taking the first off an array moves all others

export class Ring<T> {
  rows: T[] = [];
  /** How many have gone: the number of the first row that is there. */
  gone = 0;

  constructor(private most: number) {}

  push(rows: T[]) {
    for (const row of rows) this.rows.push(row);
    if (this.rows.length > this.most * kSlack) {
      const many = this.rows.length - this.most;
      this.rows.splice(0, many);
      this.gone += many;
    }
  }
  clear() {
    this.gone += this.rows.length;
    this.rows = [];
  }
}
