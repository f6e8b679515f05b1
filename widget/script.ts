/** What is known of the widget's own script tag. */
interface OwnScript {
  readonly src: string;
  readonly nonce: string | undefined;
  readonly integrity: string;
  /** Origin that the script was loaded from; undefined where it has none, as under `file:`. */
  readonly origin: string | undefined;
}

let own: OwnScript | undefined;

/** The script tag that started the widget; undefined where a bundler has put the element into the page's own script. */
export const ownScript = (): OwnScript | undefined => own;

/** Keeps the first script tag of the page, and returns it. */
export function rememberScript({ nonce, src, integrity }: HTMLScriptElement): OwnScript {
  const origin = src.startsWith('http') ? new URL(src).origin : undefined;
  return (own ??= { src, nonce: nonce || undefined, integrity, origin });
}

/** A document's own accessor: markup such as `<img name="currentScript">` shadows the property. */
function currentScript(): HTMLOrSVGScriptElement | null {
  const script: unknown = Reflect.get(Document.prototype, 'currentScript', document);
  return script as HTMLOrSVGScriptElement | null;
}

/** A module script is not `document.currentScript`, but its address is in the call stack, before line and column. */
function findModuleScript(): HTMLScriptElement | undefined {
  const stack = String(new Error().stack);
  const modules = document.querySelectorAll<HTMLScriptElement>('script[type=module][src]');
  return [...modules].find(({ src }) => stack.includes(`${src}:`));
}

/** The script tag that is running: a real one with an address, whatever the page's markup is named. */
export function runningScript(): HTMLScriptElement | undefined {
  const current = currentScript();
  if (!current) return findModuleScript();
  return current instanceof HTMLScriptElement && current.src ? current : undefined;
}

/**
 * The URL of a session endpoint. A `<base>` of the page that leads to another origin does not count: it would get the
 * visitor's token.
 */
export function endpointUrl(endpoint: string): string {
  if (document.baseURI.startsWith(`${location.origin}/`)) return endpoint;
  try {
    return new URL(endpoint, location.href).href;
  } catch {
    // Not a URL, or a page without one: `fetch` reports it.
    return endpoint;
  }
}
