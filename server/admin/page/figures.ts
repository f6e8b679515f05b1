import { css, html, LitElement, nothing, type PropertyValues } from 'lit';
import type { Api, DayFigures } from './api.js';
import { renderChart } from './chart.js';
import { Loader } from './loader.js';
import { shared } from './styles.js';
import { failureOf, formatDay, formatMs, formatNumber } from './texts.js';

type CountColumn = 'chats' | 'answers' | 'failures' | 'inputTokens' | 'outputTokens';

const sum = (days: readonly DayFigures[], column: CountColumn): number =>
  days.reduce((total, day) => total + day[column], 0);

/** The middle one of the days' medians, which is not the median of all answers. */
function typicalFirstWord(days: readonly DayFigures[]): string {
  const medians = days
    .flatMap(({ firstWordMedianMs: ms }) => (ms === null ? [] : [ms]))
    .sort((a, b) => a - b);
  const middle = medians[Math.floor(medians.length / 2)];
  return middle === undefined ? 'none' : formatMs(middle);
}

const orNone = (ms: number | null): string => (ms === null ? 'none' : formatMs(ms));

/** The last 30 days. */
export class AdminFigures extends LitElement {
  static override styles = [
    shared,
    css`
      .charts {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(min(20rem, 100%), 1fr));
        gap: 16px;
        margin-block-end: 24px;
        min-block-size: 320px;
        align-items: start;
      }
      figure {
        margin: 0;
        padding: 12px;
        border: 1px solid var(--line);
        border-radius: 12px;
      }
      figcaption,
      .ends {
        display: flex;
        justify-content: space-between;
      }
      .ends {
        font-size: 0.8rem;
      }
      svg {
        display: block;
        inline-size: 100%;
        margin-block: 6px 2px;
      }
      .axis {
        stroke: var(--line);
      }
      .bar {
        fill: var(--accent);
      }
      .bar.bad {
        fill: var(--bad);
      }
      /* Time runs with the text. */
      svg:dir(rtl) {
        transform: scaleX(-1);
      }
    `,
  ];
  static override properties = { api: { attribute: false } };
  declare api: Api;
  readonly #days = new Loader<readonly DayFigures[]>(this);

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('api')) this.#days.load((signal) => this.api.figures(signal));
  }

  override render() {
    const { state, value } = this.#days;
    return html`<h1>The last 30 days</h1>
      <p class="faint">
        Days are those of UTC. Counted are answers of conversations that are still kept; with a
        conversation its figures are deleted.
      </p>
      ${failureOf(state, this.#days.retry)}
      ${
        state.type === 'loading'
          ? html`<div class="charts"><p class="faint" role="status">Loading …</p></div>`
          : nothing
      }
      ${value === undefined ? nothing : this.#renderDays(value)}`;
  }

  #renderDays(days: readonly DayFigures[]) {
    const counted = (title: string, column: CountColumn, isBad = false) =>
      renderChart({
        title,
        values: days.map((day) => [day.day, day[column]]),
        format: formatNumber,
        total: formatNumber(sum(days, column)),
        isBad,
      });
    return html`${
        sum(days, 'answers') === 0
          ? html`<p class="note">There were no answers in these days.</p>`
          : nothing
      }
      <div class="charts">
        ${counted('Conversations with answers, per day', 'chats')} ${counted('Answers', 'answers')}
        ${counted('Failed answers', 'failures', true)}
        ${renderChart({
          title: 'Time to first word, median',
          values: days.map(({ day, firstWordMedianMs: ms }) => [day, ms]),
          format: formatMs,
          total: typicalFirstWord(days),
        })}
        ${renderChart({
          title: 'Tokens, in and out',
          values: days.map((day) => [day.day, day.inputTokens + day.outputTokens]),
          format: formatNumber,
          total: formatNumber(sum(days, 'inputTokens') + sum(days, 'outputTokens')),
        })}
      </div>
      ${renderTable(days)}`;
  }
}

const renderTable = (days: readonly DayFigures[]) =>
  html`<h2 id="table">The same as a table</h2>
    <div class="scroll" role="region" aria-labelledby="table" tabindex="0">
      <table>
        <thead>
          <tr>
            <th scope="col">Day</th>
            ${[
              'Conversations',
              'Answers',
              'Failed',
              'First word, median',
              'First word, 95 %',
              'Tokens in',
              'Tokens out',
            ].map((name) => html`<th scope="col" class="number">${name}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${[...days].reverse().map(
            (day) =>
              html`<tr>
                <th scope="row">${formatDay(day.day)}</th>
                <td class="number">${formatNumber(day.chats)}</td>
                <td class="number">${formatNumber(day.answers)}</td>
                <td class="number">${formatNumber(day.failures)}</td>
                <td class="number">${orNone(day.firstWordMedianMs)}</td>
                <td class="number">${orNone(day.firstWordP95Ms)}</td>
                <td class="number">${formatNumber(day.inputTokens)}</td>
                <td class="number">${formatNumber(day.outputTokens)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
