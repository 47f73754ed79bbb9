// The address is the state: pages read it here and change it here, and Back undoes.

class Place {
  path = $state(window.location.pathname);
  params = $state.raw(new URLSearchParams(window.location.search));

  get(name: string): string {
    return this.params.get(name) ?? '';
  }
}

export const place = new Place();

function read() {
  place.path = window.location.pathname;
  place.params = new URLSearchParams(window.location.search);
}

window.addEventListener('popstate', read);

export type Changes = Record<string, string | number | null | undefined>;

function address(path: string, params: URLSearchParams): string {
  const text = params.toString();
  return text ? `${path}?${text}` : path;
}

/** The address of a page with its state; what is empty is left out. */
export function href(path: string, values: Changes = {}): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) if (value !== null && value !== undefined && value !== '') params.set(name, String(value));
  return address(path, params);
}

export function go(to: string, how: 'push' | 'replace' = 'push') {
  if (how === 'push') history.pushState(null, '', to);
  else history.replaceState(null, '', to);
  read();
}

/** Changes some of the state. Small moves (a selection) replace; what one may want to undo is pushed. */
export function change(values: Changes, how: 'push' | 'replace' = 'push') {
  const params = new URLSearchParams(place.params);
  for (const [name, value] of Object.entries(values)) {
    if (value === null || value === undefined || value === '') params.delete(name);
    else params.set(name, String(value));
  }
  if (params.toString() !== place.params.toString()) go(address(place.path, params), how);
}

/** Plain clicks on our own links stay in the page. */
export function followLinks(event: MouseEvent) {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = (event.target as Element).closest?.('a[href]') as HTMLAnchorElement | null;
  if (!link || link.target || link.hasAttribute('download') || link.origin !== window.location.origin) return;
  if (link.pathname.startsWith('/api/') || link.pathname === '/metrics') return;
  event.preventDefault();
  go(link.pathname + link.search);
}
