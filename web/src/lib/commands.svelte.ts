// Commands: everything that has a key, in one list. The help sheet is this list.

export interface Command { keys: string; title: string; group: string; run: (key: string) => void }

class Commands {
  list = $state.raw<Command[]>([]);

  add(commands: Command[]): () => void {
    this.list = [...this.list, ...commands];
    return () => (this.list = this.list.filter((each) => !commands.includes(each)));
  }
}

export const commands = new Commands();

/** For a component's life: `$effect(() => keys([...]))`. */
export const keys = (list: Command[]) => commands.add(list);

let pending = '';
let pendingTimer: ReturnType<typeof setTimeout> | undefined;

const isTyping = (target: EventTarget | null) => {
  const element = target as HTMLElement | null;
  return !!element && (element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName));
};

export function onKey(event: KeyboardEvent) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (isTyping(event.target)) {
    if (event.key === 'Escape') (event.target as HTMLElement).blur();
    return;
  }
  // Buttons and links keep their own keys.
  if ((event.key === 'Enter' || event.key === ' ') && (event.target as Element).closest?.('button, a, [role=tab]')) return;
  const typed = pending ? `${pending} ${event.key}` : event.key;
  clearTimeout(pendingTimer);
  pending = '';
  // The newest page's commands go first.
  const found = commands.list.findLast((each) => each.keys.split(', ').includes(typed));
  if (found) {
    event.preventDefault();
    found.run(event.key);
  } else if (commands.list.some((each) => each.keys.startsWith(`${typed} `))) {
    event.preventDefault();
    pending = typed;
    pendingTimer = setTimeout(() => (pending = ''), 1200);
  }
}
