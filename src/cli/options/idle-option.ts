import { runFormats } from "../run-file.ts";

/** An option that changes nothing in some company, and why. */
export interface IdleOption {
  /** "--near", or with a value: "--dtype half". */
  readonly option: string;
  /** Idle beside all of these; options as they are typed, other things as `refuseIdle` is told of them. */
  readonly with?: readonly string[];
  /** Idle where none of these is given. */
  readonly without?: readonly string[];
  readonly because: string;
}

/** Numbers take no colours. */
export const noColors = ["json", "jsonl", "csv", ...runFormats].map((format) => ({
  option: "--theme",
  with: [`--format ${format}`],
  because: "numbers have no colours",
}));
