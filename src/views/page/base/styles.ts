/** Marks text as a style sheet. */
export const css = String.raw;

/** Every element: its colours, which a page may set as --heed-…, and what it takes of nothing else of the page. */
export const hostStyles = css`
  :host {
    --ground: var(--heed-ground, #ffffff);
    --card: var(--heed-card, #f6f8fa);
    --ink: var(--heed-ink, #1b1f24);
    --quiet: var(--heed-quiet, #59636e);
    --line: var(--heed-line, #d1d9e0);
    --mark: var(--heed-mark, #b3261e);
    display: block;
    color: var(--ink);
    color-scheme: light;
    font: 15px / 1.45 var(--heed-font, system-ui, "Segoe UI", "Helvetica Neue", Arial, sans-serif);
    font-variant-numeric: tabular-nums;
    letter-spacing: normal;
    text-align: start;
    text-indent: 0;
    text-transform: none;
    white-space: normal;
  }
  :host([dark]) {
    --ground: var(--heed-ground, #14161a);
    --card: var(--heed-card, #1c1f25);
    --ink: var(--heed-ink, #e6e9ee);
    --quiet: var(--heed-quiet, #9aa4b0);
    --line: var(--heed-line, #3a414b);
    --mark: var(--heed-mark, #4dd0e1);
    color-scheme: dark;
  }
  :host([hidden]) {
    display: none;
  }
  /* On a lecture's screen nothing is for a hand. */
  :host([still]) .by-hand {
    display: none;
  }
  /* On paper too; sliders are left, as bars. */
  @media print {
    .by-hand:not(input, i) {
      display: none;
    }
  }
  * {
    box-sizing: border-box;
  }
  .content {
    transition: opacity 0.15s;
  }
  :host([aria-busy="true"]) .content {
    opacity: 0.55;
    /* An answer that comes soon is never seen to be waited for. */
    transition-delay: 0.12s;
  }
  @media (prefers-reduced-motion: reduce) {
    .content {
      transition-duration: 0s;
    }
  }
  .waiting {
    color: var(--quiet);
    font-size: max(13px, var(--heed-smallest, 0px));
  }
  .failure {
    margin: 6px 0;
    color: var(--mark);
    font-size: max(13px, var(--heed-smallest, 0px));
    overflow-wrap: anywhere;
  }
  .hint {
    margin: 0 0 8px;
    color: var(--quiet);
    font-size: max(13px, var(--heed-smallest, 0px));
  }
  button,
  select {
    font: inherit;
    color: inherit;
  }
  .plain {
    flex: none;
    padding: 4px 12px;
    border: 1px solid var(--line);
    border-radius: 6px;
    background: var(--card);
    font-size: max(13px, var(--heed-smallest, 0px));
    cursor: pointer;
  }
  .plain[aria-pressed="true"] {
    border-color: var(--mark);
    box-shadow: inset 0 0 0 1px var(--mark);
  }
  :focus-visible {
    outline: 2px solid var(--mark);
    outline-offset: 2px;
  }
`;

/** Tables of numbers, and what scrolls sideways with them. */
export const tableStyles = css`
  table {
    border-collapse: collapse;
    width: 100%;
    align-self: start;
    font-size: 14px;
  }
  caption {
    padding-bottom: 4px;
    text-align: left;
    font-weight: 600;
    overflow-wrap: anywhere;
  }
  th {
    color: var(--quiet);
    font-size: max(12px, var(--heed-smallest, 0px));
    font-weight: 400;
    text-align: left;
  }
  td,
  th {
    padding: 2px 6px 2px 0;
  }
  .number {
    direction: ltr;
    text-align: right;
  }
  .chosen .link,
  .chosen th,
  .chosen td {
    color: var(--ink);
    font-weight: 600;
  }
  .sideways {
    overflow-x: auto;
  }
  summary {
    font-weight: 600;
    cursor: pointer;
    overflow-wrap: anywhere;
  }
`;

/** A framed part. */
export const cardStyles = css`
  .card {
    margin-bottom: 16px;
    padding: 12px 14px;
    border: 1px solid var(--line);
    border-radius: 8px;
    background: var(--card);
  }
`;

/** Canvases that take a pointer and keys. */
export const canvasStyles = css`
  .scroller {
    overflow: auto;
    max-height: 900px;
  }
  .stack {
    position: relative;
    width: max-content;
  }
  canvas {
    display: block;
  }
  .overlay {
    position: absolute;
    inset: 0;
    cursor: crosshair;
  }
  .overlay:focus-visible {
    /* A picture as wide as its room would cut it off. */
    outline-offset: -2px;
  }
  .status {
    margin: 8px 0 0;
    font-size: max(13px, var(--heed-smallest, 0px));
    overflow-wrap: anywhere;
  }
  .tooltip {
    position: fixed;
    z-index: 2;
    top: 0;
    left: 0;
    max-width: 320px;
    padding: 4px 8px;
    border-radius: 6px;
    background: var(--ink);
    color: var(--ground);
    font-size: max(13px, var(--heed-smallest, 0px));
    overflow-wrap: anywhere;
    pointer-events: none;
  }
  .tooltip[hidden] {
    display: none;
  }
`;

/** A colour scale's strip. */
export const stripStyles = css`
  .strip {
    height: 9px;
    border: 1px solid var(--line);
  }
`;
