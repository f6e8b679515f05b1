import { css } from 'lit';

/**
 * A host without a box of its own cannot be transformed, filtered, sized or covered by the page's
 * `* { … !important }`; important rules of a shadow root win over those of the page.
 */
export const styles = css`
  :host {
    all: initial;
    --_accent: var(--taskpilot-chat-accent, var(--_attribute-accent, #4f46e5));
    --_x: var(--taskpilot-chat-offset-x, 20px);
    --_y: var(--taskpilot-chat-offset-y, 20px);
    --_launcher: var(--taskpilot-chat-launcher-size, 56px);
    --_radius: var(--taskpilot-chat-radius, 16px);
    --_surface: #fff;
    --_text: #0f1115;
    --_muted: #5b616e;
    --_ease: 180ms cubic-bezier(0.2, 0.8, 0.2, 1);
    color-scheme: light;
    display: contents !important;
    font: 400 14px/1.5 var(--taskpilot-chat-font, system-ui, sans-serif);
  }
  :host([hidden]) {
    display: none !important;
  }
  :host([layout='inline']) {
    display: block !important;
    position: relative;
    block-size: 100%;
    min-block-size: 320px;
  }
  :host([data-scheme='dark']) {
    --_surface: #17181c;
    --_text: #f2f3f5;
    --_muted: #a1a7b3;
    color-scheme: dark;
  }
  * {
    box-sizing: border-box;
  }
  [hidden] {
    display: none;
  }
  .probe {
    background: var(--_accent);
  }
  button {
    font: inherit;
    color: inherit;
    background: none;
    border: 0;
    margin: 0;
    padding: 0;
    cursor: pointer;
    place-items: center;
    -webkit-tap-highlight-color: transparent;
  }
  button:focus-visible,
  .panel:focus-visible {
    outline: 2px solid var(--_accent);
    outline-offset: 2px;
  }
  svg {
    display: block;
    fill: none;
    stroke: currentColor;
    stroke-width: 2;
    stroke-linecap: round;
    stroke-linejoin: round;
  }
  .corner {
    position: fixed;
    z-index: var(--taskpilot-chat-z-index, 2147483000);
    inset-block-end: calc(var(--_y) + env(safe-area-inset-bottom, 0px));
    inset-inline-end: calc(var(--_x) + env(safe-area-inset-right, 0px));
  }
  .top {
    inset-block: calc(var(--_y) + env(safe-area-inset-top, 0px)) auto;
  }
  .start {
    inset-inline: calc(var(--_x) + env(safe-area-inset-left, 0px)) auto;
  }
  .launcher:not([hidden]) {
    display: grid;
  }
  .launcher {
    inline-size: var(--_launcher);
    block-size: var(--_launcher);
    border-radius: 50%;
    background: var(--_accent);
    color: var(--_on-accent, #fff);
    box-shadow:
      0 1px 3px rgb(0 0 0 / 0.2),
      0 6px 20px rgb(0 0 0 / 0.18);
    transition: transform var(--_ease);
  }
  .launcher:focus-visible {
    box-shadow: 0 0 0 2px #fff;
  }
  .launcher:active {
    transform: scale(0.97);
  }
  .badge {
    position: absolute;
    inset-block-start: -2px;
    inset-inline-end: -2px;
    min-inline-size: 20px;
    padding-inline: 5px;
    border-radius: 10px;
    background: #c81e1e;
    color: #fff;
    font: 600 13px/20px var(--taskpilot-chat-font, system-ui, sans-serif);
    text-align: center;
  }
  .panel {
    --_gap: calc(var(--_y) + var(--_launcher) + 16px);
    display: flex;
    flex-direction: column;
    overflow: hidden;
    inline-size: min(var(--taskpilot-chat-width, 400px), 100vw - 2 * var(--_x));
    block-size: var(--taskpilot-chat-height, min(680px, 100dvh - 112px));
    max-block-size: calc(100dvh - var(--_gap) - 16px);
    margin-block-end: calc(var(--_launcher) + 16px);
    border-radius: var(--_radius);
    background: var(--_surface);
    color: var(--_text);
    box-shadow:
      0 0 0 1px rgb(127 127 127 / 0.2),
      0 2px 8px rgb(0 0 0 / 0.1),
      0 16px 48px rgb(0 0 0 / 0.2);
    text-align: start;
    overscroll-behavior: contain;
    transition:
      opacity var(--_ease),
      transform var(--_ease),
      visibility 0s;
  }
  .panel.top {
    margin-block: calc(var(--_launcher) + 16px) 0;
  }
  .panel:not(.open) {
    visibility: hidden;
    opacity: 0;
    transform: translateY(8px);
    pointer-events: none;
    transition:
      opacity var(--_ease),
      transform var(--_ease),
      visibility 0s 180ms;
  }
  .panel.top:not(.open) {
    transform: translateY(-8px);
  }
  .panel.cover {
    inset: var(--_viewport-top, 0) auto auto 0;
    inline-size: 100%;
    block-size: var(--_viewport, 100dvh);
    max-block-size: none;
    margin: 0;
    padding: env(safe-area-inset-top, 0px) env(safe-area-inset-right, 0px)
      env(safe-area-inset-bottom, 0px) env(safe-area-inset-left, 0px);
    border-radius: 0;
    box-shadow: none;
  }
  .panel.inline {
    position: absolute;
    inset: 0;
    z-index: auto;
    inline-size: auto;
    block-size: auto;
    max-block-size: none;
    margin: 0;
    border-radius: var(--taskpilot-chat-radius, 0);
    box-shadow: none;
  }
  header {
    display: flex;
    align-items: center;
    flex: none;
    block-size: 52px;
    padding-inline: 16px 4px;
    border-block-end: 1px solid color-mix(in srgb, currentColor 11%, transparent);
  }
  .title {
    flex: 1;
    overflow: hidden;
    font-size: 16px;
    font-weight: 600;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  header button {
    display: grid;
    inline-size: 44px;
    block-size: 44px;
    color: var(--_muted);
    border-radius: 10px;
  }
  header button:focus-visible {
    outline-offset: -2px;
  }
  .body {
    position: relative;
    flex: 1;
    min-block-size: 0;
  }
  .frame,
  .view,
  .frame > * {
    position: absolute;
    inset: 0;
    inline-size: 100%;
    block-size: 100%;
    display: block;
  }
  .view {
    display: flex;
    flex-direction: column;
    align-items: center;
    justify-content: center;
    gap: 16px;
    padding: 24px;
    background: var(--_surface);
    color: var(--_muted);
    text-align: center;
  }
  .line,
  .pill {
    background: color-mix(in srgb, var(--_text) 8%, transparent);
    border-radius: 10px;
    block-size: 20px;
    inline-size: 60%;
    animation: pulse 1.6s ease-in-out infinite;
  }
  .line + .line {
    inline-size: 40%;
  }
  .pill {
    position: absolute;
    inset: auto 16px 16px;
    inline-size: auto;
    block-size: 52px;
    border-radius: 26px;
  }
  .slow {
    position: absolute;
    inset: auto 16px 84px;
    font-size: 13px;
  }
  @keyframes pulse {
    50% {
      opacity: 0.5;
    }
  }
  .sentence {
    max-inline-size: 28em;
    margin: 0;
    color: var(--_text);
  }
  .action {
    min-block-size: 44px;
    padding-inline: 20px;
    border-radius: 22px;
    background: var(--_accent);
    color: var(--_on-accent, #fff);
    font-weight: 600;
  }
  .status {
    position: absolute;
    inline-size: 1px;
    block-size: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  .guard {
    position: absolute;
    outline: 0;
  }
  @media (hover: hover) {
    .launcher:hover {
      transform: scale(1.04);
    }
    header button:hover {
      background: color-mix(in srgb, currentColor 11%, transparent);
    }
  }
  @media (prefers-reduced-motion: reduce) {
    * {
      animation: none !important;
      transition: none !important;
    }
    .launcher,
    .panel:not(.open) {
      transform: none !important;
    }
  }
  @media (forced-colors: active) {
    .launcher,
    .action {
      border: 1px solid ButtonText;
      background: ButtonFace;
      color: ButtonText;
      forced-color-adjust: none;
    }
    .panel {
      border: 1px solid CanvasText;
    }
  }
  @media print {
    .corner {
      display: none;
    }
  }
`;
