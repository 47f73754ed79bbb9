// Pieces of filters, put together as text: the query in the address is the one truth, and buttons write into it.
import type { EventRow, SessionRow, WholeEvent } from './api';

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

/** The same for an event as it happens. Nothing has been concluded about it yet, so that only its own fields can be asked for. */
export function liveCondition(column: string, row: EventRow): string | undefined {
  const fields = (row as Partial<WholeEvent>).fields ?? [];
  const named = (value: string | undefined, names: string[]) => fields.find((field) => value !== undefined && field.value === value && names.includes(field.name));
  switch (column) {
    case 'user': {
      const field = named(row.user, ['User', 'SourceUser', 'UserName']) ?? named(row.user?.slice(row.user.lastIndexOf('\\') + 1), ['SubjectUserName', 'TargetUserName', 'AccountName']);
      return field ? term(field.name, field.value) : row.user ? quoted(row.user) : undefined;
    }
    case 'session': {
      const field = fields.find((each) => each.name === 'LogonId');
      return field && row.session ? `(${term('host', row.host)} and ${term('LogonId', field.value)})` : undefined;
    }
    case 'process': {
      const field = named(row.image, ['Image']) ?? fields.find((each) => each.name === 'ProcessId');
      return field && term(field.name, field.value);
    }
    default: {
      const field = fields.find((each) => each.name === column);
      return field ? term(column, field.value) : eventCondition(column, row);
    }
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
