import { css } from "../base/styles.ts";

/** `<heed-steps>`: one step at a time; colours of the words are --heed-query, --heed-first and --heed-second where a page sets them. */
export const stepsStyles = css`
  :host {
    --query: var(--heed-query, #7a3e9d);
    --first: var(--heed-first, #b04a00);
    --second: var(--heed-second, #0b62a8);
    --bar: var(--quiet);
    --row: 26px;
    overflow-wrap: anywhere;
  }
  :host([dark]) {
    --query: var(--heed-query, #cfa5ea);
    --first: var(--heed-first, #ffa657);
    --second: var(--heed-second, #6cb6ff);
  }
  @media (pointer: coarse) {
    :host {
      --row: 36px;
    }
  }
  h3 {
    margin: 0 0 6px;
    font-size: 18px;
    line-height: 1.3;
  }
  h4 {
    margin: 0 0 2px;
    font-size: 14px;
  }
  p {
    margin: 0 0 10px;
    max-width: 68ch;
  }
  .formula {
    color: var(--quiet);
    font: 14px/1.5 ui-monospace, Menlo, Consolas, monospace;
    text-align: match-parent;
  }
  .quiet,
  .special {
    color: var(--quiet);
  }
  .query {
    --bar: var(--query);
  }
  .first {
    --bar: var(--first);
  }
  .second {
    --bar: var(--second);
  }
  .total {
    --bar: var(--ink);
  }
  span.query,
  span.first,
  span.second,
  button.first,
  button.second,
  tr.first th,
  tr.first td,
  tr.second th,
  tr.second td,
  tr.query th,
  tr.query td {
    color: var(--bar);
    font-weight: 600;
  }
  .plain {
    min-height: 36px;
  }
  .row {
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
    align-items: center;
  }
  .moves {
    display: flex;
    gap: 8px;
    align-items: center;
    margin-bottom: 6px;
    padding-block: 4px;
  }
  /* Where a page says what sticks on top of it, the way to other steps sticks under that. */
  @media screen {
    .moves {
      position: sticky;
      inset-block-start: var(--heed-stuck, auto);
      z-index: 1;
      background: var(--ground);
    }
    section :is(button, input, summary, [tabindex]) {
      scroll-margin-block-start: 56px;
    }
  }
  .moves [aria-disabled="true"] {
    color: var(--quiet);
    cursor: default;
    opacity: 0.6;
  }
  .moves .count {
    flex: 1;
    color: var(--quiet);
    font-size: 14px;
    text-align: center;
  }
  .list {
    margin: 0 0 14px;
  }
  .list summary {
    min-height: 36px;
    padding: 6px 0;
    color: var(--quiet);
    font-weight: 400;
    font-size: 14px;
    cursor: pointer;
  }
  .list ol {
    margin: 0 0 8px;
    padding: 0;
    list-style: none;
    columns: 2 240px;
    column-gap: 12px;
  }
  .list li {
    break-inside: avoid;
  }
  .list button {
    display: flex;
    gap: 8px;
    width: 100%;
    min-height: 36px;
    padding: 6px 8px;
    border: 0;
    border-radius: 6px;
    background: none;
    font-size: 14px;
    text-align: start;
    cursor: pointer;
  }
  .list button:hover {
    background: var(--card);
  }
  .list button[aria-current] {
    background: var(--card);
    box-shadow: inset 3px 0 var(--mark);
    font-weight: 600;
  }
  .list .place {
    flex: none;
    min-width: 1.6em;
    color: var(--quiet);
    text-align: end;
  }
  .toy {
    padding: 6px 10px;
    border-inline-start: 3px solid var(--line);
    color: var(--quiet);
    font-size: 14px;
  }
  .result {
    font-size: 15px;
  }
  .hand {
    display: grid;
    grid-template-columns: minmax(150px, 1.4fr) auto auto minmax(40px, 1fr);
    gap: 4px 10px;
    align-items: center;
    margin-bottom: 12px;
  }
  .drag {
    display: flex;
    gap: 8px;
    align-items: center;
    min-height: 36px;
  }
  .drag.wide {
    flex: 1 1 220px;
  }
  .drag span {
    flex: none;
    font-size: 14px;
  }
  input[type="range"] {
    width: 100%;
    min-width: 60px;
    min-height: var(--row);
    margin: 0;
    accent-color: var(--bar);
  }
  .times,
  .hand output {
    font-size: 14px;
    white-space: nowrap;
  }
  .hand .total {
    border-top: 1px solid var(--line);
    padding-top: 4px;
    font-weight: 600;
  }
  .hand .total.label {
    text-align: start;
  }
  .level {
    position: relative;
    display: block;
    height: 14px;
    border-radius: 3px;
    background: var(--card);
    box-shadow: inset 0 0 0 1px var(--line);
  }
  .level i {
    position: absolute;
    top: 0;
    bottom: 0;
    border-radius: 2px;
    background: var(--bar);
  }
  .level i.below,
  .pale i {
    opacity: 0.55;
  }
  .level i.outline {
    border: 2px solid var(--ink);
    background: none;
    opacity: 0;
  }
  .changed .level i.outline {
    opacity: 0.8;
  }
  .check {
    display: inline-flex;
    gap: 6px;
    align-items: center;
    min-height: 36px;
    font-size: 14px;
  }
  .softmax {
    margin-bottom: 12px;
  }
  .line {
    display: grid;
    grid-template-columns: minmax(52px, 90px) minmax(70px, 1fr) 46px minmax(70px, 1.2fr) 50px 50px;
    gap: 2px 8px;
    align-items: center;
    accent-color: var(--bar);
  }
  .line.quiet {
    font-size: max(13px, var(--heed-smallest, 0px));
  }
  .mine {
    color: var(--mark);
    font-weight: 600;
  }
  .hatched {
    height: 14px;
    background: repeating-linear-gradient(45deg, var(--line) 0 2px, transparent 2px 6px);
  }
  .scaled {
    display: grid;
    grid-template-columns: minmax(52px, 90px) minmax(40px, 1fr) 48px minmax(40px, 1fr) 48px;
    gap: 2px 8px;
    align-items: center;
    margin-bottom: 12px;
  }
  .scaled .quiet {
    font-size: max(13px, var(--heed-smallest, 0px));
  }
  .aside {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(200px, 1fr));
    gap: 10px 20px;
    margin-bottom: 14px;
    padding: 12px 14px;
    border: 1px solid var(--line);
    border-radius: 8px;
    font-size: 14px;
  }
  .aside > p {
    grid-column: 1 / -1;
    margin: 0;
  }
  .aside ul {
    margin: 0 0 6px;
    padding: 0;
    list-style: none;
  }
  details.all summary {
    min-height: 36px;
    padding: 6px 0;
    color: var(--quiet);
    font-size: 14px;
    font-weight: 400;
  }
  .sideways {
    margin-bottom: 14px;
  }
  td,
  th {
    padding: 2px 8px 2px 0;
    white-space: nowrap;
  }
  tbody th {
    max-width: 16em;
    overflow: hidden;
    color: var(--ink);
    font-size: 14px;
    text-overflow: ellipsis;
  }
  tr.special th,
  tr.rest th,
  tr.rest td {
    color: var(--quiet);
  }
  tr.total th,
  tr.total td {
    border-top: 1px solid var(--line);
    font-weight: 600;
  }
  .texts td {
    white-space: normal;
  }
  td.bar {
    position: relative;
    width: 24%;
    min-width: 64px;
  }
  td.bar i {
    position: absolute;
    top: 25%;
    height: 50%;
    border-radius: 2px;
    background: var(--bar);
  }
  td.bar i.below {
    opacity: 0.5;
  }
  .latex {
    width: 100%;
    min-height: 120px;
    color: inherit;
    background: var(--card);
    font: max(12px, var(--heed-smallest, 0px))/1.4 ui-monospace, Menlo, Consolas, monospace;
  }
  @media (max-width: 520px) {
    tbody th {
      min-width: 6em;
      max-width: 9em;
      white-space: normal;
      overflow-wrap: break-word;
    }
    .line {
      grid-template-columns: 64px minmax(60px, 1fr) 46px 46px;
      margin-bottom: 6px;
    }
    .line > .level,
    .line > .weights {
      grid-column: 1 / 3;
    }
    .line.quiet > .weights ~ .ends,
    .line > .level ~ .ends {
      grid-column: auto;
    }
    .line.quiet {
      display: none;
    }
    .hand {
      grid-template-columns: minmax(120px, 1.4fr) auto auto;
    }
    .hand .level {
      grid-column: 1 / -1;
    }
  }
`;
