import { css } from "./styles.ts";

export const pictureStyles = css`
  .picture {
    --tall: 330px;
    display: flex;
    flex-wrap: wrap;
    gap: 8px 24px;
    align-items: flex-start;
    border-radius: 8px;
  }
  heed-image-map {
    flex: none;
    inline-size: min(100%, calc(var(--tall) * var(--aspect)));
  }
  .beside {
    flex: 1;
    min-inline-size: 240px;
  }
  .row {
    display: flex;
    flex-wrap: wrap;
    gap: 6px 8px;
    align-items: center;
    margin-block-end: 8px;
  }
  .pin {
    border-style: solid;
    border-color: currentcolor;
  }
  .pin.second {
    border-style: dashed;
  }
  .drop {
    padding: 28px 18px;
    border: 2px dashed var(--line);
    border-radius: 10px;
    text-align: center;
  }
  .drop p {
    margin-inline: auto;
  }
  .over {
    outline: 2px dashed var(--mark);
    outline-offset: 4px;
  }
  .pick {
    display: inline-flex;
    align-items: center;
    min-height: 36px;
    padding: 6px 14px;
    border: 1px solid var(--line);
    border-radius: 8px;
    background: var(--card);
    cursor: pointer;
  }
  .pick:focus-within {
    outline: 2px solid var(--mark);
    outline-offset: 2px;
  }
  input[type="file"] {
    position: absolute;
    inline-size: 1px;
    block-size: 1px;
    opacity: 0;
  }
  :host([compact]) .picture {
    --tall: 190px;
  }
  @media (max-width: 700px) {
    .picture {
      --tall: 260px;
    }
    /* The three ways on are seen without scrolling. */
    @media (max-height: 799px) {
      .picture {
        --tall: 220px;
      }
    }
    :host([compact]) .picture {
      --tall: 130px;
      flex-wrap: nowrap;
      gap: 12px;
    }
    :host([compact]) .beside {
      min-inline-size: 0;
    }
    :host([compact]) .row {
      margin-block-end: 4px;
    }
    /* Both ways of a tap say it themselves. */
    :host([compact]) .row .quiet {
      display: none;
    }
    .row {
      gap: 4px 6px;
    }
    .row button,
    .row .pick {
      padding-inline: 8px;
      font-size: 15px;
    }
    .row .quiet {
      font-size: 13px;
    }
    @media (max-width: 480px) {
      .row button,
      .row .pick {
        padding-inline: 6px;
        font-size: 14px;
      }
      .row .quiet {
        font-size: 12px;
      }
    }
    :host([compact]) heed-image-legend,
    :host([compact]) .pick,
    :host([compact]) .row:last-child {
      display: none;
    }
  }
`;
