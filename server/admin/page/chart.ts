import { html, svg, type TemplateResult } from 'lit';
import { formatDay } from './texts.js';

export interface Chart {
  readonly title: string;
  /** A value a day; null where there is none. */
  readonly values: readonly (readonly [day: string, value: number | null])[];
  readonly format: (value: number) => string;
  /** The sum of all days, or what stands for them. */
  readonly total: string;
  readonly isBad?: boolean;
}

const width = 300;
const height = 90;

/** Bars, a day each. What they say to the eye, the label and the table of the view say in words. */
export function renderChart({
  title,
  values,
  format,
  total,
  isBad = false,
}: Chart): TemplateResult {
  const max = Math.max(0, ...values.map(([, value]) => value ?? 0));
  const step = width / values.length;
  const first = values[0]?.[0] ?? '';
  const last = values.at(-1)?.[0] ?? '';
  const label = `${title}: ${total}. Most on a day: ${format(max)}.`;
  return html`<figure>
    <figcaption><span>${title}</span> <strong>${total}</strong></figcaption>
    <svg viewBox="0 0 ${width} ${height}" role="img" aria-label=${label}>
      <line class="axis" x1="0" y1=${height - 0.5} x2=${width} y2=${height - 0.5} />
      ${values.map(([day, value], index) => {
        const size = max === 0 ? 0 : ((value ?? 0) / max) * (height - 6);
        const text = value === null ? 'none' : format(value);
        return svg`<rect
          class=${isBad ? 'bar bad' : 'bar'}
          x=${index * step + 1}
          y=${height - size}
          width=${step - 2}
          height=${size}
        ><title>${formatDay(day)}: ${text}</title></rect>`;
      })}
    </svg>
    <div class="ends faint"><span>${formatDay(first)}</span><span>${formatDay(last)}</span></div>
  </figure>`;
}
