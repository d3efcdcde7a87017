import { countOf, formatNumber } from "../numbers.ts";
import { oneLine } from "../surface.ts";
import { wrap } from "./layout.ts";
import { type Column, tableLines } from "./table.ts";
import { paint, type Terminal } from "./terminal.ts";

/** One site of a recorded trace against what heed computed. */
export interface SiteDifference {
  readonly site: string;
  /** Largest |got - expected|; NaN where they cannot be compared. */
  readonly difference: number;
  /** Indices of the largest difference: [0, 11, 8, 2]. */
  readonly at: readonly number[];
  readonly expected: number;
  readonly got: number;
  /** What the difference may be at this site. */
  readonly allowed: number;
  readonly passed: boolean;
  /** Why it failed where a number does not say it: another shape, a missing site. */
  readonly reason?: string;
  /** What was recorded otherwise, and is as right. */
  readonly tie?: string;
}

/** One folder or trace. */
export interface VerifiedCase {
  readonly name: string;
  readonly sites: readonly SiteDifference[];
  /** Why nothing could be compared. */
  readonly error?: string;
}

/** How much of each case is printed. */
export interface VerifyOptions {
  /** Every site; without it a passed case prints its worst site only. */
  readonly isFull?: boolean;
}

/** Every case with its sites: largest difference, where it is, and whether that is allowed. */
export function verifyText(
  cases: readonly VerifiedCase[],
  terminal: Terminal,
  { isFull = true }: VerifyOptions = {},
): string {
  const blocks = cases.flatMap((verified) => [...caseLines(verified, terminal, isFull), ""]);
  const failed = cases.filter((verified) => !hasPassed(verified)).length;
  const sites = cases.reduce((sum, { sites }) => sum + sites.length, 0);
  const verdict =
    failed === 0
      ? `${countOf(cases.length, "case")}, ${countOf(sites, "site")}: all within what is allowed`
      : `${failed} of ${countOf(cases.length, "case")} failed`;
  return [
    ...blocks,
    paint(verdict, { strong: true, tone: failed === 0 ? "good" : "bad" }, terminal),
  ].join("\n");
}

/** Whether every site of a case was compared and is within its tolerance. */
export function hasPassed({ sites, error }: VerifiedCase): boolean {
  return error === undefined && sites.every(({ passed }) => passed);
}

function caseLines(verified: VerifiedCase, terminal: Terminal, isFull: boolean): string[] {
  const passed = hasPassed(verified);
  const mark = paint(
    passed ? "pass" : "FAIL",
    { strong: true, tone: passed ? "good" : "bad" },
    terminal,
  );
  const title = `${mark}  ${oneLine(verified.name)}`;
  if (verified.error !== undefined)
    return [title, ...wrap(oneLine(verified.error), terminal.width, "      ")];
  const failures = verified.sites.filter(({ passed }) => !passed);
  const worst = verified.sites.reduce<SiteDifference | undefined>(
    (worst, site) => (worst && share(worst) >= share(site) ? worst : site),
    undefined,
  );
  const shown = isFull ? verified.sites : failures.length > 0 ? failures : worst ? [worst] : [];
  const said = [
    ...shown.map(({ site, reason }) => ({ site, text: reason })),
    ...verified.sites.map(({ site, tie }) => ({ site, text: tie })),
  ].filter(({ text }) => text !== undefined);
  const reasons = said.flatMap(({ site, text }) =>
    wrap(`${site}: ${oneLine(text!)}`, terminal.width, "      "),
  );
  const compared = shown.filter(
    ({ difference, reason }) => reason === undefined || !Number.isNaN(difference),
  );
  const table = tableLines(columnsOf(compared), terminal, { indent: 6 });
  return [title, ...(compared.length > 0 ? table : []), ...reasons];
}

function share({ difference, allowed }: SiteDifference): number {
  if (difference === 0) return 0;
  return Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference / allowed;
}

function columnsOf(sites: readonly SiteDifference[]): Column[] {
  const number = (title: string, digits: number, of: (site: SiteDifference) => number): Column => ({
    title,
    align: "right",
    cells: sites.map((site) => ({ text: formatNumber(of(site), digits) })),
  });
  return [
    { title: "site", align: "left", cells: sites.map(({ site }) => ({ text: site })) },
    {
      title: "largest difference",
      align: "right",
      cells: sites.map(({ difference, passed }) => ({
        text: formatNumber(difference),
        style: { tone: passed ? "good" : "bad" } as const,
      })),
    },
    number("allowed", 2, ({ allowed }) => allowed),
    {
      title: "",
      align: "left",
      cells: sites.map(({ passed }) => ({
        text: passed ? "ok" : "FAIL",
        style: { tone: passed ? "good" : "bad" } as const,
      })),
    },
    number("expected", 7, ({ expected }) => expected),
    number("got", 7, ({ got }) => got),
    { title: "at", align: "left", cells: sites.map(({ at }) => ({ text: at.join(",") })) },
  ];
}
