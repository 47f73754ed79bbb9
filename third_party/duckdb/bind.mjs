// bind.mjs: a copy of DuckDB's library whose own names are bound to itself: node bind.mjs PUBLISHED BOUND.
//
// The library exports some 40,000 names and looks nearly all of its own up again when it is loaded (8 ms) and on the
// first call of each function (1 us each). Where a name is defined in the library itself, what the loader would find is
// known now (we load it so that it looks there first, see src/store/duckdb/engine/library.cc): such an entry becomes one
// that only has the library's address added. The code is not touched. What other libraries define, and what is there
// once for a whole process (thread-local and unique names), is looked up as ever; all of it when loading, in the order
// of names, because the loader remembers the last one it found.
//
// ELF for x86-64 only: elf(5), and "Relocation Types" of the x86-64 psABI.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';

const ABSOLUTE = 1, GLOBAL_DATA = 6, JUMP_SLOT = 7, RELATIVE = 8;
const DYNAMIC_SEGMENT = 2, LOADED_SEGMENT = 1;
const TAG = { end: 0, sizeOfCalls: 2, names: 6, entries: 7, sizeOfEntries: 8, kindOfCalls: 20, calls: 23, relative: 0x6ffffff9 };
const UNDEFINED = 0, ABSOLUTE_SECTION = 0xfff1;
const UNIQUE = 10, THREAD_LOCAL = 6, INDIRECT = 10;

const [published, bound] = process.argv.slice(2);
const file = readFileSync(published);
const number = (at) => Number(file.readBigInt64LE(at));
const put = (value, at) => file.writeBigInt64LE(BigInt(value), at);

function expect(holds, what) {
    if (!holds) throw new Error(`${published}: ${what}`);
}
expect(file.readUInt32BE(0) === 0x7f454c46 && file.readUInt16LE(18) === 62, 'no ELF file for x86-64');

const segments = Array.from({ length: file.readUInt16LE(56) }, (_, i) => number(32) + 56 * i).map((at) => ({
    type: file.readUInt32LE(at), offset: number(at + 8), address: number(at + 16), size: number(at + 32) }));

function offsetOf(address) {
    const segment = segments.find((one) => one.type === LOADED_SEGMENT && address >= one.address && address < one.address + one.size);
    expect(segment, `nothing is loaded at ${address}`);
    return address - segment.address + segment.offset;
}

const dynamic = segments.find((one) => one.type === DYNAMIC_SEGMENT);
expect(dynamic, 'not a shared library');
const table = [];  // some tags stand there more than once
for (let at = dynamic.offset; number(at) !== TAG.end; at += 16) table.push([number(at), number(at + 8)]);
const tags = new Map(table);
expect([TAG.names, TAG.entries, TAG.sizeOfEntries, TAG.calls, TAG.sizeOfCalls, TAG.relative].every((tag) => tags.has(tag)), 'its table is another');
expect(tags.get(TAG.entries) + tags.get(TAG.sizeOfEntries) === tags.get(TAG.calls), 'its entries lie apart');

/** Where the library itself has a name; undefined when others may. */
function ownAddress(name) {
    const at = offsetOf(tags.get(TAG.names)) + 24 * name;
    const binding = file[at + 4] >> 4, type = file[at + 4] & 15, section = file.readUInt16LE(at + 6);
    const isOthers = section === UNDEFINED || section === ABSOLUTE_SECTION || binding === UNIQUE || type === THREAD_LOCAL || type === INDIRECT;
    return isOthers ? undefined : number(at + 8);
}

const begin = offsetOf(tags.get(TAG.entries));
const size = tags.get(TAG.sizeOfEntries) + tags.get(TAG.sizeOfCalls);
const relative = [], lookedUp = [];
for (let at = begin; at < begin + size; at += 24) {
    const entry = { place: number(at), type: file.readUInt32LE(at + 8), name: file.readUInt32LE(at + 12), added: number(at + 16) };
    const own = [ABSOLUTE, GLOBAL_DATA, JUMP_SLOT].includes(entry.type) ? ownAddress(entry.name) : undefined;
    if (own !== undefined) relative.push({ place: entry.place, type: RELATIVE, name: 0, added: own + entry.added });
    else (entry.type === RELATIVE ? relative : lookedUp).push(entry);
}
relative.sort((a, b) => a.place - b.place);
lookedUp.sort((a, b) => a.name - b.name || a.place - b.place);
[...relative, ...lookedUp].forEach((entry, i) => {
    const at = begin + 24 * i;
    put(entry.place, at);
    file.writeUInt32LE(entry.type, at + 8);
    file.writeUInt32LE(entry.name, at + 12);
    put(entry.added, at + 16);
});

// One table now, whose first entries are relative; none that wait for a call.
const changed = new Map([[TAG.sizeOfEntries, size], [TAG.relative, relative.length]]);
file.fill(0, dynamic.offset, dynamic.offset + dynamic.size);
table.filter(([tag]) => ![TAG.calls, TAG.sizeOfCalls, TAG.kindOfCalls].includes(tag)).forEach(([tag, value], i) => {
    put(tag, dynamic.offset + 16 * i);
    put(changed.get(tag) ?? value, dynamic.offset + 16 * i + 8);
});

writeFileSync(`${bound}.new`, file, { mode: 0o644 });
renameSync(`${bound}.new`, bound);
console.log(`${relative.length} entries bound, ${lookedUp.length} left to look up`);
