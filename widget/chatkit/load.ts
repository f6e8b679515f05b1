import { TaskPilotChatError } from '../errors.js';
import { SingleFlight } from '../single-flight.js';
import { chatKitTag } from './names.js';

export interface LoadOptions {
  src: string;
  nonce?: string | undefined;
  signal?: AbortSignal | undefined;
  /** In milliseconds. */
  timeoutMs?: number;
}

interface ScriptUrlPolicy {
  createScriptURL(url: string): string;
}

/** The one download of a page. */
let download: { readonly src: string; readonly flight: SingleFlight<unknown> } | undefined;
let policy: ScriptUrlPolicy | undefined;

/** Under `require-trusted-types-for 'script'` a plain text may not become a script's address. */
function trusted(url: string): string {
  const { trustedTypes } = globalThis as {
    trustedTypes?: { createPolicy(name: string, rules: ScriptUrlPolicy): ScriptUrlPolicy };
  };
  try {
    policy ??= trustedTypes?.createPolicy('taskpilot-chat', { createScriptURL: (text) => text });
  } catch {
    // The page allows no such policy; whether it insists on one shows when the address is set.
  }
  return policy?.createScriptURL(url) ?? url;
}

/**
 * A tag of the page's own may still be loading, but may also have failed before we could hear of it: a second
 * one comes out of the browser's cache, and ChatKit defines its element only once.
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
 * waits until its element is defined. An insecure page is told at once.
 *
 * @throws {TaskPilotChatError} `script_blocked`, `script_timeout`, `offline`, `insecure_context`
 */
export function loadChatKit({
  src,
  nonce,
  signal,
  timeoutMs = 15_000,
}: LoadOptions): Promise<unknown> {
  // ChatKit uses crypto.randomUUID, which only secure contexts have.
  if (!isSecureContext) throw new TaskPilotChatError('insecure_context');
  if (customElements.get(chatKitTag)) return Promise.resolve();
  if (download?.src !== src) {
    download = { src, flight: new SingleFlight(timeoutMs, 'script_timeout') };
  }
  return download.flight.join((ended) => addScript(src, nonce, ended), signal);
}
