// The columns that tables of events can have.
import { Columns, type Column } from './columns.svelte';

const base: Column[] = [
  { id: 'time', label: 'Time', width: 182 },
  { id: 'clock', label: 'Time of day', width: 116 },
  { id: 'host', label: 'Host', width: 72 },
  { id: 'kind', label: 'Event', width: 140 },
  { id: 'user', label: 'User', width: 146 },
  { id: 'session', label: 'Session', width: 130, mono: true },
  { id: 'process', label: 'Process', width: 140 },
  { id: 'other', label: 'Acting as', width: 84 },
  { id: 'text', label: 'Detail', width: 180, grow: '1fr' },
  { id: 'outcome', label: 'Result', width: 80 },
  { id: 'id', label: 'Id', width: 60, align: 'right' },
  { id: 'channel', label: 'Log', width: 150 },
  { id: 'seq', label: 'Record', width: 72, align: 'right' },
];
const fields = ['CommandLine', 'ParentImage', 'TargetUserName', 'IpAddress', 'LogonType', 'TargetFilename', 'DestinationIp', 'DestinationPort', 'QueryName', 'ServiceName', 'TargetObject', 'ShareName', 'PrivilegeList', 'Status'];

export const kOwnColumns = base.map((column) => column.id);

export function eventColumns(key: string, first: string[]): Columns {
  return new Columns(key, [...base, ...fields.map((name) => ({ id: name, label: name, width: 160, mono: true }))], first, true);
}

/** The fields to ask the server for. */
export const extraFields = (columns: Columns) => columns.shown.filter((id) => !kOwnColumns.includes(id)).join(',');
