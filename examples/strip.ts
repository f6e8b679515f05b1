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
}

function select(name: string, label: string, options: readonly Option[], chosen: string): string {
  const items = options.map(({ value, text }) => {
    const selected = value === chosen ? ' selected' : '';
    return `<option value="${escapeHtml(value)}"${selected}>${escapeHtml(text)}</option>`;
  });
  return `<label for="${name}">${label}</label>
          <select id="${name}" name="${name}">${items.join('')}</select>`;
}

/** What the names of the backends mean. */
const answerers: Readonly<Record<string, string>> = {
  hosted: 'OpenAI',
  'self-hosted': 'this service',
};

function form({ scenarios, askedScenario, configured, askedBackend }: StripContent): string {
  const scenarioOptions = scenarios?.map(({ name, description }) => ({
    value: name,
    text: description,
  }));
  const order = configured.map((name) => answerers[name] ?? name);
  const usual = order.join(', then ');
  const backendOptions = [
    { value: '', text: `As configured: ${usual}` },
    { value: 'hosted', text: 'Only OpenAI’s hosted workflow' },
    { value: 'self-hosted', text: 'Only this service' },
  ];
  return `<form method="get" action="/">
          <h2>Try a situation</h2>
          <p>OpenAI ends its hosted workflows on 30 November 2026. From then on this service answers by itself, and no
            page has to change.${scenarios ? ' No OpenAI key is set here: the local sandbox stands in for OpenAI, and fails where you ask it to.' : ''}</p>
          ${select('backend', 'Who answers', backendOptions, askedBackend ?? '')}
          ${scenarioOptions ? select('scenario', 'What happens', scenarioOptions, askedScenario ?? 'ok') : ''}
          <button class="button" type="submit">Show</button>
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
 * The strip above the demo page, as HTML: what stands in for OpenAI, and behind one button the situations to try and the
 * line that a developer pastes. strip.js adds who answers once there is a session.
 */
export function strip(content: StripContent): string {
  const { scenarios, askedScenario, askedBackend } = content;
  const chosen = [
    scenarios?.find(({ name }) => name === askedScenario && name !== 'ok')?.description,
    askedBackend !== null && askedBackend in answerers
      ? `Only ${answerers[askedBackend] ?? ''} answers.`
      : undefined,
  ].filter((text) => text !== undefined);
  const links = '<a href="/playground">Playground</a> <a href="/examples/">Examples</a>';
  return `<aside class="strip" aria-label="About this demo">
      ${
        scenarios
          ? '<span class="stands-in">Local sandbox, not OpenAI</span>'
          : '<span class="stands-in real">OpenAI</span>'
      }
      <span id="answering" role="status"></span>
      <nav class="wide" aria-label="More pages">${links}</nav>
      <details>
        <summary>Try more</summary>
        <div class="more">
          ${form(content)}
          <section>
            <h2>Add it to your page</h2>
            <pre tabindex="0" aria-label="The line to paste"><code>${escapeHtml(lineToPaste(content))}</code></pre>
            <button class="button" type="button" id="copy">Copy</button>
            <p>Works as it is on any page of this machine. For another one, name its origin:
              <code>ALLOWED_ORIGINS=https://www.example.com npm start</code></p>
            <p class="narrow">${links}</p>
          </section>
        </div>
      </details>
      ${chosen.length > 0 ? `<p class="chosen">${escapeHtml(chosen.join(' '))} <a href="/">Back to the usual</a></p>` : ''}
      ${unknownChoices(content)}
    </aside>`;
}
