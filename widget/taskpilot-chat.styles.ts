/** Not Lit's tag: there is nothing to interpolate. */
const css = String.raw;

/**
 * The host's box has no size, no place in the flow of the page and no stacking context, and the page's
 * `* { … !important }` cannot change that: important rules of a shadow root win over those of the page. It is there, and
 * not `display: contents`, so that tools which walk the page find what is in it. Bubble and panel start from nothing, so
 * that they inherit nothing either.
 */
export const styles = css`
  :host(:where(:not([layout='inline']))) {
    all: initial !important;
    position: absolute !important;
    inset: 0 auto auto 0 !important;
  }
  :host {
    column-rule-color: var(--_accent) !important;
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
    --_gap: calc(var(--_size) + 16px);
    --_bg: #fff;
    --_fg: #0f1115;
    --_dim: #5b616e;
    --_line: color-mix(in srgb, var(--_fg) 11%, transparent);
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
    outline: 2px solid var(--_ring, var(--_hue));
    outline-offset: 2px;
  }
  .launcher,
  .icon {
    display: grid;
    place-items: center;
  }
  .launcher,
  .root button {
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
  /* On a ground that nobody knows, one of the two can be seen. */
  .launcher:focus-visible {
    outline-color: var(--_fg);
    box-shadow: 0 0 0 2px var(--_bg);
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
  .panel,
  .teaser {
    /* Of the viewport, without what the keyboard covers. */
    --_seen: var(--_height, 100dvh);
    --_room: calc(var(--_seen) - var(--_y) - var(--_gap) - 16px);
    display: flex;
    overflow: hidden;
    margin-bottom: calc(var(--_gap) + 100dvh - var(--_seen) - var(--_top, 0px));
    color: var(--_fg);
    color-scheme: light;
  }
  .panel,
  .teaser[part] {
    border-radius: var(--taskpilot-chat-radius, 16px);
    background: var(--_bg);
    box-shadow:
      0 0 0 1px rgb(127 127 127 / 0.2),
      0 6px 40px rgb(0 0 0 / 0.2);
  }
  .panel {
    flex-direction: column;
    width: min(var(--_w, var(--taskpilot-chat-width, 400px)), 100vw - 2 * var(--_x));
    height: min(var(--_h, var(--taskpilot-chat-height, min(680px, 100dvh - 112px))), var(--_room));
    column-rule-color: color-mix(in srgb, var(--_hue), var(--_hue));
  }
  .expanded {
    --_w: 800px;
    --_h: 100dvh;
  }
  .teaser {
    align-items: start;
    max-width: min(300px, 100vw - 2 * var(--_x));
    max-height: var(--_room);
  }
  .dark {
    --_bg: #17181c;
    --_fg: #f2f3f5;
    --_dim: #a1a7b3;
    color-scheme: dark;
  }
  .top:not(.launcher) {
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
    height: var(--_seen);
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
  .root button {
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
  .root .icon {
    flex: none;
    width: 44px;
    padding: 0;
    border-radius: 14px;
    background: none;
    color: var(--_dim);
    /* Looks smaller than it is. */
    box-shadow: inset 0 0 0 4px var(--_bg);
    outline-offset: -4px;
  }
  .teaser [role] {
    flex: 1;
    overflow: auto;
  }
  .teaser [role] button {
    width: 100%;
    padding: 12px 0 12px 16px;
    background: none;
    color: inherit;
    font-weight: inherit;
    overflow-wrap: anywhere;
    text-align: start;
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
  .root .icon:hover {
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
    .teaser[part] {
      animation: rise 180ms cubic-bezier(0.2, 0.8, 0.2, 1);
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
  @keyframes rise {
    0% {
      opacity: 0;
      transform: translateY(8px);
    }
  }
  @keyframes pulse {
    50% {
      opacity: 0.5;
    }
  }
  @media (forced-colors: active) {
    .root[part],
    .root button,
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
