import { css } from "../../app/styles.ts";

export const stepsPanelStyles = css`
  heed-steps {
    max-width: 820px;
    margin-top: 16px;
    padding-top: 16px;
    border-top: 1px solid var(--line);
  }
  /* On a lecture's screen a step stands alone. */
  :host([presents]) heed-steps {
    max-width: none;
    margin: 0;
    padding: 0;
    border: none;
  }
  /* A short step leaves the way to the next one where it is; on a lecture's screen there is none. */
  :host(:not([presents])) .whole heed-steps {
    min-block-size: calc(100vh - var(--heed-stuck, 0px) - 40px);
  }
  .answer {
    margin: 0 0 6px;
    padding: 0;
    max-width: 68ch;
    list-style: none;
    overflow-wrap: anywhere;
  }
  .answer li {
    margin: 0 0 6px;
  }
  .more summary {
    min-height: 36px;
    padding: 6px 0;
    color: var(--quiet);
    font-size: 14px;
    cursor: pointer;
  }
  .error {
    padding: 8px 12px;
    border-inline-start: 3px solid var(--mark);
  }
  .steps[aria-busy="true"] heed-steps {
    opacity: 0.55;
    transition: opacity 0.15s 0.12s;
  }
  .quiet button {
    font-size: 14px;
  }
`;
