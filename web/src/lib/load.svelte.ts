// Load: something asked of the server again whenever its question changes. The last answer stays until the next is there.
import { ApiError } from './api';

export class Load<T> {
  value = $state.raw<T | undefined>(undefined);
  error = $state.raw<ApiError | undefined>(undefined);
  busy = $state(true);
  slow = $state(false);

  /** `ask` is run when anything reactive that it reads before its first await has changed. What it hands to `meanwhile` is shown until it is done. */
  constructor(ask: (signal: AbortSignal, meanwhile: (value: T) => void) => Promise<T> | undefined) {
    $effect(() => {
      const controller = new AbortController();
      const answer = ask(controller.signal, (value) => (this.value = value));
      if (!answer) return;
      this.busy = true;
      const slow = setTimeout(() => (this.slow = true), 300);
      answer
        .then((value) => {
          if (controller.signal.aborted) return;
          this.value = value;
          this.error = undefined;
        })
        .catch((error) => {
          if (!controller.signal.aborted) this.error = error instanceof ApiError ? error : new ApiError(0, 'bug', String(error));
        })
        .finally(() => {
          clearTimeout(slow);
          if (controller.signal.aborted) return;
          this.busy = false;
          this.slow = false;
        });
      return () => {
        clearTimeout(slow);
        controller.abort();
      };
    });
  }
}
