import { html, type TemplateResult } from "lit-html";

/** A part of the page that files are dropped on. */
export class FileDrop {
  #isOver = false;
  readonly #changed: () => void;

  /** `changed` is called when a file is held over the part, and when it no longer is. */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** The part, by its class; the first of what is dropped goes to `take`. */
  area(name: string, content: unknown, take: (file: File) => void): TemplateResult {
    const dropped = (event: DragEvent) => {
      this.#over(false)(event);
      const [file] = event.dataTransfer?.files ?? [];
      if (file) take(file);
    };
    return html`<div
      class="${name} ${this.#isOver ? "over" : ""}"
      @dragover=${this.#over(true)}
      @dragleave=${this.#over(false)}
      @drop=${dropped}
    >${content}</div>`;
  }

  readonly #over = (isOver: boolean) => (event: DragEvent) => {
    event.preventDefault();
    this.#isOver = isOver;
    this.#changed();
  };
}

/** A button that chooses a file of the kinds that `accept` names. */
export function fileChooser(
  text: string,
  accept: string,
  take: (file: File) => void,
): TemplateResult {
  const chosen = (event: Event) => {
    const input = event.target as HTMLInputElement;
    const [file] = input.files ?? [];
    if (file) take(file);
    input.value = "";
  };
  return html`<label class="pick chrome">${text}<input type="file" accept=${accept} @change=${chosen} /></label>`;
}
