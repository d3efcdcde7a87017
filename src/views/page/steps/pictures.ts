import { html, nothing, type TemplateResult } from "lit-html";
import type {
  ExplainedContrast,
  ExplainedNumbers,
  ExplainedRole,
  ExplainedSum,
  ExplainedTable,
  ExplainedVector,
} from "../../explain/explained.ts";
import { quote, surface } from "../../surface.ts";
import { type BarRow, barsOf, toggled } from "./bars.ts";
import { classOf, counted, type DrawnStep, said, written } from "./drawn-step.ts";
import { shownWords } from "./fold.ts";
import { handPicture } from "./hand-picture.ts";
import { inRoles } from "./in-roles.ts";
import { productPicture } from "./product-picture.ts";
import { softmaxPicture } from "./softmax-picture.ts";
import { filled } from "./step-words.ts";
import { foldedTable } from "./tables.ts";

/** How many lines of another step stand beside this one. */
const aside = 3;

/** A step's picture; nothing where its tables say all. */
export function pictureOf(drawn: DrawnStep): unknown {
  const { step, numbers } = drawn;
  const softmax = step.values.find((value) => value.kind === "softmax");
  if (softmax) return softmaxPicture(softmax, drawn);
  const picture = numbers && pictures[step.id];
  if (picture) return picture(drawn, numbers);
  const contrast = step.values.find((value) => value.kind === "contrast");
  if (contrast) return contrastPicture(contrast, drawn);
  const vectors = step.values.filter((value) => value.kind === "vector");
  return vectors.length > 0 ? vectorsPicture(vectors, drawn) : nothing;
}

type Picture = (drawn: DrawnStep, numbers: ExplainedNumbers) => unknown;

/** By the steps' ids. */
const pictures: Readonly<Record<string, Picture>> = {
  hand: handPicture,
  query: (drawn) => productPicture(drawn),
  keys: keysPicture,
  products: productsPicture,
  scaled: scaledPicture,
  values: valuesPicture,
  joined: joinedPicture,
  output: outputPicture,
  stream: streamPicture,
};

/** "number 3" */
function placeIn(drawn: DrawnStep) {
  return (index: number) => filled(drawn.words.number, { number: counted(index, drawn) });
}

function vectorsPicture(vectors: readonly ExplainedVector[], drawn: DrawnStep): unknown {
  return barsOf(
    {
      id: "vectors",
      title: drawn.words.vectors,
      place: placeIn(drawn),
      rows: vectors.map(({ name, values, role }) => ({
        label: written(name, drawn),
        values,
        role: role ?? "query",
      })),
    },
    drawn,
  );
}

/** A row a key, of the numbers that `values` gives; what is looked at less is folded. */
function keyRows(
  { keys, weights }: ExplainedNumbers,
  { passing }: DrawnStep,
  row: (key: number) => Pick<BarRow, "values" | "end" | "say">,
): BarRow[] {
  const most = passing.unfolded.has("words") ? keys.length : undefined;
  return shownWords(weights, (key) => keys[key]!.role !== undefined, most).map((key) => ({
    ...keys[key]!,
    key,
    ...row(key),
  }));
}

function moreTokens(
  { keys, weights }: ExplainedNumbers,
  { words, passing, pass }: DrawnStep,
): unknown {
  const hidden = keys.length - shownWords(weights, (key) => keys[key]!.role !== undefined).length;
  if (hidden === 0) return nothing;
  const isUnfolded = passing.unfolded.has("words");
  return html`
    <p>
      <button type="button" class="plain told" aria-expanded=${String(isUnfolded)} @click=${() => pass({ unfolded: toggled(passing.unfolded, "words"), at: undefined })}>
        ${isUnfolded ? words.fewerTokens : filled(words.moreTokens, { count: hidden })}
      </button>
    </p>`;
}

function rowOf(values: readonly number[], index: number, width: number): readonly number[] {
  return values.slice(index * width, (index + 1) * width);
}

