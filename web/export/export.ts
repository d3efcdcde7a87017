import { html, nothing } from "lit-html";
import { AppElement } from "../app/app-element.ts";
import type { AppContext } from "../app/context.ts";
import { appStyles, choiceStyles, css } from "../app/styles.ts";
import { addressOf, longestAddress } from "../state/address.ts";
import { keptTalk } from "../talk/kept.ts";
import { added } from "../talk/talk.ts";
import {
  csvOf,
  type Exported,
  experimentFileOf,
  exportedOf,
  fileNameOf,
  jsonOf,
  pageOf,
  type Shown,
  svgOf,
} from "./exported.ts";
import { type RasterOptions, rasterOf } from "./raster.ts";
import { save } from "./save.ts";

/** `<heed-app-export>`: what is on screen as a picture, a page, numbers or a link; nothing of it leaves the page. */
export class ExportElement extends AppElement {
  static readonly tag = "heed-app-export";
  static override readonly styles = [
    appStyles,
    choiceStyles,
    css`
      .row {
        display: flex;
        flex-wrap: wrap;
        gap: 6px;
        margin-block-end: 8px;
      }
      .row button {
        min-width: 64px;
      }
      [role="status"] {
        min-height: 21px;
        margin: 0 0 4px;
      }
    `,
  ];
  #shown: Shown = "sentence";
  #shape: RasterOptions["shape"] = "fit";
  #scale = 2;
  #said = "";

  protected override content(app: AppContext): unknown {
    const { exports: words } = app.words;
    const isReady = app.model !== undefined && app.seen !== undefined && !app.isBusy;
    const isMerged = app.seen?.picture?.ofLayers !== undefined;
    const button = (text: string, act: (exported: Exported) => Promise<string | undefined>) =>
      html`<button type="button" ?disabled=${!isReady} @click=${() => this.#act(act)}>${text}</button>`;
    const file = (
      text: string,
      ending: string,
      type: string,
      write: (exported: Exported) => string | Promise<string>,
    ) =>
      button(text, async (exported) => {
        const blob = new Blob([await write(exported)], { type });
        return words.saved(save(blob, fileNameOf(exported, ending)));
      });
    return html`
      ${this.#choice(
        words.picture,
        this.#shown,
        app.image
          ? { sentence: words.patches, head: words.everyHead }
          : { sentence: words.sentence, head: words.head },
        (one) => {
          this.#shown = one;
        },
      )}
      ${this.#choice(words.shape, this.#shape, { fit: words.fit, wide: words.wide }, (one) => {
        this.#shape = one;
      })}
      ${this.#choice(
        words.size,
        String(this.#scale),
        { 1: "1×", 2: "2×", 3: "3×", 4: "4×" },
        (one) => {
          this.#scale = Number(one);
        },
      )}
      <div class="row">
        ${button(words.copyPicture, (exported) => this.#copyPicture(exported))}
        ${button(words.copyLink, () => this.#copyLink())}
        ${button(app.words.talk.addView, () => this.#addToTalk())}
      </div>
      <div class="row">
        ${button("PNG", async (exported) =>
          words.saved(save(await this.#png(exported, false), fileNameOf(exported, "png"))),
        )}
        ${file("SVG", "svg", "image/svg+xml", (exported) => svgOf(exported, this.#shown, "auto"))}
        ${isMerged ? nothing : file(words.page, "html", "text/html", pageOf)}
        ${file("JSON", "json", "application/json", jsonOf)}
        ${file("CSV", "csv", "text/csv", csvOf)}
        ${button(words.experiment, (exported) => this.#experiment(exported))}
        ${button(words.print, () => this.#print())}
      </div>
      ${isMerged ? html`<p class="quiet">${words.ownPatches}</p>` : nothing}
      <p class="quiet" role="status">${isReady ? this.#said : words.waiting}</p>`;
  }

  #choice<Name extends string>(
    label: string,
    value: Name,
    names: Readonly<Record<Name, string>>,
    take: (value: Name) => void,
  ) {
    return html`<label>${label}
      <select @change=${(event: Event) => take((event.target as HTMLSelectElement).value as Name)}>
        ${(Object.entries(names) as [Name, string][]).map(
          ([name, text]) =>
            html`<option value=${name} ?selected=${name === value}>${text}</option>`,
        )}
      </select>
    </label>`;
  }

  /** Does what a button says, and says what came of it. */
  async #act(act: (exported: Exported) => Promise<string | undefined>): Promise<void> {
    const { app } = this;
    if (!app) return;
    const { exports: words } = app.words;
    try {
      const exported = await exportedOf(app);
      const done = exported && (await act(exported));
      this.#say(done ?? words.waiting);
    } catch (error) {
      this.#say(words.failed(error instanceof Error ? error.message : String(error)));
    }
  }

  #say(text: string): void {
    this.#said = text;
    this.requestUpdate();
  }

  get #words() {
    return this.app!.words.exports;
  }

  async #png(exported: Exported, isTransparent: boolean): Promise<Blob> {
    const { theme } = exported.state;
    const isDark = matchMedia("(prefers-color-scheme: dark)").matches;
    const svg = await svgOf(exported, this.#shown, theme ?? (isDark ? "dark" : "light"));
    return rasterOf(svg, { scale: this.#scale, shape: this.#shape, isTransparent });
  }

  async #copyPicture(exported: Exported): Promise<string> {
    const words = this.#words;
    // Some browsers want the item at once, and wait for what is in it.
    const png = this.#png(exported, true);
    try {
      await navigator.clipboard.write([new ClipboardItem({ "image/png": png })]);
      return words.copied;
    } catch {
      const name = save(await png, fileNameOf(exported, "png"));
      return words.notCopied(name);
    }
  }

  async #copyLink(): Promise<string> {
    const words = this.#words;
    const { state, model } = this.app!;
    const hash = addressOf(state, model!.said.version);
    if (hash.length > longestAddress) return words.tooLong;
    // Behind "?" stands what only this machine may know.
    const link = new URL(`${location.pathname}${hash && `#${hash}`}`, location.href).href;
    try {
      await navigator.clipboard.writeText(link);
      if (state.sound !== undefined) return this.app!.words.sound.linkWithout(state.sound);
      return state.picture === undefined
        ? words.copied
        : this.app!.words.picture.linkWithout(state.picture);
    } catch {
      return link;
    }
  }

  async #addToTalk(): Promise<string> {
    const { slideOf } = await import("../talk/slide.ts");
    const own = this.app!.words.talk;
    const slide = await slideOf(this.app!);
    if (!slide) return this.#words.waiting;
    return keptTalk.become(added(keptTalk.talk, slide)) ? own.added(slide.title) : own.notKept;
  }

  async #experiment(exported: Exported): Promise<string> {
    const experiment = experimentFileOf(exported);
    if (!experiment) return this.#words.noChanges;
    const json = `${JSON.stringify(experiment, undefined, 2)}\n`;
    const file = new Blob([json], { type: "application/json" });
    return this.#words.saved(save(file, fileNameOf(exported, "heed.json")));
  }

  /** Prints the page in the light, where what is drawn on a canvas is too. */
  async #print(): Promise<string> {
    const app = this.app!;
    const { theme } = app.state;
    this.closest<HTMLElement>("[popover]")?.hidePopover();
    app.set({ theme: "light" });
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    print();
    app.set({ theme });
    return "";
  }
}
