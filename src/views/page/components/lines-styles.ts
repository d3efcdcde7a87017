import type { Theme } from "../../scale.ts";
import { css } from "../base/styles.ts";

/** From one word to the next, in CSS pixels. */
export const rowHeight = 24;

/** How wide the words of each side are in a picture of so many CSS pixels. */
export function wordsWidth(width: number): number {
  return Math.round(Math.min(150, width * 0.32));
}

/** Okabe and Ito's colours, which colour-blind eyes tell apart; lighter on dark. */
const colors = {
  light: ["0072b2", "d55e00", "009e73", "cc79a7", "8a6d00", "56b4e9", "7a3e9d", "444444"],
  dark: ["56b4e9", "ff9d4d", "2fd6a3", "e6a3c8", "f0e442", "9ecbff", "cfa5ea", "cccccc"],
} as const;

/** The colour of the n-th head of a picture. */
export function headColor(n: number, theme: Theme): string {
  return `#${colors[theme][n % 8]}`;
}

export const linesStyles = css`
  .scroller {
    position: relative;
    max-height: max(340px, 70vh);
    overflow: auto;
  }
  .rows {
    position: relative;
    display: grid;
    grid-template-columns: min(150px, 32%) 1fr min(150px, 32%);
  }
  .sticky {
    position: sticky;
    top: 0;
    grid-area: 1 / 1 / 2 / 4;
    height: 0;
  }
  canvas {
    position: absolute;
    top: 0;
    left: 0;
    pointer-events: none;
  }
  .side {
    grid-row: 1;
    width: 100%;
  }
  .side.query {
    grid-column: 1;
  }
  .side.key {
    grid-column: 3;
  }
  .word {
    display: block;
    width: 100%;
    height: 24px;
    padding: 0 4px;
    border: 0;
    border-radius: 4px;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
    background: none;
    line-height: 24px;
    cursor: pointer;
  }
  .query .word {
    text-align: right;
  }
  .key .word {
    text-align: left;
  }
  .word[aria-pressed="true"] {
    color: var(--mark);
    font-weight: 600;
  }
  .word.only {
    background: var(--line);
  }
  .legend {
    display: flex;
    flex-wrap: wrap;
    gap: 4px 14px;
    margin: 0 0 8px;
    padding: 0;
    list-style: none;
    font-size: max(13px, var(--heed-smallest, 0px));
  }
  .swatch {
    display: inline-block;
    width: 16px;
    height: 4px;
    margin-inline-end: 6px;
    border-radius: 2px;
    vertical-align: middle;
  }
  .ways {
    display: flex;
    flex-wrap: wrap;
    gap: 6px;
    margin-bottom: 8px;
  }
  .ways .plain {
    min-height: 36px;
  }
  .status {
    min-height: 2.9em;
    margin: 8px 0 0;
    font-size: max(13px, var(--heed-smallest, 0px));
    overflow-wrap: anywhere;
  }
`;
