// Pieces of filters, put together as text: the query in the address is the one truth, and buttons write into it.
import type { EventRow, SessionRow } from './api';

export function quoted(value: string): string {
  return /^[\w.-]+$/.test(value) && !/^(and|or|not)$/i.test(value) ? value : `"${value.replace(/(["\\])/g, '\\$1')}"`;
}

export const term = (field: string, value: string) => `${field}: ${quoted(value)}`;

/** Adds a condition to a query, once. */
export function narrowed(query: string, condition: string, how: 'include' | 'exclude'): string {
  const piece = how === 'include' ? condition : `not ${condition}`;
  const before = query.trim();
  if (!before) return piece;
  if (before.split(' and ').includes(piece)) return before;
  return /\bor\b/i.test(before) ? `(${before}) and ${piece}` : `${before} and ${piece}`;
}

/** "WS07:0x1a2b@..." as a condition on events. */
export function sessionCondition(name: string): string {
  const at = name.indexOf('@');
  const plain = at < 0 ? name : name.slice(0, at);
  const colon = plain.lastIndexOf(':');
  return `host: ${quoted(plain.slice(0, colon))} and session.id: ${plain.slice(colon + 1)}`;
}

/** The condition that a cell of an event's row stands for; none where a cell is no value. */
export function eventCondition(column: string, row: EventRow): string | undefined {
  switch (column) {
    case 'host': return term('host', row.host);
    case 'kind': return term('kind', row.kind);
    case 'user': return row.user ? (row.session ? term('session.account', row.user) : quoted(row.user)) : undefined;
    case 'session': return row.session ? `(${sessionCondition(row.session)})` : undefined;
    case 'channel': return term('channel', row.channel);
    case 'id': return row.id ? term('event_id', String(row.id)) : undefined;
    case 'process': return row.image ? term('process.image', row.image) : row.pid ? term('process.pid', String(row.pid)) : undefined;
    case 'outcome': return row.outcome ? term('outcome', row.outcome) : undefined;
    case 'time': case 'clock': case 'text': case 'seq': return undefined;
    default: return row.values?.[column] ? term(column, row.values[column]) : undefined;
  }
}

export function sessionRowCondition(column: string, row: SessionRow): string | undefined {
  switch (column) {
    case 'user': return row.user ? term('account', row.user) : undefined;
    case 'host': return term('host', row.host);
    case 'type': return term('type', row.type);
    case 'from': return row.address ? term('source_address', row.address) : row.workstation ? term('workstation', row.workstation) : undefined;
    case 'package': return row.package ? term('package', row.package) : undefined;
    default: return undefined;
  }
}