function keysPicture(drawn: DrawnStep, numbers: ExplainedNumbers): unknown {
  const { words } = drawn;
  const D = numbers.q.length;
  const block = (id: string, title: string, values: readonly number[]) =>
    barsOf(
      {
        id,
        title,
        place: placeIn(drawn),
        rows: keyRows(numbers, drawn, (key) => ({ values: rowOf(values, key, D) })),
      },
      drawn,
    );
  return html`
    ${block("k", words.keysOfAll, numbers.k)}
    ${block("v", words.valuesOfAll, numbers.v)}
    ${moreTokens(numbers, drawn)}`;
}

function productsPicture(drawn: DrawnStep, numbers: ExplainedNumbers): unknown {
  const { words, step, explained, passing, pass } = drawn;
  const { q, k, keys, products } = numbers;
  const D = q.length;
  const place = placeIn(drawn);
  const { target, against, query } = explained;
  const row = (key: number) => q.map((value, d) => value * k[key * D + d]!);
  const sayOf = (key: number) => (d: number) =>
    `${surface(keys[key]!.label)}, ${place(d)}: q[${counted(d, drawn)}] · k[${counted(d, drawn)}] = ${said(q[d]!)} × ${said(k[key * D + d]!)} = ${said(q[d]! * k[key * D + d]!)}`;
  return html`
    ${barsOf({ id: "asked", title: filled(words.queryOfWord, { word: quote(query.text) }), place, rows: [{ label: query.text, role: "query", values: q }] }, drawn)}
    ${barsOf(
      {
        id: "products",
        title: words.productsOfAll,
        place,
        rows: keyRows(numbers, drawn, (key) => ({
          values: row(key),
          end: said(products[key]!),
          say: sayOf(key),
        })),
      },
      drawn,
    )}
    ${moreTokens(numbers, drawn)}
    ${against ? pinned() : nothing}
    <div class="aside">
      <p>${filled(words.axes, { width: D })}</p>
      ${besideOf("directions", words.byDirections, drawn)}
      ${besideOf("sources", words.bySources, drawn)}
    </div>`;

  function pinned(): unknown {
    const [one, other] = [row(target.token), row(against!.token)];
    const order = q.map((_, d) => d);
    if (passing.byLead) order.sort((a, b) => one[b]! - other[b]! - (one[a]! - other[a]!));
    const in_ = (values: readonly number[]) => order.map((d) => values[d]!);
    const lead = one.map((value, d) => value - other[d]!);
    const title = filled(words.contrast, {
      first: quote(target.text),
      second: quote(against!.text),
    });
    const choice = (byLead: boolean, text: string) =>
      html`<button type="button" class="plain" aria-pressed=${String(passing.byLead === byLead)} @click=${() => pass({ byLead, at: undefined })}>${text}</button>`;
    return html`
      ${contrastBars({ id: "contrast", title, places: order.map(place), first: in_(one), second: in_(other), lead: in_(lead), totals: [products[target.token]!, products[against!.token]!] }, drawn)}
      <p class="row by-hand" role="group" aria-label=${words.order}>${choice(false, words.inOrder)}${choice(true, words.byLead)}</p>
      ${step.values.map((value) => (value.kind === "note" ? html`<p class="hint">${written(value.text, drawn)}</p>` : nothing))}`;
  }
}

interface ContrastBars {
  readonly id: string;
  readonly title: string;
  readonly places: readonly string[];
  readonly first: readonly number[];
  readonly second: readonly number[];
  readonly lead: readonly number[];
  readonly totals: readonly [number, number];
}

