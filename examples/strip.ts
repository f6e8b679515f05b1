/** What the strip above the demo page tells, as the server knows it. */
export interface StripContent {
  /** The sandbox's scenarios, or null when the page talks to OpenAI. */
  readonly scenarios: readonly ScenarioChoice[] | null;
  /** The scenario in the address; null when the address names none. */
  readonly asked: string | null;
  /** The service's address as the visitor sees it, for the line to paste. */
  readonly origin: string;
}

export interface ScenarioChoice {
  readonly name: string;
  readonly description: string;
}

/** `text`, fit to stand between tags and in a quoted attribute. */
export function escapeHtml(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
  };
  return text.replace(/[&<>"]/g, (character) => entities[character] ?? character);
}

function scenarioForm(scenarios: readonly ScenarioChoice[], asked: string | null): string {
  const options = scenarios.map(({ name, description }) => {
    const selected = name === (asked ?? 'ok') ? ' selected' : '';
    return `<option value="${escapeHtml(name)}" title="${escapeHtml(description)}"${selected}>${escapeHtml(name)}</option>`;
  });
  return `<form method="get" action="/">
        <label for="scenario">Scenario</label>
        <select id="scenario" name="scenario" aria-label="Scenario">${options.join('')}</select>
        <button type="submit">Show</button>
      </form>`;
}

function unknownScenario(scenarios: readonly ScenarioChoice[], asked: string): string {
  const known = scenarios.map(({ name }) => `<code>${escapeHtml(name)}</code>`).join(', ');
  return `<p class="unknown" role="alert">There is no scenario “${escapeHtml(asked)}”. The sandbox knows ${known}.</p>`;
}

/**
 * The strip above the demo page, as HTML: what stands in for OpenAI, which scenario, which backend, and
 * the line that a developer pastes.
 */
export function strip({ scenarios, asked, origin }: StripContent): string {
  const chosen = scenarios?.find(({ name }) => name === (asked ?? 'ok'));
  const line = `<script src="${origin}/taskpilot-chat.js" async data-session-endpoint="${origin}/api/chatkit/sessions"></script>`;
  return `<aside class="strip" aria-label="About this demo">
      ${
        scenarios
          ? '<span class="stands-in">Local sandbox, not OpenAI</span>'
          : '<span class="stands-in real">OpenAI</span>'
      }
      ${scenarios ? scenarioForm(scenarios, chosen ? asked : null) : ''}
      <span>Backend: hosted</span>
      <div class="end">
        <details>
          <summary>Add it to your page</summary>
          <div class="snippet">
            <pre tabindex="0"><code>${escapeHtml(line)}</code></pre>
            <button type="button" id="copy">Copy</button>
          </div>
        </details>
        <a href="/examples/">Examples</a>
      </div>
      ${chosen && asked ? `<p class="chosen">${escapeHtml(chosen.description)}</p>` : ''}
      ${scenarios && asked && !chosen ? unknownScenario(scenarios, asked) : ''}
    </aside>`;
}
