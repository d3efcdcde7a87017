import { formatHead } from "../../probe/head-address.ts";
import { type Context, nounOf, nounsOf } from "./context.ts";
import { quoted } from "./question.ts";
import type { ContrastValue, Step } from "./step.ts";
import { tally } from "./steps/score-steps.ts";

/** How many sources are named. */
const named = 3;
/** A lead below this is none: two keys are alike. */
const leastTold = 5e-4;
/** A source below this share of the lead is not worth a name. */
const least = 0.05;

/** Why the target, in a few sentences that can be read without the steps. */
export function answerOf(context: Context, steps: readonly Step[]): string[] {
  const { numbers, query, target, against, parts } = context;
  const { place, weights, scores } = numbers;
  const head = `${place.stack}${formatHead(place)}`;
  const [it, cat, mat] = [quoted(query), quoted(target), against && quoted(against)];
  const weight = (key: number) => share(weights[key]!);
  const own = weight(target.token);
  if (!against || !mat)
    return [
      `In ${head}, ${it} gives ${cat} a weight of ${own}: there is no other ${nounOf(context)} to hold it against.`,
      ...writes(context, cat),
    ];
  const lines = [
    `In ${head}, ${it} gives ${cat} ${own} of its attention, and ${mat} ${weight(against.token)}.`,
  ];
  const [first, second] = [scores[target.token]!, scores[against.token]!];
  if (first === -Infinity || second === -Infinity) {
    const hidden = first === -Infinity ? cat : mat;
    lines.push(`${it} may not look at ${hidden}: its score is −∞ whatever its key is.`);
    return [...lines, ...writes(context, cat)];
  }
  const lead = Number(first.toFixed(2)) - Number(second.toFixed(2));
  const times = Math.exp(Math.abs(lead));
  lines.push(
    `The weights come from scores, ${fixed(first)} for ${cat} and ${fixed(second)} for ${mat}: ${lead >= 0 ? cat : mat} leads by ${fixed(Math.abs(lead))}, and softmax makes of that e^${fixed(Math.abs(lead))} = ${times < 10 ? times.toFixed(1) : Math.round(times)} times the weight.`,
  );
  if (parts.parts.length > 1) lines.push(partsLine(context, [cat, mat], lead));
  const sources = steps
    .find(({ id }) => id === "sources")
    ?.values.find((value): value is ContrastValue => value.kind === "contrast");
  if (sources) lines.push(...sourcesLines(sources, [cat, mat], place.layer === 0));
  const products = steps
    .find(({ id }) => id === "products")
    ?.values.find((value): value is ContrastValue => value.kind === "contrast");
  if (products) {
    const { lead: led, favour, oppose, largest } = tally(products);
    lines.push(
      Math.abs(led) < leastTold
        ? `By q · k alone ${cat} and ${mat} are alike: what tells them apart is in the other parts of the score.`
        : `Of the ${products.rows.length} products that make up q · k, ${favour} favour ${cat} and ${oppose} favour ${mat}; the largest alone is ${Math.round(100 * largest)}% of the lead: it is their sum that counts.`,
    );
  }
  return [...lines, ...writes(context, cat)];
}

/** The lead in parts that add up as printed: what rounding leaves over is with the largest. */
function partsLine(
  { parts, target, against }: Context,
  [cat, mat]: readonly [string, string],
  lead: number,
): string {
  const differences = parts.parts.map(({ name, values }) => {
    const value = values[target.token]! - values[against!.token]!;
    return { name, value, printed: Number(value.toFixed(2)) };
  });
  const largest = differences.reduce((a, b) => (Math.abs(b.value) > Math.abs(a.value) ? b : a));
  largest.printed += lead - differences.reduce((sum, { printed }) => sum + printed, 0);
  const named = differences.map(({ name, printed }) => `${signed(printed)} ${name}`);
  return `The lead of ${cat} over ${mat}, ${signed(lead)}, part by part: ${named.join(", ")}.`;
}

function sourcesLines(
  { rows, totals }: ContrastValue,
  [cat, mat]: readonly [string, string],
  isFirst: boolean,
): string[] {
  const lead = totals[0] - totals[1];
  if (Math.abs(lead) < leastTold) return [];
  const ranked = rows
    .map(({ label, first, second }) => ({ label, value: first - second }))
    .sort((a, b) => (b.value - a.value) * Math.sign(lead || 1))
    .filter(({ value }) => Math.abs(value) >= least * Math.abs(lead) && value * lead > 0)
    .slice(0, named)
    .map(({ label, value }) => `${label} (${signed(value)})`);
  const where = isFirst
    ? `What tells ${cat} from ${mat} here`
    : `What tells ${cat} from ${mat} was written into them before this layer; the largest parts of the lead come from`;
  if (ranked.length === 0) return [];
  return [isFirst ? `${where} is mostly ${ranked.join(", ")}.` : `${where} ${ranked.join(", ")}.`];
}

function writes(context: Context, cat: string): string[] {
  const {
    numbers: { place },
    output,
    target,
    query,
  } = context;
  const taken = output.keyShares[target.token]!;
  const more =
    taken > 1 ? ` (what is taken from other ${nounsOf(context)} pulls the other way)` : "";
  return [
    `What is taken from ${cat} is ${Math.round(100 * taken)}% of what this head writes${more}, and this head is ${Math.round(100 * output.shares[place.head]!)}% of what attention adds to ${quoted(query)} in this layer.`,
  ];
}

/** A share of one: two decimals, more where that would be nothing. */
function share(value: number): string {
  return value >= 0.005 || value === 0 ? value.toFixed(2) : value.toPrecision(1);
}

function fixed(value: number): string {
  const text = value.toFixed(2);
  return text === "-0.00" ? "0.00" : text;
}

function signed(value: number): string {
  const text = fixed(value);
  return text.startsWith("-") || text === "0.00" ? text.replace("-", "−") : `+${text}`;
}
