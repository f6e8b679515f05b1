import { TaskPilotChatError } from '../errors.js';
import { chatKitTag } from './names.js';

export interface LoadOptions {
  src: string;
  nonce?: string | undefined;
  /** In milliseconds. */
  timeoutMs?: number;
}

interface ScriptUrlPolicy {
  createScriptURL(url: string): string;
}

/** The one download of a page; forgotten when it fails, so that trying again is possible. */
let loading: { src: string; promise: Promise<void> } | null = null;
let policy: ScriptUrlPolicy | undefined;

/** Under `require-trusted-types-for 'script'` a plain text may not become a script's address. */
function trusted(src: string): string {
  const factory = (
    globalThis as {
      trustedTypes?: { createPolicy(name: string, rules: ScriptUrlPolicy): ScriptUrlPolicy };
    }
  ).trustedTypes;
  policy ??= factory?.createPolicy('taskpilot-chat', { createScriptURL: (url) => url });
  return policy ? policy.createScriptURL(src) : src;
}

function checkedUrl(src: string): string {
  let url: URL | undefined;
  try {
    url = new URL(src, document.baseURI);
  } catch {
    // Told below, like any other address that is no web address.
  }
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new TaskPilotChatError('invalid_options', { detail: 'chatkit-src is not a web address' });
  }
  return url.href;
}

function download(src: string, { nonce, timeoutMs = 20_000 }: LoadOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    // A tag of the page's own may still be loading, but may also have failed before we could hear of it:
    // a second one costs no second download, and ChatKit defines its element only once.
    const script = document.createElement('script');
    const end = (error?: TaskPilotChatError): void => {
      clearTimeout(timer);
      script.onload = script.onerror = null;
      script.remove();
      if (error) reject(error);
      else resolve();
    };
    const timer = setTimeout(
      () => end(new TaskPilotChatError('script_timeout', { detail: src })),
      timeoutMs,
    );
    script.onerror = () => end(new TaskPilotChatError('script_blocked', { detail: src }));
    // The script may have another tag's definition to wait for; the time-out above ends that wait too.
    script.onload = () => void customElements.whenDefined(chatKitTag).then(() => end());
    script.async = true;
    if (nonce) script.nonce = nonce;
    try {
      script.src = trusted(src);
    } catch (cause) {
      end(
        new TaskPilotChatError('script_blocked', {
          detail: "add taskpilot-chat to the page's trusted-types directive",
          cause,
        }),
      );
      return;
    }
    document.head.append(script);
  });
}

/**
 * Loads ChatKit's script by a plain script tag (it finds its frame through `document.currentScript`) and
 * waits until its element is defined.
 *
 * @throws {TaskPilotChatError} `script_blocked`, `script_timeout`, `invalid_options`, `insecure_context`
 */
export async function loadChatKit(options: LoadOptions): Promise<void> {
  // ChatKit uses crypto.randomUUID, which only secure contexts have.
  if (!globalThis.isSecureContext) throw new TaskPilotChatError('insecure_context');
  if (customElements.get(chatKitTag)) return;
  const src = checkedUrl(options.src);
  if (loading?.src === src) return loading.promise;
  const promise = download(src, options).finally(() => {
    if (loading?.promise === promise) loading = null;
  });
  loading = { src, promise };
  await promise;
}
