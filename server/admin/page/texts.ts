import { html, nothing, type TemplateResult } from 'lit';
import type { LoadState } from './loader.js';

const whole = new Intl.NumberFormat('en');
const dateTime = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'medium' });
const date = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeZone: 'UTC' });

export const formatNumber = (value: number): string => whole.format(value);
/** A duration in milliseconds. */
export const formatMs = (ms: number): string =>
  ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
/** A time in the operator's own zone. */
export const formatTime = (time: string | number): string => dateTime.format(new Date(time));
/** A day such as `2026-11-30`. */
export const formatDay = (day: string): string => date.format(new Date(`${day}T00:00:00Z`));

/** The failure of a view, with a way to try again; nothing while there is none. */
export const failureOf = (
  state: LoadState<unknown>,
  retry: () => void,
): TemplateResult | typeof nothing =>
  state.type === 'failed'
    ? html`<div class="note bad" role="alert">
        <p>${state.message}</p>
        <button @click=${retry}>Try again</button>
      </div>`
    : nothing;
