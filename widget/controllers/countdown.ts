import type { ReactiveController, ReactiveControllerHost } from 'lit';

/** Counts the seconds until the service takes requests again, and updates the host with each of them. */
export class CountdownController implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  #endsAt = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(host: ReactiveControllerHost) {
    host.addController(this);
    this.#host = host;
  }

  /** Whole seconds that are left. */
  get seconds(): number {
    return Math.max(0, Math.ceil((this.#endsAt - Date.now()) / 1000));
  }

  /** @param seconds 0 ends a countdown */
  start(seconds: number): void {
    this.#endsAt = Date.now() + seconds * 1000;
    clearInterval(this.#timer);
    this.#timer = setInterval(() => this.#tick(), 1000);
    this.#tick();
  }

  hostDisconnected(): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    if (this.seconds === 0) clearInterval(this.#timer);
    this.#host.requestUpdate();
  }
}
