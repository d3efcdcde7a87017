export declare const root: string;

export declare function setUp(options?: { readonly build?: boolean }): void;

export declare function run(
  command: string,
  args: readonly string[],
  options?: Readonly<Record<string, unknown>>,
): void;
