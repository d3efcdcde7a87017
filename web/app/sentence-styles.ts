import { css } from "./styles.ts";

export const sentenceStyles = css`
  textarea {
    display: block;
    width: 100%;
    margin-block-end: 8px;
    padding: 8px 12px;
    border: 1px solid var(--line);
    border-radius: 8px;
    background: var(--card);
    font-size: 20px;
    resize: vertical;
  }
  .line {
    position: relative;
    padding-block-start: 46px;
  }
  .arcs {
    position: absolute;
    inset: 0;
    overflow: visible;
    /* Words that are scrolled out of the line draw nothing over what stands below. */
    clip-path: inset(-14px -8px 0);
    pointer-events: none;
  }
  path {
    fill: none;
    stroke: var(--quiet);
    stroke-linecap: round;
    stroke-linejoin: round;
    opacity: 0.55;
  }
  path.first {
    stroke: var(--first);
    opacity: 0.9;
  }
  path.second {
    stroke: var(--second);
    opacity: 0.9;
  }
  .words {
    display: flex;
    flex-wrap: wrap;
    align-items: flex-start;
    gap: 4px 2px;
    max-block-size: 42vh;
    overflow-y: auto;
  }
  .line.across {
    padding-block-start: 8px;
  }
  .queries {
    margin-block-end: 40px;
    max-block-size: 22vh;
  }
  :host([compact]) .queries {
    margin-block-end: 22px;
  }
  .group {
    position: relative;
    display: inline-flex;
    align-items: flex-start;
  }
  .token {
    display: inline-flex;
    flex-direction: column;
    align-items: stretch;
    min-inline-size: 36px;
  }
  .word {
    padding: 2px 6px;
    border-color: transparent;
    background: none;
    font-size: clamp(19px, 2.2vw, 26px);
    line-height: 1.3;
    white-space: pre;
  }
  .word.query {
    border-color: var(--query);
    background: color-mix(in srgb, var(--query) 12%, transparent);
    box-shadow: none;
  }
  .special .word {
    color: var(--quiet);
    font-size: 14px;
    line-height: 34px;
  }
  .weight {
    display: flex;
    flex-direction: column;
    align-items: center;
    justify-content: flex-start;
    min-block-size: 58px;
    padding: 0 2px;
    border-color: transparent;
    background: none;
    box-shadow: none;
  }
  .weight[aria-pressed="true"] {
    border-color: transparent;
    box-shadow: none;
  }
  .column {
    display: flex;
    align-items: flex-end;
    block-size: 36px;
  }
  .bar {
    inline-size: 18px;
    border-radius: 2px;
    max-block-size: 100%;
    background: var(--quiet);
  }
  .first .bar {
    background: var(--first);
  }
  .second .bar {
    background: var(--second);
  }
  .weight.hidden .bar {
    block-size: 14px !important;
    background: repeating-linear-gradient(
      45deg,
      var(--line) 0 2px,
      transparent 2px 5px
    );
  }
  .number {
    font-size: var(--smallest, 13px);
    color: var(--quiet);
  }
  .first .number,
  .second .number {
    color: inherit;
    text-decoration: underline;
    text-underline-offset: 3px;
  }
  .second .number {
    text-decoration-style: dashed;
  }
  .swap {
    align-self: flex-start;
    min-height: 36px;
    padding: 2px 10px;
    border-color: var(--mark);
    border-radius: 18px;
    background: none;
    color: var(--mark);
    font-size: 15px;
    white-space: nowrap;
  }
  .edit {
    min-inline-size: 36px;
    margin-inline-start: 6px;
    border-color: transparent;
    background: none;
    color: var(--quiet);
    font-size: 18px;
  }
  /* What was measured stays where it is. */
  @media print {
    :host .swap.chrome {
      display: inline-block;
    }
    .swap,
    .edit {
      visibility: hidden;
    }
    :host([compact]) .arcs {
      display: var(--printed-arcs, block);
    }
  }
  :host([veiled]) .weight,
  :host([veiled]) .arcs {
    visibility: hidden;
  }
  :host([compact]) .column {
    block-size: 22px;
  }
  :host([compact]) .weight {
    min-block-size: 42px;
  }
  /* Room for arcs between lines, and beside them. */
  @media (max-width: 700px) {
    :host(:not([compact])) .words {
      row-gap: 12px;
      padding-inline-start: 14px;
    }
    :host([compact]) .line {
      padding-block-start: 0;
    }
    :host([compact]) .arcs {
      display: none;
    }
    :host([compact]) .words {
      flex-wrap: nowrap;
      overflow-x: auto;
    }
  }
  @media (max-width: 480px) {
    .line {
      padding-block-start: 32px;
    }
    .column {
      block-size: 26px;
    }
    .weight {
      min-block-size: 48px;
    }
    .token {
      min-inline-size: 34px;
    }
    .word {
      padding-inline: 4px;
    }
    :host([compact]) .word {
      padding-inline: 3px;
      font-size: 17px;
    }
  }
`;
