import type { TaskPilotChat } from '../taskpilot-chat.js';

/** The one script, as pages load it; script.js serves it. */
export const scriptSrc = new URL('/taskpilot-chat.js', location.href).href;

/** A page of its own in a frame, with a session endpoint and a stage for the fake ChatKit. */
export interface OpenPage {
  readonly window: Window & typeof globalThis;
  /** What has gone wrong: uncaught errors, and lines on the console. */
  readonly faults: string[];
  /** Directives of the content security policy that were violated. */
  readonly violations: string[];
  /** Addresses that `fetch` was asked for. */
  readonly requests: string[];
  chats(): TaskPilotChat[];
  /** The value of an expression in the page. */
  value(expression: string): unknown;
  close(): void;
}

/** Runs in the page before anything else. */
function prepare(faults: string[], violations: string[], requests: string[]): void {
  addEventListener('error', (event) => {
    faults.push(event.message);
  });
  addEventListener('unhandledrejection', ({ reason }) => {
    faults.push(String(reason));
  });
  document.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) => {
    violations.push(`${effectiveDirective} ${blockedURI}`);
  });
  console.error = (...args: unknown[]) => {
    faults.push(args.map(String).join(' '));
  };
  const answer = {
    client_secret: 'ek_1',
    session_id: 'cksess_1',
    expires_at: Date.now() / 1000 + 600,
  };
  window.fetch = (input) => {
    requests.push(input instanceof Request ? input.url : String(input));
    return Promise.resolve(new Response(JSON.stringify(answer)));
  };
  Object.assign(window, { chatKit: { elements: [], frame: 'works', failing: null } });
}

export async function openPage(html: string): Promise<OpenPage> {
  const records = { faults: [] as string[], violations: [] as string[], requests: [] as string[] };
  const frame = document.createElement('iframe');
  frame.style.cssText = 'width: 800px; height: 600px';
  Object.assign(window, { records });
  const loaded = new Promise((resolve) => frame.addEventListener('load', resolve, { once: true }));
  frame.srcdoc = `<!doctype html><html lang="en"><script nonce="n0nce">
    (${prepare.toString()})(parent.records.faults, parent.records.violations, parent.records.requests)
  </script>${html}`;
  document.body.append(frame);
  await loaded;
  const page = frame.contentWindow as (Window & typeof globalThis) | null;
  if (!page) throw new Error('the frame has no window');
  return {
    window: page,
    ...records,
    chats: () => [...page.document.querySelectorAll('taskpilot-chat')],
    value: (expression) => page.eval(expression) as unknown,
    close: () => frame.remove(),
  };
}
