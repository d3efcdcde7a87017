import { css } from "../base/styles.ts";

/** How a film stands on its page. */
export const filmStyles = css`
  :host {
    max-width: 1120px;
    margin: 0 auto;
    padding: 16px clamp(12px, 3vw, 32px) 48px;
  }
  :host([bare]) {
    max-width: none;
    padding: 0;
  }
  h1 {
    margin: 0;
    font-size: 22px;
    line-height: 1.25;
    text-wrap: balance;
    overflow-wrap: anywhere;
  }
  h2 {
    margin: 0 0 4px;
    font-size: 16px;
  }
  h3 {
    margin: 18px 0 2px;
    font-size: 15px;
  }
  .controls {
    position: sticky;
    top: 0;
    z-index: 1;
    margin: 12px 0 16px;
    padding: 10px 0;
    background: var(--ground);
    border-bottom: 1px solid var(--line);
  }
  .facts {
    display: flex;
    flex-wrap: wrap;
    gap: 2px 18px;
    margin: 0 0 6px;
  }
  .facts strong {
    min-width: 11em;
  }
  .run {
    display: flex;
    align-items: center;
    gap: 12px;
  }
  .run button {
    min-width: 76px;
    min-height: 36px;
  }
  input[type="range"] {
    flex: 1;
    min-width: 0;
    height: 36px;
    accent-color: var(--mark);
  }
  svg {
    display: block;
    width: 100%;
    overflow: visible;
    /* Steps and places go from the left everywhere. */
    direction: ltr;
  }
  .run input {
    direction: ltr;
  }
  .course {
    height: 120px;
  }
  .course path {
    fill: none;
    stroke: var(--quiet);
    vector-effect: non-scaling-stroke;
  }
  .course .right {
    stroke: var(--mark);
    stroke-width: 2.5;
  }
  .course .chance {
    stroke-dasharray: 3 4;
  }
  .course .now {
    stroke: var(--ink);
  }
  .columns {
    display: grid;
    grid-template-columns: minmax(0, 1fr) minmax(0, 1.3fr);
    align-items: start;
    gap: 16px;
  }
  @media (max-width: 820px) {
    .columns {
      grid-template-columns: minmax(0, 1fr);
    }
  }
  .heads {
    display: grid;
    gap: 6px;
  }
  .heads button {
    padding: 4px;
    border: 1px solid var(--line);
    border-radius: 6px;
    background: var(--ground);
    font-size: max(12px, var(--heed-smallest, 0px));
    cursor: pointer;
  }
  .heads button[aria-pressed="true"] {
    border-color: var(--mark);
    box-shadow: inset 0 0 0 1px var(--mark);
  }
  canvas {
    display: block;
    width: 100%;
    aspect-ratio: 1;
    image-rendering: pixelated;
  }
  select {
    max-width: 100%;
    min-height: 36px;
    margin: 0 0 10px;
    border: 1px solid var(--line);
    border-radius: 6px;
    background: var(--card);
  }
  .spectrum {
    height: 84px;
  }
  .spectrum .before {
    fill: var(--quiet);
  }
  .spectrum .now {
    fill: var(--mark);
  }
  .key {
    display: inline-block;
    width: 10px;
    height: 10px;
    margin-right: 4px;
    border-radius: 2px;
    background: var(--quiet);
  }
  .key.now {
    margin-left: 12px;
    background: var(--mark);
  }
  sup {
    font-size: max(0.83em, var(--heed-smallest, 0px));
    line-height: 0;
  }
  .matrix {
    max-width: 520px;
  }
  .matrix text {
    fill: var(--ink);
  }
  .matrix rect.empty {
    fill: none;
    stroke: var(--line);
  }
  td.was {
    color: var(--quiet);
  }
  td {
    vertical-align: top;
    overflow-wrap: anywhere;
  }
  td.number {
    white-space: nowrap;
  }
  .meter {
    position: relative;
    height: 10px;
    min-width: 70px;
    border-radius: 3px;
    background: var(--line);
  }
  .meter i {
    position: absolute;
    inset: 0 auto 0 0;
    border-radius: 3px;
    background: var(--mark);
  }
`;
