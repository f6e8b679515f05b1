import { backends } from './choices.js';

/** The data of the strip above the demo page. */
export interface StripContent {
  /** The sandbox's scenarios, or null when the page talks to OpenAI. */
  readonly scenarios: readonly ScenarioChoice[] | null;
  /** The scenario in the address; null when the address names none. */
  readonly askedScenario: string | null;
  /** The configured backends, in their order. */
  readonly configured: readonly string[];
  /** The backend in the address; null when the address names none. */
  readonly askedBackend: string | null;
  /** The service's address as the visitor sees it, for the line to paste. */
  readonly origin: string;
  /** Of the sandbox's ChatKit; null when it is OpenAI's. */
  readonly chatkitSrc: string | null;
}

export interface ScenarioChoice {
  readonly name: string;
  readonly description: string;
}

/** Escapes text for element content and quoted attributes. */
export function escapeHtml(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
  };
  return text.replace(/[&<>"]/g, (character) => entities[character] ?? character);
}

interface Option {
  readonly value: string;
  readonly text: string;
  readonly title: string;
}

function select(name: string, label: string, options: readonly Option[], chosen: string): string {
  const items = options.map(({ value, text, title }) => {
    const selected = value === chosen ? ' selected' : '';
    return `<option value="${escapeHtml(value)}" title="${escapeHtml(title)}"${selected}>${escapeHtml(text)}</option>`;
  });
  return `<label for="${name}">${label}</label>
        <select id="${name}" name="${name}" aria-label="${label}">${items.join('')}</select>`;
}

function form({ scenarios, askedScenario, configured, askedBackend }: StripContent): string {
  const scenarioOptions = scenarios?.map(({ name, description }) => ({
    value: name,
    text: name,
    title: description,
  }));
  const backendOptions = [
    { value: '', text: configured.join(', then '), title: 'As configured by CHATKIT_BACKENDS' },
    { value: 'hosted', text: 'hosted only', title: 'A workflow at OpenAI answers' },
    { value: 'self-hosted', text: 'self-hosted only', title: 'This service answers by itself' },
  ];
  return `<form method="get" action="/">
        ${scenarioOptions ? select('scenario', 'Scenario', scenarioOptions, askedScenario ?? 'ok') : ''}
        ${select('backend', 'Backend', backendOptions, askedBackend ?? '')}
        <button type="submit">Show</button>
      </form>`;
}

function unknown(what: string, asked: string, known: readonly string[]): string {
  const names = known.map((name) => `<code>${escapeHtml(name)}</code>`).join(', ');
  return `<p class="unknown" role="alert">There is no ${what} “${escapeHtml(asked)}”, but ${names}.</p>`;
}

function unknownChoices({ scenarios, askedScenario, askedBackend }: StripContent): string {
  const told = (what: string, asked: string | null, known: readonly string[]): string =>
    asked === null || known.includes(asked) ? '' : unknown(what, asked, known);
  return (
    (scenarios
      ? told(
          'scenario',
          askedScenario,
          scenarios.map(({ name }) => name),
        )
      : '') + told('backend', askedBackend, backends)
  );
}

/** For a page of another origin, as the developer's own is: its request has to bring the visitor's cookie. */
function lineToPaste({ origin, chatkitSrc }: StripContent): string {
  const data = {
    'session-endpoint': `${origin}/api/chatkit/sessions`,
    ...(chatkitSrc !== null && { 'chatkit-src': chatkitSrc }),
    credentials: 'include',
  };
  const attributes = Object.entries(data).map(([name, value]) => ` data-${name}="${value}"`);
  return `<script src="${origin}/taskpilot-chat.js" async${attributes.join('')}></script>`;
}

/**
 * The strip above the demo page, as HTML: what stands in for OpenAI, which scenario, which backend, and
 * the line that a developer pastes. strip.js adds the backend that answers once there is a session.
 */
export function strip(content: StripContent): string {
  const { scenarios, askedScenario } = content;
  const chosen = scenarios?.find(({ name }) => name === askedScenario);
  return `<aside class="strip" aria-label="About this demo">
      ${
        scenarios
          ? '<span class="stands-in">Local sandbox, not OpenAI</span>'
          : '<span class="stands-in real">OpenAI</span>'
      }
      ${form(content)}
      <span id="answering" role="status"></span>
      <div class="end">
        <details>
          <summary>Add it to your page</summary>
          <div class="snippet">
            <pre tabindex="0"><code>${escapeHtml(lineToPaste(content))}</code></pre>
            <button type="button" id="copy">Copy</button>
            <p>The service has to know the page's origin: <code>ALLOWED_ORIGINS=https://www.example.com npm start</code></p>
          </div>
        </details>
        <a href="/examples/">Examples</a>
      </div>
      ${chosen ? `<p class="chosen">${escapeHtml(chosen.description)}</p>` : ''}
      ${unknownChoices(content)}
    </aside>`;
}