/** Two pinned keys, and the one less the other. */
function contrastBars(
  { id, title, places, first, second, lead, totals }: ContrastBars,
  drawn: DrawnStep,
): TemplateResult {
  const { explained, words } = drawn;
  const [one, other] = [explained.target, explained.against!];
  return barsOf(
    {
      id,
      title,
      place: (index) => places[index]!,
      rows: [
        { label: one.text, role: "target", values: first, end: said(totals[0]) },
        { label: other.text, role: "against", values: second, end: said(totals[1]) },
        {
          label: filled(words.and, { first: one.text, second: other.text }),
          values: lead,
          end: said(totals[0] - totals[1]),
          isTotal: true,
        },
      ],
    },
    drawn,
  );
}

/** Any two sums of the same terms: bars, then the terms that matter by name. */
function contrastPicture(value: ExplainedContrast, drawn: DrawnStep): unknown {
  const { name, rows, totals } = value;
  return html`
    ${contrastBars(
      {
        id: "contrast",
        title: written(name, drawn),
        places: rows.map(({ label }) => written(label, drawn)),
        first: rows.map(({ first }) => first),
        second: rows.map(({ second }) => second),
        lead: rows.map(({ first, second }) => first - second),
        totals,
      },
      drawn,
    )}
    ${foldedTable(value, drawn)}`;
}

/** The largest parts of the lead in another step, and the way there. */
function besideOf(id: string, title: string, drawn: DrawnStep): unknown {
  const { explained, words, open } = drawn;
  const step = explained.steps.find((one) => one.id === id);
  const value = step?.values.find(
    (one): one is ExplainedContrast | ExplainedSum => one.kind === "contrast" || one.kind === "sum",
  );
  if (!step || step.leftOut !== undefined || !value) return nothing;
  const terms =
    value.kind === "sum"
      ? value.terms
      : value.rows.map(({ label, first, second }) => ({ label, value: first - second }));
  const largest = [...terms].sort((a, b) => Math.abs(b.value) - Math.abs(a.value)).slice(0, aside);
  const sign = (number: number) => (number > 0 ? `+${said(number)}` : said(number));
  return html`
    <div>
      <h4>${title}</h4>
      <ul>
        ${largest.map((term) => html`<li>${written(term.label, drawn)} <b>${sign(term.value)}</b></li>`)}
        <li class="special">${filled(words.more, { count: terms.length - largest.length })}</li>
      </ul>
      <button type="button" class="plain by-hand" aria-label=${`${words.open}: ${step.title}`} @click=${() => open(id)}>${words.open}</button>
    </div>`;
}

/** A weight a word with the division, and without it. */
function scaledPicture(drawn: DrawnStep, numbers: ExplainedNumbers): unknown {
  const { step, words, explained } = drawn;
  const table = step.values.find((value): value is ExplainedTable => value.kind === "table");
  const column = (title: string) => table?.columns.find((one) => one.title === title)?.values;
  const [weights, without] = [column("weight"), column("without")];
  if (!table || !weights || !without) return nothing;
  const place = table.rows.findIndex(({ role }) => role === "target");
  const shown = shownWords(weights, (row) => table.rows[row]!.role !== undefined);
  const bar = (value: number, name: string) =>
    html`<span class="level ${name}"><i class="above" .style=${`left:0;width:${((value || 0) * 100).toFixed(2)}%`}></i></span>`;
  const line = (row: number) => {
    const { label, role, special } = table.rows[row]!;
    const name = `${classOf(role)} ${special ? "special" : ""}`;
    return html`
      <span class="label ${name}"><bdi>${surface(label)}</bdi></span>
      ${bar(weights[row]!, name)}<span class="ends">${weights[row]!.toFixed(4)}</span>
      ${bar(without[row]!, `${name} pale`)}<span class="ends">${without[row]!.toFixed(4)}</span>`;
  };
  return html`
    <div class="scaled">
      <span></span><span class="quiet">${words.with}</span><span></span><span class="quiet">${words.without}</span><span></span>
      ${shown.map(line)}
    </div>
    <p>${inRoles(filled(words.withoutSentence, { first: quote(explained.target.text), weight: weights[place]!.toFixed(2), without: without[place]!.toFixed(2) }), explained)}</p>
    ${numbers.keys.length > shown.length ? html`<p class="hint">${filled(words.moreTokens, { count: numbers.keys.length - shown.length })}</p>` : nothing}`;
}

