import { css } from "../../app/styles.ts";

/** Styles of the panel: cause left, consequence right, one under the other where there is no room. */
export const changeStyles = css`
  :host {
    container-type: inline-size;
  }
  .columns {
    display: grid;
    grid-template: "cause" "consequence" "changes" / minmax(0, 1fr);
    gap: 20px 36px;
    align-items: start;
  }
  .cause {
    grid-area: cause;
  }
  .consequence {
    grid-area: consequence;
  }
  .yours {
    grid-area: changes;
  }
  .brief {
    display: flex;
    justify-content: space-between;
    align-items: center;
    gap: 8px;
    position: sticky;
    inset-block-end: 0;
    z-index: 1;
    margin-block-start: 16px;
    padding-block: 6px;
    border-block-start: 1px solid var(--line);
    background: var(--ground);
  }
  .brief button:last-child {
    white-space: nowrap;
  }
  .brief .plain {
    padding-inline: 0;
    text-align: start;
  }
  /* A consequence that is gone to stands clear of the sentence on top. */
  .consequence {
    scroll-margin-block-start: 8px;
  }
  .yours h4 {
    margin-block-start: 0;
  }
  @media print {
    .brief {
      display: none;
    }
  }
  @container (min-width: 760px) {
    .brief {
      display: none;
    }
    .columns {
      grid-template: "cause consequence" auto "changes consequence" 1fr / minmax(0, 1fr) minmax(0, 1fr);
    }
  }
  h3 {
    margin-block-end: 8px;
    font-size: 17px;
  }
  h4 {
    margin: 18px 0 6px;
    font-size: 15px;
  }
  .tools {
    display: flex;
    flex-wrap: wrap;
    gap: 6px;
    margin-block-end: 12px;
  }
  .tools button {
    padding-inline: 12px;
  }
  .choice {
    display: flex;
    flex-wrap: wrap;
    gap: 4px 8px;
    align-items: center;
    margin-block-end: 8px;
    font-size: 15px;
  }
  .choice > span {
    color: var(--quiet);
  }
  select,
  input[type="text"] {
    min-height: 36px;
    max-inline-size: 100%;
    padding: 4px 8px;
    border: 1px solid var(--line);
    border-radius: 8px;
    background: var(--card);
  }
  input[type="text"] {
    inline-size: 100%;
  }
  details {
    margin-block-end: 12px;
  }
  summary {
    min-height: 36px;
    line-height: 36px;
    color: var(--quiet);
    cursor: pointer;
  }
  .links {
    display: grid;
    grid-template-columns: minmax(64px, 96px) 1fr 34px auto;
    column-gap: 10px;
    margin: 0 0 12px;
    padding: 0;
    list-style: none;
  }
  .links li {
    display: grid;
    grid-column: 1 / -1;
    grid-template-columns: subgrid;
    align-items: center;
    min-height: 38px;
  }
  .links .word {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .links input {
    inline-size: 100%;
    min-inline-size: 0;
    height: 36px;
    margin: 0;
    accent-color: var(--tone, var(--quiet));
    cursor: ew-resize;
  }
  .links li.first {
    --tone: var(--first);
  }
  .links li.second {
    --tone: var(--second);
  }
  .links li {
    color: var(--ink);
    font-weight: 400;
  }
  .links .first .word,
  .links .second .word {
    color: var(--tone);
    font-weight: 600;
  }
  .links .number {
    text-align: end;
  }
  .links .cut {
    min-inline-size: 44px;
    padding-inline: 10px;
  }
  .hatched {
    height: 12px;
    border-radius: 4px;
    background: repeating-linear-gradient(135deg, var(--line) 0 2px, transparent 2px 6px);
  }
  .changes {
    margin: 0 0 10px;
    padding: 0;
    list-style: none;
  }
  .changes li {
    display: flex;
    gap: 8px;
    align-items: center;
    justify-content: space-between;
    padding-block: 2px;
    border-block-end: 1px solid var(--line);
    overflow-wrap: anywhere;
    font-size: 15px;
  }
  .changes button {
    flex: none;
    min-inline-size: 36px;
    padding-inline: 8px;
  }
  .row {
    display: flex;
    flex-wrap: wrap;
    gap: 6px;
    margin-block-end: 8px;
  }
  .small button,
  button.small {
    padding: 4px 10px;
    font-size: 14px;
  }
  .verdict {
    margin-block: 4px 10px;
    font-size: 17px;
  }
  .strip {
    display: grid;
    grid-template-columns: minmax(112px, 168px) 1fr minmax(52px, auto);
    column-gap: 10px;
    margin: 0 0 8px;
    padding: 0;
    list-style: none;
  }
  .strip li {
    display: grid;
    grid-column: 1 / -1;
    grid-template-columns: subgrid;
    align-items: center;
    min-height: 30px;
    padding-block: 3px;
    font-size: 15px;
    line-height: 1.25;
  }
  .strip .first-place {
    font-weight: 600;
    color: var(--ink);
  }
  .strip .number {
    text-align: end;
  }
  .track {
    position: relative;
    height: 16px;
    border-radius: 3px;
    background: var(--card);
  }
  .track.gone {
    background: repeating-linear-gradient(135deg, var(--line) 0 2px, transparent 2px 6px);
  }
  .track.gone .bar {
    display: none;
  }
  .track .bar {
    position: absolute;
    inset-block: 3px;
    inset-inline-start: 0;
    min-inline-size: 1px;
    border-radius: 2px;
    background: var(--query);
    transition: inline-size 200ms;
  }
  .track .range {
    position: absolute;
    inset-block: 0;
    border: 1px solid var(--quiet);
    border-radius: 3px;
    opacity: 0.75;
  }
  .track .middle {
    position: absolute;
    inset-block: -2px;
    inline-size: 2px;
    margin-inline-start: -1px;
    background: var(--ink);
  }
  .legend {
    display: flex;
    flex-wrap: wrap;
    gap: 4px 16px;
    color: var(--quiet);
    font-size: var(--smallest, 13px);
  }
  .legend i {
    display: inline-block;
    margin-inline-end: 5px;
    vertical-align: -1px;
  }
  .legend .bar {
    inline-size: 16px;
    height: 9px;
    background: var(--query);
    border-radius: 2px;
  }
  .legend .middle {
    inline-size: 2px;
    height: 14px;
    background: var(--ink);
  }
  .legend .range {
    inline-size: 16px;
    height: 12px;
    border: 1px solid var(--quiet);
    border-radius: 3px;
  }
  figure {
    margin: 14px 0 8px;
  }
  figcaption {
    margin-block-end: 4px;
    font-size: 15px;
  }
  .numbers {
    display: grid;
    grid-template-columns: 48px 1fr;
    gap: 10px;
    align-items: center;
    color: var(--quiet);
    font-size: var(--smallest, 13px);
  }
  .numbers svg {
    display: block;
    inline-size: 100%;
    block-size: 34px;
    direction: ltr;
  }
  .numbers rect {
    fill: var(--quiet);
  }
  .numbers.after rect {
    fill: var(--query);
  }
  .numbers line {
    stroke: var(--line);
    vector-effect: non-scaling-stroke;
  }
  .outcome {
    inline-size: 100%;
    border-collapse: collapse;
    font-size: 15px;
  }
  .outcome th,
  .outcome td {
    padding: 4px 6px;
    text-align: end;
    font-weight: 400;
  }
  .outcome th:first-child {
    text-align: start;
  }
  .outcome thead th {
    color: var(--quiet);
    font-size: var(--smallest, 13px);
  }
  .outcome td {
    --way: to right;
    background: linear-gradient(
      var(--way),
      color-mix(in srgb, var(--query) 22%, transparent) calc(var(--share) * 1%),
      transparent 0
    );
  }
  .outcome td:dir(rtl) {
    --way: to left;
  }
  /* On a lecture's screen what is said stands before what is drawn. */
  :host([presents]) .consequence > h3 {
    display: none;
  }
  :host([presents]) .columns {
    grid-template: "changes" "consequence" / minmax(0, 1fr);
    gap: 0;
  }
  .strip,
  figure {
    break-inside: avoid;
  }
  .busy {
    color: var(--quiet);
  }
  .error {
    color: var(--first);
  }
  textarea {
    inline-size: 100%;
    min-height: 90px;
    font: max(13px, var(--smallest, 0px)) / 1.4 ui-monospace, monospace;
  }
  @media (max-width: 480px) {
    .links {
      column-gap: 8px;
      grid-template-columns: fit-content(96px) 1fr 30px auto;
    }
    .strip {
      grid-template-columns: 112px 1fr minmax(44px, auto);
    }
    .strip li {
      font-size: 14px;
    }
  }
`;
