// What stands in the cells of a table of events.
import type { EventRow } from './api';
import { baseName, moment, words } from './format';

export function cellText(row: EventRow, column: string): string {
  switch (column) {
    case 'time': return moment(row.time, true);
    case 'clock': return moment(row.time, true).slice(11);
    case 'host': return row.host;
    case 'kind': return words(row.kind);
    case 'user': return row.user ?? '';
    case 'session': return row.session ?? '';
    case 'process': return row.image ? `${baseName(row.image)}${row.pid ? ` ${row.pid}` : ''}` : row.pid ? String(row.pid) : '';
    case 'other': return row.adopted_user ?? '';
    case 'text': return row.text;
    case 'outcome': return row.outcome ?? '';
    case 'id': return row.id ? String(row.id) : '';
    case 'channel': return row.channel;
    case 'seq': return row.seq;
    default: return row.values?.[column] ?? (row as { fields?: { name: string; value: string }[] }).fields?.find((field) => field.name === column)?.value ?? '';
  }
}

/** Whether a row holds a text; "user: root" asks one column alone. */
export function holds(row: EventRow, wanted: string, columns: readonly string[]): boolean {
  const named = /^([\w.-]+):\s*(.+)$/.exec(wanted);
  if (named && columns.includes(named[1])) return cellText(row, named[1]).toLowerCase().includes(named[2].toLowerCase());
  const text = wanted.toLowerCase();
  return `${row.kind} ${words(row.kind)} ${row.user ?? ''} ${row.host} ${row.session ?? ''} ${row.image ?? ''} ${row.pid ?? ''} ${row.text}`.toLowerCase().includes(text);
}
