import { css } from "../base/styles.ts";

/** `<heed-steps still>`: a step that nobody points at, as on a lecture's screen, which holds it whole. */
export const stillStyles = css`
  /* Where nothing is pointed at, a screen holds pictures side by side and rows as low as their names. */
  :host([still]) {
    --row: 20px;
  }
  @media (min-width: 900px) {
    :host([still]) section:has(.bars ~ :is(.bars, .aside)) {
      columns: 2;
      column-gap: 36px;
    }
    :host([still]) section > :is(h3, h3 + p, .formula) {
      column-span: all;
    }
    :host([still]) :is(.bars, .aside > *) {
      break-inside: avoid;
      margin-bottom: 8px;
    }
    :host([still]) .bars ~ .bars .readout.idle {
      display: none;
    }
    :host([still]) .aside {
      display: contents;
    }
    :host([still]) .aside li {
      display: inline-block;
      margin-inline-end: 14px;
    }
    :host([still]) .tall {
      --row: 20px;
    }
    :host([still]) :is(h3, p, .formula, .bars p) {
      margin-block: 0 3px;
    }
    :host([still]) .sideways {
      margin: 0;
    }
    :host([still]) :is(td, th) {
      padding-block: 0;
      line-height: 1.35;
    }
    :host([still]) .matrix {
      max-height: 160px;
    }
  }
  :host([still]) .told {
    padding: 0;
    border: 0;
    background: none;
    color: var(--quiet);
    pointer-events: none;
  }
  :host([still]) .line {
    grid-template-columns: minmax(52px, 90px) 50px minmax(70px, 1.2fr) 50px 50px;
  }
  :host([still]) .hand {
    grid-template-columns: minmax(52px, max-content) auto auto minmax(40px, 1fr);
  }
`;
