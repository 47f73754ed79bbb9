// Saved searches: addresses under names, kept by this browser. An address can be sent to others, too: it says it all.

export interface Saved { name: string; address: string }

const kKey = 'saved';
const kMost = 200;

function read(): Saved[] {
  try {
    const list: unknown = JSON.parse(localStorage.getItem(kKey) ?? '[]');
    // Only what leads back here.
    return Array.isArray(list) ? list.filter((each) => typeof each?.name === 'string' && /^\/search(\?|$)/.test(each?.address)) : [];
  } catch {
    return [];
  }
}

let list = $state.raw(read());

function keep(next: Saved[]) {
  list = next.slice(0, kMost);
  localStorage.setItem(kKey, JSON.stringify(list));
}

export const saved = {
  get list() {
    return list;
  },
  add: (name: string, address: string) => keep([{ name, address }, ...list.filter((each) => each.name !== name)]),
  remove: (name: string) => keep(list.filter((each) => each.name !== name)),
};
