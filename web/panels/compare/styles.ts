import { css } from "../../app/styles.ts";

export const compareStyles = css`
  .choice,
  form,
  .tries {
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
    align-items: end;
    margin: 0 0 12px;
  }
  form label {
    flex: 1 1 220px;
  }
  form input[type="text"] {
    width: 100%;
  }
  .texts {
    display: grid;
    gap: 10px;
    margin: 12px 0;
  }
  .text-label {
    margin: 0 0 2px;
    color: var(--quiet);
    font-size: var(--smallest, 13px);
  }
  .words {
    display: flex;
    flex-wrap: wrap;
    gap: 4px;
  }
  .words button {
    padding: 4px 8px;
    border-color: transparent;
    background: none;
  }
  .words button.other {
    text-decoration: underline dotted var(--quiet) 2px;
    text-underline-offset: 5px;
  }
  .words button[aria-checked="true"] {
    border: 2px solid var(--query);
    color: var(--query);
    font-weight: 600;
  }
  .words button.special {
    color: var(--quiet);
  }
  section {
    margin-top: 20px;
    padding-top: 14px;
    border-top: 1px solid var(--line);
  }
  svg {
    display: block;
    width: 100%;
    max-width: 640px;
    height: auto;
    overflow: visible;
  }
  svg .axis {
    stroke: var(--line);
  }
  svg .way {
    fill: none;
    stroke: var(--query);
    stroke-width: 2.5;
  }
  svg circle {
    fill: var(--query);
  }
  svg text {
    fill: var(--quiet);
    font-size: var(--smallest, 13px);
    text-anchor: middle;
  }
  svg .value {
    fill: var(--ink);
    font-weight: 600;
    transform: translateY(-9px);
  }
  svg .below {
    transform: translateY(1.45em);
  }
  svg .before {
    transform: translate(-7px, -7px);
    text-anchor: end;
  }
  svg .after {
    transform: translate(7px, -7px);
    text-anchor: start;
  }
  svg .tick {
    text-anchor: end;
  }
  table {
    border-collapse: collapse;
    font-size: 15px;
  }
  th {
    color: var(--quiet);
    font-size: var(--smallest, 13px);
    font-weight: 400;
    text-align: start;
  }
  th,
  td {
    padding-block: 4px;
    padding-inline: 0 14px;
    overflow-wrap: break-word;
  }
  .number {
    text-align: end;
    white-space: nowrap;
  }
  .bars {
    width: 300px;
  }
  .track {
    direction: ltr;
    display: grid;
    grid-template-columns: 1fr 1fr;
    height: 12px;
    background: linear-gradient(var(--quiet), var(--quiet)) center / 1px 100% no-repeat;
  }
  .track span {
    display: block;
    height: 12px;
  }
  .track .less {
    background: light-dark(#2166ac, #8cc8ff);
    grid-column: 1;
    justify-self: end;
  }
  .track .more {
    background: light-dark(#b2182b, #ffa27c);
    grid-column: 2;
  }
  @media (max-width: 480px) {
    svg text {
      font-size: 24px;
    }
    table {
      width: 100%;
      font-size: 14px;
    }
    th,
    td {
      padding-inline-end: 10px;
    }
    .number {
      width: 1%;
    }
    .bars {
      width: 22%;
    }
  }
`;
