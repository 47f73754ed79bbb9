// TimeWindow: the stretch of time that a picture shows, and how it is moved: what the timelines have in common.
import { kLabel, scaleOf } from './drawLanes';
import { keys, type Command } from './commands.svelte';

export interface Stretch { from: number; until: number }
interface Manner {
  shown: () => Stretch;
  width: () => number;
  /** Shows another stretch; none: all of it. */
  look: (stretch: Stretch | undefined) => void;
  zoom: number; // by a key
  wheel: number; // by a notch
  pan: number; // of what is shown, by a key
}

export class TimeWindow {
  constructor(private manner: Manner) {}

  get scale() {
    const { from, until } = this.manner.shown();
    return scaleOf(this.manner.width(), from, until);
  }
  x = (time: number) => kLabel + (time - this.manner.shown().from) * this.scale;
  timeAt = (px: number) => this.manner.shown().from + (Math.max(kLabel, px) - kLabel) / this.scale;

  zoom(factor: number, px = kLabel + (this.manner.width() - kLabel) / 2) {
    const { from, until } = this.manner.shown();
    const time = this.timeAt(px);
    this.manner.look({ from: time - (time - from) * factor, until: time + (until - time) * factor });
  }
  pan(part: number) {
    const { from, until } = this.manner.shown();
    const by = (until - from) * part;
    this.manner.look({ from: from + by, until: until + by });
  }
  /** With Ctrl the wheel zooms; false when it is not for us. */
  wheel(event: WheelEvent): boolean {
    if (!event.ctrlKey && !event.metaKey) return false;
    event.preventDefault();
    const { wheel } = this.manner;
    this.zoom(event.deltaY > 0 ? wheel : 1 / wheel, event.clientX - (event.currentTarget as Element).getBoundingClientRect().left);
    return true;
  }
  private acts(): Record<string, () => void> {
    const { zoom, pan, look } = this.manner;
    const [earlier, later] = [() => this.pan(-pan), () => this.pan(pan)];
    return { w: () => this.zoom(1 / zoom), s: () => this.zoom(zoom), a: earlier, d: later, ArrowLeft: earlier, ArrowRight: later, f: () => look(undefined) };
  }
  /** For the picture itself, with what else its keys do. */
  onkeydown(event: KeyboardEvent, others: Record<string, () => void> = {}) {
    const act = { ...this.acts(), ...others }[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey || !act) return;
    act();
    event.preventDefault();
    event.stopPropagation();
  }
  /** From wherever the focus is; ends with what is returned. */
  keys(element: () => HTMLElement | undefined, others: Record<string, () => void> = {}, told: Omit<Command, 'run'>[] = []) {
    const group = 'Timeline';
    const run = (key: string) => {
      element()?.focus();
      ({ ...this.acts(), ...others })[key]?.();
    };
    return keys([
      ...told.map((command) => ({ ...command, run })),
      { keys: 'w, s', title: 'Zoom in and out (also Ctrl and the wheel)', group, run },
      { keys: 'a, d', title: 'Earlier and later', group, run },
      { keys: 'f', title: 'All of it', group, run },
    ]);
  }
}

/** A canvas made ready to be drawn on in CSS pixels, and the colours of the theme. */
export function prepared(canvas: HTMLCanvasElement, width: number, height: number) {
  const ratio = window.devicePixelRatio || 1;
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  const context = canvas.getContext('2d')!;
  context.scale(ratio, ratio);
  const style = getComputedStyle(canvas);
  return { context, color: (name: string) => style.getPropertyValue(`--${name}`).trim(), font: style.fontFamily };
}
