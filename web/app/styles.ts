/** Marks text as a style sheet. */
export const css = String.raw;

/**
 * What every part of the page shares. Colours come from the document (web/page.css): --ground, --card, --ink, --quiet, --line, --mark, and those
 * of the roles, which are the same everywhere: --query (the word that looks), --first and --second (the pinned keys).
 */
export const appStyles = css`
  :host {
    display: block;
    color: var(--ink);
    font: 16px / 1.5 var(--font);
    font-variant-numeric: tabular-nums;
  }
  :host([hidden]) {
    display: none;
  }
  * {
    box-sizing: border-box;
  }
  button,
  select,
  input,
  textarea {
    font: inherit;
    color: inherit;
  }
  button {
    min-height: 36px;
    padding: 6px 14px;
    border: 1px solid var(--line);
    border-radius: 8px;
    background: var(--card);
    cursor: pointer;
  }
  button:hover:not(:disabled) {
    border-color: var(--quiet);
  }
  button:disabled {
    color: var(--quiet);
    cursor: default;
  }
  button[aria-pressed="true"],
  button.main:not(:disabled) {
    border-color: var(--mark);
    box-shadow: inset 0 0 0 1px var(--mark);
  }
  button.plain {
    border-color: transparent;
    background: none;
  }
  /* A finger needs more height than a mouse. */
  @media (pointer: coarse) {
    input[type="range"] {
      min-height: 36px;
    }
    summary {
      min-height: 36px;
    }
  }
  :focus-visible {
    outline: 2px solid var(--mark);
    outline-offset: 2px;
  }
  h2 {
    margin: 0 0 4px;
    font-size: 20px;
    line-height: 1.3;
  }
  h3 {
    margin: 0 0 4px;
    font-size: 16px;
  }
  p {
    margin: 0 0 10px;
    max-width: 68ch;
    overflow-wrap: anywhere;
  }
  sup {
    font-size: max(0.83em, var(--smallest, 0px));
    line-height: 0;
  }
  .quiet {
    color: var(--quiet);
    font-size: 14px;
  }
  .query {
    color: var(--query);
    font-weight: 600;
  }
  .first {
    color: var(--first);
    font-weight: 600;
  }
  .second {
    color: var(--second);
    font-weight: 600;
  }
  /* On a lecture's screen a view stands without what leads away from it. */
  :host([presents]) .chrome {
    display: none;
  }
  .unseen {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  /* On paper nothing is tapped. */
  @media print {
    :host .chrome {
      display: none;
    }
    :not(.unseen) {
      max-block-size: none !important;
      overflow: visible !important;
    }
    svg,
    canvas,
    p {
      break-inside: avoid-page;
    }
    h2,
    h3 {
      break-after: avoid-page;
    }
  }
  @media (prefers-reduced-motion: reduce) {
    * {
      transition: none !important;
      animation: none !important;
    }
  }
`;

/** Choices under one another, each with its name before it. */
export const choiceStyles = css`
  label {
    display: flex;
    justify-content: space-between;
    align-items: center;
    gap: 12px;
    min-height: 40px;
  }
  select {
    min-height: 36px;
    border: 1px solid var(--line);
    border-radius: 8px;
    background: var(--card);
  }
`;