function valuesPicture(drawn: DrawnStep, numbers: ExplainedNumbers): unknown {
  const { words } = drawn;
  const { v, weights, keys, head } = numbers;
  const D = numbers.q.length;
  const place = placeIn(drawn);
  const rows = keyRows(numbers, drawn, (key) => {
    const weight = weights[key]!;
    return {
      values: rowOf(v, key, D).map((value) => weight * value),
      end: weight.toFixed(2),
      say: (d) =>
        `${surface(keys[key]!.label)}, ${place(d)}: ${weight.toFixed(4)} × ${said(v[key * D + d]!)} = ${said(weight * v[key * D + d]!)}`,
    };
  });
  const mixed = rowOf(numbers.mixed, head, D);
  return html`
    ${barsOf({ id: "carried", title: words.carried, place, rows: [...rows, { label: words.sum, role: "query", values: mixed, isTotal: true, end: weights.reduce((sum, weight) => sum + (weight || 0), 0).toFixed(2) }] }, drawn)}
    ${moreTokens(numbers, drawn)}`;
}

function joinedPicture(drawn: DrawnStep, numbers: ExplainedNumbers): unknown {
  const { words, explained } = drawn;
  const D = numbers.q.length;
  const heads = Math.floor(numbers.mixed.length / D);
  const name = (head: number) => written(explained.head.replace(/H\d+$/, `H${head}`), drawn);
  const rows = Array.from({ length: heads }, (_, head): BarRow => {
    const start = head * D;
    return {
      label: name(head),
      role: head === numbers.head ? "query" : undefined,
      values: rowOf(numbers.mixed, head, D),
      say: (d) =>
        `${name(head)}, ${filled(words.number, { number: counted(start + d, drawn) })}: ${said(numbers.mixed[start + d]!)}`,
    };
  });
  return barsOf(
    {
      id: "joined",
      title: filled(words.headsOf, { head: name(numbers.head) }),
      place: placeIn(drawn),
      rows,
    },
    drawn,
  );
}

function outputPicture(drawn: DrawnStep, numbers: ExplainedNumbers): unknown {
  const { words, step } = drawn;
  const mixed = rowOf(numbers.mixed, numbers.head, numbers.q.length);
  const place = placeIn(drawn);
  const one = (id: string, label: string, name: string, values: readonly number[]) =>
    barsOf(
      { id, title: `${name} (${values.length})`, place, rows: [{ label, role: "query", values }] },
      drawn,
    );
  return html`
    ${one("mixed", words.mixed, words.mixed, mixed)}
    ${one("written", words.thisHead, words.written, numbers.written)}
    ${step.values.filter(({ kind }) => kind === "table").map((value) => foldedTable(value, drawn))}`;
}

function streamPicture(drawn: DrawnStep, numbers: ExplainedNumbers): unknown {
  const { words, explained, step } = drawn;
  const { before, after, attended, written: own } = numbers;
  const row = (label: string, values: readonly number[] | undefined, role?: ExplainedRole) =>
    values ? [{ label, values, role }] : [];
  // This head is the word's that looks; the pinned keys' colours are theirs alone.
  const shares = step.values.flatMap((value) =>
    value.kind === "sum"
      ? [
          {
            ...value,
            terms: value.terms.map((term) => ({ ...term, role: term.role && ("query" as const) })),
          },
        ]
      : [],
  );
  const rows = [
    ...row(words.streamBefore, before),
    ...row(words.streamAdded, attended),
    ...row(words.thisHead, own, "query"),
    ...row(words.streamAfter, after),
  ];
  return html`
    ${barsOf({ id: "stream", title: filled(words.streamOf, { word: quote(explained.query.text) }), place: placeIn(drawn), rows }, drawn)}
    ${shares.map((value) => foldedTable(value, drawn))}`;
}
