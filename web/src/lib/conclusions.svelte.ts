// Conclusions: tells a page when the server has concluded anew about its sessions.
//
// A look at data is an event, and an event may be concluded about. So that a page that is left open does not keep the
// server busy with itself, only what comes from elsewhere counts: other numbers of sessions and links, or a sensor's events.
import { get } from './api';

const kEvery = 4000; // ms

interface Status { sessions: number; links: number; sensor?: { events: number }; store?: { conclusions: number } }

/** For a component's life. */
export function onConclusions(tell: () => void) {
  $effect(() => {
    let last = '';
    let conclusions = -1;
    const timer = setInterval(async () => {
      if (document.hidden) return;
      const status = await get<Status>('status').catch(() => undefined);
      if (!status?.store) return;
      const seen = `${status.sessions} ${status.links} ${status.sensor?.events ?? 0}`;
      if (conclusions < 0) [last, conclusions] = [seen, status.store.conclusions];
      if (status.store.conclusions === conclusions) return;
      conclusions = status.store.conclusions;
      if (seen !== last) tell();
      last = seen;
    }, kEvery);
    return () => clearInterval(timer);
  });
}
