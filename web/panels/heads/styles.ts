import { css } from "../../app/styles.ts";

/** What panels over pictures of heads share: pictures in the page's colours, controls in one row. */
export const headsStyles = css`
  :host {
    --heed-ground: var(--ground);
    --heed-card: var(--card);
    --heed-ink: var(--ink);
    --heed-quiet: var(--quiet);
    --heed-line: var(--line);
    --heed-mark: var(--query);
  }
  .controls {
    display: flex;
    flex-wrap: wrap;
    gap: 8px 20px;
    align-items: end;
    margin: 12px 0 8px;
  }
  label {
    display: grid;
    gap: 2px;
    color: var(--quiet);
    font-size: var(--smallest, 13px);
  }
  label[hidden] {
    display: none;
  }
  select,
  input[type="text"] {
    min-height: 36px;
    max-width: 100%;
    padding: 4px 8px;
    border: 1px solid var(--line);
    border-radius: 8px;
    background: var(--card);
    color: var(--ink);
    font-size: 15px;
  }
  input[type="range"] {
    width: 130px;
    margin: 0;
    min-height: 36px;
    accent-color: var(--mark);
  }
  .says {
    /* As high as its button, so that nothing moves when it goes. */
    min-height: 38px;
    margin: 0 0 8px;
    line-height: 38px;
  }
  @media (max-width: 700px) {
    .says {
      line-height: inherit;
    }
  }
  @media print {
    button.most {
      padding: 0;
      border: 0;
      background: none;
    }
  }
  .said {
    scroll-margin-block-end: 14px;
  }
  [role="status"]:empty {
    display: none;
  }
  .head {
    margin-top: 20px;
    padding-top: 14px;
    border-top: 1px solid var(--line);
  }
  .top {
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
    align-items: center;
    justify-content: space-between;
    margin-bottom: 8px;
  }
  .head {
    container-type: inline-size;
  }
  .beside {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: 16px 32px;
    align-items: start;
  }
  .beside h3 {
    margin-top: 0;
  }
  @container (min-width: 900px) {
    .beside {
      grid-template-columns: minmax(0, 1.8fr) minmax(0, 1fr);
    }
  }
  :host([presents]) .beside {
    grid-template-columns: repeat(2, minmax(0, 1fr));
  }
  /* What its colours mean stands where there is room: below the links. */
  :host([presents]) .beside > :first-child {
    display: contents;
  }
  :host([presents]) .beside > :last-child {
    grid-area: 1 / 2;
  }
  :host([presents]) heed-heat-map,
  :host([presents]) heed-lines {
    grid-row: 1 / span 2;
  }
  /* A view that stands alone needs no line above it. */
  :host([presents]) .head {
    margin: 0;
    padding: 0;
    border: none;
  }
  .keep {
    display: flex;
    flex-wrap: wrap;
    gap: 4px 12px;
    align-items: center;
    margin-bottom: 10px;
  }
  heed-legend {
    margin: 10px 0;
  }
  :host([presents]) .beside heed-legend {
    grid-area: 2 / 2;
    margin-block: 0;
  }
`;
