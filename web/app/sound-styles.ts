import { css } from "./styles.ts";

export const soundStyles = css`
  .sound {
    border-radius: 8px;
  }
  .spectrogram {
    display: block;
    inline-size: 100%;
    block-size: 130px;
    border: 1px solid var(--line);
    border-radius: 6px;
    cursor: crosshair;
    touch-action: pan-y;
  }
  .row {
    margin-block-start: 8px;
  }
  .row .row {
    margin-block: 0;
  }
  .said {
    margin-block: 8px 0;
    max-block-size: 52px;
    overflow-y: auto;
  }
  /* All that was written is a scroll away: the headline and the ways on stay on the first screen. */
  .looking {
    max-block-size: 84px;
    overflow-y: auto;
  }
  .said button {
    display: inline-flex;
    flex-direction: column;
    align-items: center;
    min-height: 44px;
    padding: 2px 8px;
  }
  .said .time {
    color: var(--quiet);
    font-size: 13px;
  }
  .looking button {
    min-height: 38px;
    padding-inline: 8px;
  }
  .looking button[aria-pressed="true"] {
    border-color: var(--query);
    box-shadow: inset 0 0 0 1px var(--query);
  }
  .facts {
    max-inline-size: none;
    margin-block: 6px 0;
  }
  :host([compact]) .spectrogram {
    block-size: 110px;
  }
  :host([compact]) .facts,
  :host([compact]) .said {
    display: none;
  }
  :host([compact]) .looking {
    max-block-size: 14vh;
    overflow-y: auto;
  }
  /* A phone shows the whole first screen without them. */
  @media (max-width: 700px) and (max-height: 799px) {
    .facts {
      display: none;
    }
  }
  @media (max-width: 700px) {
    .spectrogram {
      block-size: 110px;
    }
    :host([compact]) .spectrogram {
      block-size: 80px;
    }
    :host([compact]) .row {
      margin-block-start: 4px;
    }
    /* What a tap does is told on the first screen; both ways of it say it themselves. */
    :host([compact]) .row .quiet,
    :host([compact]) .pin {
      display: none;
    }
    :host([compact]) .looking {
      flex-wrap: nowrap;
      overflow-x: auto;
    }
  }
`;
