import { TaskPilotChatError } from '../errors.js';
import { SingleFlight } from '../single-flight.js';

export const chatKitTag = 'openai-chatkit';

/** On OpenAI's CDN. The script has no versions. */
export const defaultChatKitSrc = 'https://cdn.platform.openai.com/deployments/chatkit/chatkit.js';

const cdn = new URL(defaultChatKitSrc).origin;

export interface LoadOptions {
  /** Of `https:`, or `http:` on loopback. */
  src: string;
  /** That `src` may have, beside loopback; undefined where the page's script has set it. */
  origins?: readonly (string | undefined)[] | undefined;
  nonce?: string | undefined;
  signal?: AbortSignal | undefined;
  /** In milliseconds. */
  timeoutMs?: number;
}

interface ScriptUrlPolicy {
  createScriptURL(url: string): string;
}

const isLoopback = (hostname: string): boolean =>
  /^(localhost|.+\.localhost|127\.[\d.]+|\[::1\])$/.test(hostname);

/** Whether a script may be loaded from the URL at all: not from `data:`, `blob:`, `javascript:`, nor unencrypted. */
const isSecure = ({ protocol, hostname }: URL): boolean =>
  protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname));

/**
 * The absolute URL of ChatKit's script.
 *
 * @param origins that an attribute may name, beside loopback; undefined for a URL that the page's script has set
 * @throws {TaskPilotChatError} `invalid_options` for a URL that may not be loaded
 */
export function checkedSrc(src: string, origins?: readonly (string | undefined)[]): string {
  let url;
  try {
    url = new URL(src, document.baseURI);
  } catch {
    // Reported below.
  }
  if (url && isSecure(url)) {
    // Markup can be injected where scripts cannot.
    const mayBeInMarkup =
      !origins || isLoopback(url.hostname) || [cdn, ...origins].includes(url.origin);
    if (mayBeInMarkup) return url.href;
  }
  throw new TaskPilotChatError('invalid_options', {
    detail: `chatkit-src ${src}: other origins by property and https: only`,
  });
}

/** The download that all elements of a page share. */
let download: { readonly src: string; readonly flight: SingleFlight<unknown> } | undefined;
let policy: ScriptUrlPolicy | undefined;

/** Under `require-trusted-types-for 'script'` a string may not be assigned to a script's `src`. */
function trusted(url: string): string {
  const { trustedTypes } = globalThis as {
    trustedTypes?: { createPolicy(name: string, rules: ScriptUrlPolicy): ScriptUrlPolicy };
  };
  try {
    policy ??= trustedTypes?.createPolicy('taskpilot-chat', {
      createScriptURL: (text) => checkedSrc(text),
    });
  } catch {
    // The page does not allow this policy; whether it requires one shows when `src` is assigned.
  }
  return policy?.createScriptURL(url) ?? url;
}

/**
 * Adds a tag even beside one of the page's own: that may have failed before this widget could listen. The second tag is
 * served from the browser's cache, and ChatKit defines its element only once.
 */
function addScript(src: string, nonce: string | undefined, signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script');
    const fail = (detail: string, cause?: unknown): void =>
      reject(
        new TaskPilotChatError(navigator.onLine ? 'script_blocked' : 'offline', { detail, cause }),
      );
    script.onerror = () => fail(src);
    // The definition may come later than the script.
    script.onload = () => resolve(customElements.whenDefined(chatKitTag));
    signal.addEventListener('abort', () => script.remove());
    script.async = true;
    if (nonce) script.nonce = nonce;
    try {
      script.src = trusted(src);
      document.head.append(script);
    } catch (cause) {
      fail('trusted-types must allow taskpilot-chat', cause);
    }
  });
}

/**
 * Loads ChatKit's script by a plain script tag (it finds its frame through `document.currentScript`) and
 * waits until its element is defined.
 *
 * @throws {TaskPilotChatError} `script_blocked`, `script_timeout`, `offline`, `insecure_context`, `invalid_options`
 */
export function loadChatKit({
  src,
  origins,
  nonce,
  signal,
  timeoutMs = 15_000,
}: LoadOptions): Promise<unknown> {
  // ChatKit uses crypto.randomUUID, which only secure contexts have.
  if (!isSecureContext) throw new TaskPilotChatError('insecure_context');
  if (customElements.get(chatKitTag)) return Promise.resolve();
  const url = checkedSrc(src, origins);
  if (download?.src !== url) {
    download = { src: url, flight: new SingleFlight(timeoutMs, 'script_timeout') };
  }
  return download.flight.join((ended) => addScript(url, nonce, ended), signal);
}
