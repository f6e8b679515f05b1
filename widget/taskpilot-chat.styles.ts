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
    --_soft: color-mix(in srgb, var(--_fg) 5%, var(--_bg));
    --_ink: #fff;
    position: fixed;
    z-index: var(--taskpilot-chat-z-index, 2147483000);
    bottom: calc(var(--_y) + env(safe-area-inset-bottom));
    right: calc(var(--_x) + env(safe-area-inset-right));
    font: 14px/1.5 var(--taskpilot-chat-font, system-ui, sans-serif);
    -webkit-tap-highlight-color: transparent;
  }
  /* Not in Firefox before 128 and Safari before 18. */
  @supports (color: color(from red xyz x y calc(1 * y))) {
    .root {
      /* 1 on dark hues, else 0: at luminances (y) from 0.175 to 0.183 black and white both have a contrast of 4.5. */
      --_white: clamp(0, 1e9 * (0.179 - y), 1);
      --_ink: color(
        from var(--_hue) xyz calc(0.95 * var(--_white)) var(--_white) calc(1.09 * var(--_white))
      );
    }
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
    /* Of any two colours this has a contrast of at least 3 to the panel. */
    outline: 2px solid color-mix(in oklab, var(--_hue), var(--_fg) 55%);
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
    color: var(--_ink);
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
    width: 20px;
    height: 20px;
    fill: none;
    stroke: currentColor;
    stroke-width: 2;
    stroke-linecap: round;
    stroke-linejoin: round;
  }
  .launcher svg {
    scale: 1.2;
  }
  .picture svg {
    scale: 1.4;
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
    container-type: inline-size;
  }
  .frame > *,
  .cover {
    position: absolute;
    inset: 0;
    width: 100%;
    height: 100%;
  }
  /* Sizes and places below are those of ChatKit. */
  .cover {
    display: flex;
    flex-direction: column;
    background: var(--_bg);
  }
  .cover > * {
    flex: none;
    width: 100%;
    max-width: 768px;
    margin-inline: auto;
  }
  .cover > .header {
    max-width: none;
  }
  .cover > .view,
  .skeleton {
    display: flex;
    flex: 1;
    flex-direction: column;
    min-height: 0;
    padding: 16px;
    overflow: auto;
    font-size: 15px;
  }
  .skeleton {
    overflow: hidden;
  }
  .view {
    gap: 16px;
    align-items: center;
    justify-content: safe center;
    text-align: center;
    text-wrap: balance;
  }
  .picture {
    padding: 18px;
    border-radius: 50%;
    background: var(--_soft);
    color: var(--_dim);
    line-height: 0;
  }
  .greeting {
    position: relative;
    width: 100%;
    margin: auto;
    padding: 24px 8px;
    font-size: 20px;
    font-weight: 600;
    line-height: 1.3;
    text-align: center;
    text-wrap: balance;
  }
  .greeting .line {
    width: 60%;
    height: 1.3em;
    margin: auto;
  }
  .slow {
    color: var(--_dim);
    font: 400 13px/1.5 var(--taskpilot-chat-font, system-ui, sans-serif);
    text-align: center;
    animation: appear 1ms 3s backwards;
  }
  .greeting .slow {
    position: absolute;
    inset: auto 0 0;
  }
  .prompts {
    display: grid;
    gap: 4px;
  }
  .prompt {
    min-height: 44px;
    padding: 10px 12px;
    padding-inline-start: 44px;
    border-radius: 12px;
    color: transparent;
  }
  .line,
  .prompt {
    background: var(--_soft);
  }
  .line {
    height: 14px;
    margin-bottom: 12px;
    border-radius: 13px;
  }
  .short {
    width: 60%;
  }
  .question {
    align-self: end;
    width: 55%;
    height: 38px;
    margin-bottom: 20px;
    border-radius: 20px;
  }
  .queue {
    display: flex;
    flex-direction: column;
    align-items: end;
    gap: 4px;
    max-height: 50%;
    padding: 16px;
    padding-inline-start: calc(15% + 16px);
    overflow: auto;
  }
  .queue + .skeleton > :not(.slow),
  .queue + .skeleton .line {
    visibility: hidden;
  }
  .bubble {
    max-width: 100%;
    padding: 8px 14px;
    border-radius: 20px;
    background: var(--_soft);
    color: var(--_dim);
    font-size: 15px;
    white-space: pre-wrap;
    overflow-wrap: anywhere;
  }
  small {
    color: var(--_dim);
    font-size: 13px;
  }
  .foot {
    padding: 4px 12px 12px;
  }
  .composer {
    --_corner: 28px;
    display: flex;
    align-items: end;
    gap: 4px;
    padding: 5px;
    border: 1px solid var(--_line);
    border-radius: var(--_corner);
    box-shadow: 0 1px 4px rgb(0 0 0 / 0.05);
  }
  .composer:focus-within {
    border-color: color-mix(in srgb, var(--_fg) 50%, transparent);
  }
  .round {
    --_corner: 18px;
  }
  .soft {
    --_corner: 10px;
  }
  .sharp {
    --_corner: 0;
  }
  textarea {
    flex: 1;
    min-width: 0;
    max-height: min(200px, 35vh);
    padding: 10px 4px;
    padding-inline-start: 12px;
    border: 0;
    background: none;
    color: inherit;
    /* Phones zoom in on smaller text. */
    font: 16px/24px var(--taskpilot-chat-font, system-ui, sans-serif);
    resize: none;
    field-sizing: content;
  }
  textarea:focus-visible {
    /* The border of the composer shows it. */
    outline: 0;
  }
  textarea::placeholder {
    color: var(--_dim);
    opacity: 1;
  }
  .panel .send {
    display: grid;
    place-items: center;
    width: 44px;
    padding: 0;
    border-radius: calc(var(--_corner) - 6px);
  }
  .panel .send[aria-disabled] {
    background: var(--_soft);
    color: var(--_dim);
    opacity: 1;
  }
  .disclaimer {
    margin-top: 6px;
    color: var(--_dim);
    font-size: 13px;
    text-align: center;
  }
  .notices {
    position: absolute;
    inset: 8px 8px auto;
    display: grid;
    gap: 4px;
  }
  .notice {
    max-width: none;
    padding: 8px 14px;
    border: 1px solid var(--_line);
    border-radius: 10px;
    background: var(--_bg);
    color: var(--_dim);
    font-size: 13px;
    text-align: center;
    overflow-wrap: anywhere;
  }
  p {
    max-width: 28em;
    margin: 0;
    color: var(--_fg);
    unicode-bidi: plaintext;
  }
  .visually-hidden {
    position: fixed;
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
  @container (min-width: 640px) {
    .greeting {
      font-size: 24px;
    }
    .prompts {
      grid-template-columns: repeat(auto-fit, minmax(220px, 1fr));
      gap: 8px;
    }
    .prompt {
      border: 1px solid transparent;
    }
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
    .composer,
    .bubble,
    .prompt,
    .line {
      border: 1px solid;
    }
  }
  /* At a zoom of 400 %, what helps comes first. */
  @media (max-height: 400px) {
    .picture {
      display: none;
    }
  }
  @media print {
    .root:not(.inline) {
      display: none;
    }
  }
`;
