import { css } from "../base/styles.ts";

/** Rows of numbers as bars, the table of a matrix, and what is said of the number that is pointed at. */
export const barsStyles = css`
  .bars {
    margin: 0 0 18px;
  }
  figcaption {
    margin-bottom: 4px;
    font-size: 14px;
    font-weight: 600;
  }
  .block {
    display: grid;
    grid-template-columns: minmax(56px, 132px) minmax(0, 1fr) 58px;
    column-gap: 8px;
  }
  .label {
    display: block;
    overflow: hidden;
    min-width: 0;
    padding: 0;
    border: 0;
    background: none;
    font-size: 14px;
    line-height: var(--row);
    text-align: end;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .labels .label {
    width: 100%;
    height: var(--row);
  }
  button.label {
    cursor: pointer;
  }
  button.label:hover {
    text-decoration: underline;
  }
  .label.total {
    font-weight: 600;
  }
  .tall {
    --row: 38px;
  }
  .strips {
    cursor: crosshair;
    touch-action: pan-y;
  }
  .strip {
    display: block;
    width: 100%;
    height: var(--row);
  }
  .strip .up {
    fill: var(--bar);
  }
  .strip .down {
    fill: var(--bar);
    opacity: 0.5;
  }
  .zero {
    stroke: var(--line);
    stroke-width: 1px;
    vector-effect: non-scaling-stroke;
  }
  .at {
    fill: var(--mark);
    opacity: 0.22;
  }
  .lit {
    fill: var(--query);
    opacity: 0.25;
  }
  .matrix {
    display: block;
    width: 100%;
    fill: var(--ink);
    cursor: crosshair;
    touch-action: pan-y;
  }
  .frame {
    fill: var(--query);
    fill-opacity: 0.22;
    stroke: var(--query);
    stroke-width: 2px;
    vector-effect: non-scaling-stroke;
    pointer-events: none;
  }
  .frame.at {
    fill: none;
    opacity: 1;
    stroke: var(--mark);
  }
  .ends {
    direction: ltr;
    font-size: max(13px, var(--heed-smallest, 0px));
    text-align: end;
    white-space: nowrap;
  }
  .block .ends span {
    display: block;
    height: var(--row);
    line-height: var(--row);
  }
  .ends .total {
    font-weight: 600;
  }
  .readout {
    min-height: 1.45em;
    margin: 2px 0 6px;
    color: var(--quiet);
    font-size: max(13px, var(--heed-smallest, 0px));
  }
  .bars ~ .bars .readout.idle {
    overflow: hidden;
    height: 19px;
    visibility: hidden;
    white-space: nowrap;
  }
  .strips:focus-visible,
  .matrix:focus-visible {
    outline-offset: 0;
  }
  @media (max-width: 520px) {
    .block {
      grid-template-columns: fit-content(40%) minmax(0, 1fr) 52px;
      column-gap: 6px;
    }
    .label {
      font-size: max(13px, var(--heed-smallest, 0px));
    }
  }
`;
