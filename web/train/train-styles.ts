import { css } from "../app/styles.ts";

export const trainStyles = css`
  form,
  .ways {
    display: flex;
    flex-wrap: wrap;
    gap: 8px 12px;
    align-items: flex-end;
    margin-block-end: 12px;
  }
  label {
    display: flex;
    flex-direction: column;
    gap: 2px;
    color: var(--quiet);
    font-size: 14px;
  }
  select,
  input {
    min-height: 38px;
    max-inline-size: 100%;
    padding: 4px 10px;
    border: 1px solid var(--line);
    border-radius: 8px;
    background: var(--card);
    color: var(--ink);
    font-size: 16px;
  }
  input[type="number"] {
    inline-size: 100%;
    min-inline-size: 110px;
  }
  .status {
    display: flex;
    flex-wrap: wrap;
    gap: 4px 18px;
    align-items: center;
    margin-block-end: 8px;
  }
  .status strong {
    min-inline-size: 10.5em;
  }
  progress {
    display: block;
    inline-size: 100%;
    block-size: 8px;
    margin-block: 4px 12px;
    accent-color: var(--mark);
  }
  heed-film {
    margin-block: 16px 8px;
  }
  section {
    margin-block-start: 32px;
  }
  .question {
    display: flex;
    flex-wrap: wrap;
    gap: 6px 8px;
    margin: 12px 0;
    padding: 0;
    list-style: none;
    font-size: 18px;
  }
  .question li {
    display: flex;
    flex-direction: column;
    align-items: center;
  }
  .answer {
    padding: 0 8px;
    border: 1px solid var(--line);
    border-radius: 8px;
    background: var(--card);
    font-weight: 600;
  }
  .answer.right {
    border-color: var(--mark);
    color: var(--mark);
  }
  .answer.wrong {
    border-style: dashed;
    color: var(--first);
  }
  table {
    border-collapse: collapse;
    margin-block: 12px;
  }
  th,
  td {
    padding: 4px 12px 4px 0;
    font-weight: 400;
    text-align: start;
  }
  tr.most th {
    font-weight: 700;
  }
  .bar {
    position: relative;
    inline-size: min(320px, 46vw);
    block-size: 14px;
    border-radius: 3px;
    background: var(--line);
  }
  .bar i {
    position: absolute;
    inset: 0 auto 0 0;
    border-radius: 3px;
    background: var(--mark);
  }
  :host-context([dir="rtl"]) .bar i {
    inset: 0 0 0 auto;
  }
  .bar b {
    position: absolute;
    inset-block: -3px;
    inline-size: 0;
    border-inline-start: 2px dashed var(--ink);
  }
  .know {
    padding: 12px 16px;
    border-inline-start: 3px solid var(--mark);
    background: var(--card);
  }
  .know p:last-child {
    margin: 0;
  }
`;
