/** Files that take a while to be opened, of which the one that was chosen last is shown, whichever is open first. */
export class NewestFile {
  #chosen: object | undefined;
  readonly #refuse: (why: string) => void;

  /** `refuse` is told why the file that was chosen last is not shown. */
  constructor(refuse: (why: string) => void) {
    this.#refuse = refuse;
  }

  /** Opens a file and shows it; one that another was chosen after is left to `drop`, and its failure is nobody's any more. */
  async choose<T>(
    open: () => Promise<T>,
    show: (opened: T) => void,
    drop: (opened: T) => void = () => undefined,
  ): Promise<void> {
    const own = {};
    this.#chosen = own;
    try {
      const opened = await open();
      if (this.#chosen === own) show(opened);
      else drop(opened);
    } catch (error) {
      if (this.#chosen === own)
        this.#refuse(error instanceof Error ? error.message : String(error));
    }
  }
}
