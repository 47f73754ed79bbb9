// Ring: the newest rows of something that never ends: so many, and of so much text. A row keeps its number while older ones go.

const kSlack = 1.1; // rows go many at a time: taking the first off an array moves all others

export class Ring<T> {
  rows: T[] = [];
  /** How many have gone: the number of the first row that is there. */
  gone = 0;
  private portions: { rows: number; size: number }[] = [];
  private size = 0;

  constructor(private most: number, private mostSize: number) {}

  /** `size` is that of the text which the rows came as. */
  push(rows: T[], size: number) {
    for (const row of rows) this.rows.push(row);
    this.portions.push({ rows: rows.length, size });
    this.size += size;
    if (this.rows.length > this.most * kSlack || this.size > this.mostSize * kSlack) this.trim();
  }
  private trim() {
    let many = 0;
    let portions = 0;
    while (portions < this.portions.length - 1 && (this.rows.length - many > this.most || this.size > this.mostSize)) {
      many += this.portions[portions].rows;
      this.size -= this.portions[portions].size;
      portions++;
    }
    this.portions.splice(0, portions);
    this.rows.splice(0, many);
    this.gone += many;
  }
  clear() {
    this.gone += this.rows.length;
    this.rows = [];
    this.portions = [];
    this.size = 0;
  }
}
