import { css } from "../app/styles.ts";

export const learnStyles = css`
  nav,
  .told,
  .scroll {
    scroll-margin-block: 8px 12px;
  }
  nav {
    display: flex;
    flex-wrap: wrap;
    gap: 4px;
    margin-block-end: 16px;
  }
  .stop {
    inline-size: 36px;
    padding: 0;
    border-radius: 18px;
    font-size: 14px;
  }
  .stop.done {
    color: var(--mark);
  }
  .stop[aria-current="step"] {
    border-color: var(--mark);
    background: var(--mark);
    color: var(--ground);
  }
  .ways {
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
    margin-block: 12px;
  }
  .told {
    margin-block-start: 10px;
  }
  .see {
    font-size: 18px;
  }
  .know {
    padding: 10px 14px;
    border-inline-start: 3px solid var(--mark);
    background: var(--card);
  }
  .definition {
    padding: 8px 14px;
    border: 1px dotted var(--quiet);
    border-radius: 8px;
  }
  .term {
    min-height: 0;
    padding: 0;
    border: 0;
    border-block-end: 1px dotted currentcolor;
    border-radius: 0;
    background: none;
  }
  .guess {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(min(100%, 340px), 1fr));
    max-inline-size: 860px;
    gap: 2px 24px;
    margin-block-end: 12px;
  }
  .guessed {
    display: grid;
    grid-template-columns: 5.5em 1fr 3em;
    gap: 8px;
    align-items: center;
    min-height: 36px;
  }
  input[type="range"] {
    inline-size: 100%;
    min-inline-size: 60px;
    accent-color: var(--mark);
  }
  .scroll {
    margin-block: 12px;
    overflow-x: auto;
  }
  table {
    border-collapse: collapse;
    font-size: 14px;
  }
  td,
  th {
    padding: 2px 8px;
    font-weight: 400;
    text-align: center;
    vertical-align: bottom;
  }
  th[scope="row"] {
    text-align: start;
    color: var(--quiet);
  }
  .bar {
    display: block;
    inline-size: 18px;
    block-size: calc(40px * var(--share) + 1px);
    margin-inline: auto;
    border-radius: 2px;
    background: var(--mark);
  }
  /* A phone has the words under one another, so that all are seen. */
  @media (max-width: 700px) {
    .stop {
      flex: 1;
      min-inline-size: 24px;
    }
    nav {
      flex-wrap: nowrap;
    }
    table {
      display: grid;
      grid-template-rows: repeat(var(--rows), auto);
      grid-auto-flow: column;
      align-items: center;
    }
    thead,
    tbody,
    tr {
      display: contents;
    }
    table td {
      display: flex;
      gap: 6px;
      align-items: center;
    }
    .bar {
      inline-size: calc(80px * var(--share) + 1px);
      block-size: 14px;
      margin-inline: 0;
    }
  }
  .acts {
    display: flex;
    flex-wrap: wrap;
    gap: 4px 24px;
    max-inline-size: none;
    color: var(--quiet);
  }
  .acts .now {
    color: var(--ink);
    font-weight: 600;
  }
  .goals + button {
    margin-block-end: 12px;
  }
  .goals {
    padding-inline-start: 0;
    list-style: none;
  }
  .goals li {
    min-height: 30px;
    max-inline-size: 68ch;
  }
  .found {
    color: var(--mark);
  }
`;
