import { css } from 'lit';

/** Colours and the ground of the document; elements inherit them. */
export const page = css`
  :root {
    color-scheme: light dark;
    --ground: light-dark(#fff, #16181d);
    --raised: light-dark(#f4f5f7, #1f232b);
    --line: light-dark(#d4d8df, #3a404c);
    --text: light-dark(#1b1f27, #e8eaf0);
    --faint: light-dark(#565e6c, #a7afbd);
    --accent: light-dark(#1d5bc6, #8db6ff);
    --on-accent: light-dark(#fff, #10141c);
    --bad: light-dark(#b3261e, #ff9d94);
    --bad-ground: light-dark(#fdecea, #3d1f1d);
    font:
      15px/1.5 system-ui,
      sans-serif;
    background: var(--ground);
    color: var(--text);
  }
  body {
    margin: 0;
  }
`;

/** What every view shares. */
export const shared = css`
  * {
    box-sizing: border-box;
  }
  [hidden] {
    display: none !important;
  }
  h1 {
    font-size: 1.4rem;
    line-height: 1.25;
    margin: 0 0 12px;
    overflow-wrap: anywhere;
  }
  h2 {
    font-size: 1.05rem;
    margin: 0 0 8px;
  }
  a {
    color: var(--accent);
  }
  .faint {
    color: var(--faint);
  }
  button,
  input {
    font: inherit;
    color: inherit;
    min-height: 38px;
    border: 1px solid var(--line);
    border-radius: 8px;
    background: var(--ground);
    padding: 6px 12px;
  }
  input[type='checkbox'] {
    min-height: 0;
    inline-size: 18px;
    block-size: 18px;
    margin: 0;
    accent-color: var(--accent);
  }
  button {
    cursor: pointer;
  }
  button:hover {
    border-color: var(--faint);
  }
  button.primary {
    background: var(--accent);
    border-color: var(--accent);
    color: var(--on-accent);
  }
  button.danger {
    color: var(--bad);
    border-color: currentcolor;
  }
  button:disabled {
    opacity: 0.6;
    cursor: default;
  }
  :focus-visible {
    outline: 2px solid var(--accent);
    outline-offset: 2px;
  }
  .badge {
    display: inline-block;
    border: 1px solid currentcolor;
    border-radius: 999px;
    padding: 0 8px;
    font-size: 0.8rem;
    line-height: 1.5;
    white-space: nowrap;
  }
  .bad {
    color: var(--bad);
  }
  .row {
    display: flex;
    flex-wrap: wrap;
    gap: 8px 12px;
    align-items: center;
  }
  .note {
    padding: 12px 16px;
    border: 1px solid var(--line);
    border-radius: 8px;
    background: var(--raised);
    margin: 0 0 16px;
  }
  .note.bad {
    background: var(--bad-ground);
    border-color: currentcolor;
  }
  .scroll {
    overflow: auto;
    border: 1px solid var(--line);
    border-radius: 8px;
  }
  table {
    border-collapse: collapse;
    inline-size: 100%;
    font-variant-numeric: tabular-nums;
  }
  th,
  td {
    padding: 6px 12px;
    text-align: start;
    white-space: nowrap;
    border-block-end: 1px solid var(--line);
  }
  th.number,
  td.number {
    text-align: end;
  }
`;
