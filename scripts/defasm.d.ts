declare module "@defasm/core" {
  /** The part of the assembler heed uses: text in, statements out. */
  export class AssemblyState {
    readonly errors: readonly { readonly message: string }[];
    readonly head: { dump(): Uint8Array };
    compile(source: string, options?: { readonly haltOnError?: boolean }): void;
  }
}
