/** Not Lit's tag: there is nothing to interpolate. */
const css = String.raw;

/**
 * A host without a box of its own cannot be transformed, filtered, sized or covered by the page's
 * `* { … !important }`; important rules of a shadow root win over those of the page. Bubble and panel start
 * from nothing, so that they inherit nothing either.
 */
export const styles = css`
  :host {
    display: contents !important;
  }
  :host([layout='inline']) {
    display: grid !important;
    height: 100%;
    min-height: 320px;
  }
  :host([hidden]) {
    display: none !important;
  }
  .root {
    all: initial;
    --_hue: var(--taskpilot-chat-accent, var(--_own, #4f46e5));
    --_x: var(--taskpilot-chat-offset-x, 20px);
    --_y: var(--taskpilot-chat-offset-y, 20px);
    --_size: var(--taskpilot-chat-launcher-size, 56px);
    position: fixed;
    z-index: var(--taskpilot-chat-z-index, 2147483000);
    bottom: calc(var(--_y) + env(safe-area-inset-bottom));
    right: calc(var(--_x) + env(safe-area-inset-right));
    font: 14px/1.5 var(--taskpilot-chat-font, system-ui, sans-serif);
    -webkit-tap-highlight-color: transparent;
  }
  * {
    box-sizing: border-box;
  }
  .top {
    top: calc(var(--_y) + env(safe-area-inset-top));
    bottom: auto;
  }
  .left {
    left: calc(var(--_x) + env(safe-area-inset-left));
    right: auto;
  }
  :focus-visible {
    outline: 2px solid var(--_hue);
    outline-offset: 2px;
  }
  .launcher,
  .panel .icon {
    display: grid;
    place-items: center;
  }
  .launcher,
  .panel button {
    background: var(--_hue);
    color: var(--_ink, #fff);
    cursor: pointer;
  }
  .launcher {
    width: var(--_size);
    height: var(--_size);
    border-radius: 50%;
    box-shadow:
      0 1px 3px rgb(0 0 0 / 0.2),
      0 6px 20px rgb(0 0 0 / 0.18);
  }
  .labelled {
    grid-auto-flow: column;
    gap: 8px;
    width: auto;
    max-width: calc(100vw - 2 * var(--_x));
    padding-inline: 18px 22px;
    border-radius: calc(var(--_size) / 2);
    font-weight: 600;
  }
  .launcher:focus-visible {
    box-shadow: 0 0 0 2px #fff;
  }
  .badge {
    position: absolute;
    inset: -2px -2px auto auto;
    min-width: 20px;
    border-radius: 10px;
    background: #c81e1e;
    color: #fff;
    font-size: 13px;
    font-weight: 600;
    text-align: center;
  }
  svg {
    fill: none;
    stroke: currentColor;
    stroke-width: 2;
    stroke-linecap: round;
    stroke-linejoin: round;
  }
  .panel {
    --_gap: calc(var(--_size) + 16px);
    --_bg: #fff;
    --_fg: #0f1115;
    --_dim: #5b616e;
    --_line: color-mix(in srgb, var(--_fg) 11%, transparent);
    display: flex;
    flex-direction: column;
    overflow: hidden;
    width: min(var(--taskpilot-chat-width, 400px), 100vw - 2 * var(--_x));
    height: min(
      var(--taskpilot-chat-height, min(680px, 100dvh - 112px)),
      100dvh - var(--_y) - var(--_gap) - 16px
    );
    margin-bottom: var(--_gap);
    border-radius: var(--taskpilot-chat-radius, 16px);
    background: var(--_bg);
    color: var(--_fg);
    color-scheme: light;
    outline-color: color-mix(in srgb, var(--_hue), var(--_hue));
    box-shadow:
      0 0 0 1px rgb(127 127 127 / 0.2),
      0 6px 40px rgb(0 0 0 / 0.2);
  }
  .dark {
    --_bg: #17181c;
    --_fg: #f2f3f5;
    --_dim: #a1a7b3;
    color-scheme: dark;
  }
  .panel.top {
    margin: var(--_gap) 0 0;
  }
  .panel:not(.open) {
    visibility: hidden;
    opacity: 0;
    pointer-events: none;
  }
  .panel.modal {
    inset: var(--_top, 0) auto auto 0;
    width: 100%;
    height: var(--_height, 100dvh);
    margin: 0;
    padding: env(safe-area-inset-top) env(safe-area-inset-right) env(safe-area-inset-bottom)
      env(safe-area-inset-left);
    border-radius: 0;
    box-shadow: none;
  }
  .panel.inline {
    position: relative;
    inset: auto;
    width: auto;
    height: auto;
    margin: 0;
    border-radius: var(--taskpilot-chat-radius, 0);
    box-shadow: none;
  }
  .header {
    display: flex;
    align-items: center;
    flex: none;
    height: 52px;
    padding-inline: 16px 4px;
    border-bottom: 1px solid var(--_line);
  }
  .title {
    flex: 1;
    overflow: hidden;
    font-size: 16px;
    font-weight: 600;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .panel button {
    padding: 0 20px;
    min-height: 44px;
    border: 0;
    border-radius: 22px;
    font: inherit;
    font-weight: 600;
  }
  .panel [aria-disabled] {
    opacity: 0.6;
    cursor: default;
  }
  a {
    padding: 12px;
    color: var(--_fg);
  }
  .panel .icon {
    width: 44px;
    padding: 0;
    border-radius: 14px;
    background: none;
    color: var(--_dim);
    /* Looks smaller than it is. */
    box-shadow: inset 0 0 0 4px var(--_bg);
    outline-offset: -4px;
  }
  .body {
    position: relative;
    flex: 1;
    min-height: 0;
  }
  .frame > *,
  .view {
    position: absolute;
    inset: 0;
    width: 100%;
    height: 100%;
  }
  .view {
    display: flex;
    flex-direction: column;
    align-items: center;
    justify-content: center;
    gap: 16px;
    padding: 24px;
    background: var(--_bg);
    color: var(--_dim);
    text-align: center;
  }
  .notice {
    position: absolute;
    z-index: 1;
    inset: 0 0 auto;
    max-width: none;
    margin: 0;
    padding: 8px 16px;
    background: var(--_bg);
    color: var(--_dim);
    font-size: 13px;
    text-align: center;
  }
  .line {
    width: 60%;
    height: 20px;
    border-radius: 26px;
    background: var(--_line);
  }
  .line + .line {
    width: 40%;
  }
  .line.pill {
    position: absolute;
    inset: auto 16px 16px;
    width: auto;
    height: 52px;
  }
  .slow {
    position: absolute;
    bottom: 84px;
    font-size: 13px;
    animation: appear 1ms 3s backwards;
  }
  p {
    max-width: 28em;
    margin: 0;
    color: var(--_fg);
  }
  .visually-hidden {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
  }
  [hidden] {
    display: none;
  }
  [popover]:not(:popover-open) {
    display: none;
  }
  .panel .icon:hover {
    background-color: var(--_line);
  }
  @media (prefers-reduced-motion: no-preference) {
    .root {
      transition: 180ms cubic-bezier(0.2, 0.8, 0.2, 1);
      transition-property: opacity, transform;
    }
    .launcher:hover {
      transform: scale(1.04);
    }
    .launcher:active {
      transform: scale(0.97);
    }
    .panel:not(.open) {
      transform: translateY(8px);
      transition-property: opacity, transform, visibility;
    }
    .panel.top:not(.open) {
      transform: translateY(-8px);
    }
    .line {
      /* Later: at first every frame is for ChatKit. */
      animation: pulse 1.6s 1s infinite;
    }
  }
  @keyframes appear {
    0% {
      visibility: hidden;
    }
  }
  @keyframes pulse {
    50% {
      opacity: 0.5;
    }
  }
  @media (forced-colors: active) {
    .root,
    .panel button,
    .line {
      border: 1px solid;
    }
  }
  @media print {
    .root:not(.inline) {
      display: none;
    }
  }
`;
