/** Pixels of a sheet that lies on its side between its margins: of Letter, the narrower of the common ones. */
const sheetWidth = 940;

/** Below this the sentence is laid out for a phone, without arcs. */
const narrow = 700;

/**
 * Keeps what is printed as it is laid out on screen, where arcs and maps were measured, makes it as small as a sheet asks for, and light: what
 * is drawn on canvases too.
 */
export function fitSheets(page: HTMLElement): void {
  const { documentElement: root } = document;
  let theme: string | undefined;
  const set = (name: string, value: string | undefined) => {
    if (value === undefined) root.style.removeProperty(name);
    else root.style.setProperty(name, value);
  };
  addEventListener("beforeprint", () => {
    const width = page.getBoundingClientRect().width / page.currentCSSZoom;
    set("--printed-width", `${width}px`);
    set("--printed-zoom", String(Math.min(1, sheetWidth / width)));
    set("--printed-arcs", width < narrow ? "none" : undefined);
    theme = root.dataset.theme;
    root.dataset.theme = "light";
    redraw(page);
  });
  addEventListener("afterprint", () => {
    for (const name of ["--printed-width", "--printed-zoom", "--printed-arcs"])
      set(name, undefined);
    if (theme === undefined) delete root.dataset.theme;
    else root.dataset.theme = theme;
    redraw(page);
  });
}

/** Has every element draw itself anew, in the colours that hold now. */
function redraw(element: Element & { requestUpdate?(): void }): void {
  element.requestUpdate?.();
  for (const inner of element.shadowRoot?.querySelectorAll("*") ?? []) redraw(inner);
}
