import { css } from "../../app/styles.ts";

export const plannerStyles = css`
  svg.memory {
    display: block;
    max-inline-size: 100%;
    direction: ltr;
  }
  svg.memory text {
    fill: var(--quiet);
    font-size: 14px;
  }
  svg.memory .amount {
    text-anchor: end;
  }
  svg.memory .tokens {
    text-anchor: middle;
  }
  svg.memory .last {
    text-anchor: end;
  }
  svg .axis {
    stroke: var(--line);
  }
  svg path {
    fill: none;
    stroke: var(--mark);
    stroke-width: 2.25;
  }
  svg path.float16 {
    stroke-dasharray: 9 4;
  }
  svg path.int8 {
    stroke-dasharray: 2.5 3.5;
  }
  svg path.attention {
    stroke: var(--first);
  }
  svg circle {
    fill: var(--mark);
  }
  svg circle.attention {
    fill: var(--first);
  }
  .legend {
    display: flex;
    flex-wrap: wrap;
    gap: 2px 18px;
    margin: 4px 0 8px;
    padding: 0;
    list-style: none;
    font-size: 14px;
  }
  .legend li {
    display: flex;
    align-items: center;
    gap: 8px;
  }
  .bar {
    display: flex;
    flex-wrap: wrap;
    gap: 8px 12px;
    align-items: center;
    margin-block-end: 8px;
  }
  .bar label {
    display: flex;
    gap: 8px;
    align-items: center;
    color: var(--quiet);
    font-size: 14px;
  }
  select {
    min-height: 36px;
    border: 1px solid var(--line);
    border-radius: 8px;
    background: var(--card);
  }
  details {
    margin-block-end: 4px;
  }
  summary {
    min-height: 36px;
    padding-block: 6px;
    cursor: pointer;
  }
  .wide {
    overflow-x: auto;
    margin-block-end: 12px;
  }
  table {
    border-collapse: collapse;
    font-size: 14px;
  }
  td,
  th {
    padding: 2px 12px 2px 0;
    text-align: start;
    font-weight: 400;
    white-space: nowrap;
  }
  :host(:dir(rtl)) td,
  :host(:dir(rtl)) th {
    padding: 2px 0 2px 12px;
  }
  thead th {
    color: var(--quiet);
  }
  .number {
    text-align: end;
  }
  .family th {
    padding-block-start: 10px;
    color: var(--quiet);
  }
  .family strong {
    color: var(--ink);
    font-weight: 600;
  }
  /* The rows of a narrow window are scrolled, what is said of a family is not. */
  .family .said {
    display: inline-block;
    position: sticky;
    inset-inline-start: 0;
    max-inline-size: min(76ch, calc(100vw - 40px));
    white-space: normal;
  }
  h4 {
    margin: 16px 0 6px;
    scroll-margin-block-start: 200px;
  }
  td button,
  th button {
    min-height: 30px;
    padding: 2px 10px;
  }
`;
