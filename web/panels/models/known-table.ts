import { type KnownModel, type NetworkKind, networkKinds } from "heed/explore";
import { html, type TemplateResult } from "lit-html";
import type { AppContext } from "../../app/context.ts";
import { leftToRight } from "../../app/numbers.ts";
import { countText, shortCountText } from "./amounts.ts";

/** The known models by what they do, those of a family together; `choose` is told the one whose name is tapped. */
export function knownTable(
  models: readonly KnownModel[],
  app: AppContext,
  choose: (model: KnownModel) => void,
): TemplateResult {
  const own = app.words.models.planner;
  const families = new Set(models.map(({ family }) => family));
  const count = (value: number) => countText(value, app.state.language);
  return html`<h4>${own.known(count(models.length), count(families.size))}</h4>
    ${networkKinds.map((kind) => kindTable(kind, models, app, choose))}
    <p class="quiet">${own.unknown}</p>`;
}

function kindTable(
  kind: NetworkKind,
  models: readonly KnownModel[],
  app: AppContext,
  choose: (model: KnownModel) => void,
): TemplateResult {
  const own = app.words.models.planner;
  const those = models.filter((model) => model.kind === kind);
  const families = [...new Set(those.map(({ family }) => family))];
  const { parameters, layers, heads, longest, here } = own.columns;
  return html`<details class="kind">
    <summary>${own.kinds[kind]} (${countText(those.length, app.state.language)})</summary>
    <div class="wide" role="region" tabindex="0" aria-label=${own.kinds[kind]}>
      <table>
        <thead>
          <tr>
            <th scope="col">${own.columns.model}</th>
            ${[parameters, layers, heads, longest].map((name) => html`<th scope="col" class="number">${name}</th>`)}
            <th scope="col">${here}</th>
          </tr>
        </thead>
        ${families.map((family) => {
          const members = those.filter((model) => model.family === family);
          return html`<tbody>
            <tr class="family">
              <th scope="rowgroup" colspan="6"><span class="said"><strong dir="ltr">${family}</strong> ${verified(members[0]!, app)}</span></th>
            </tr>
            ${members.map((model) => row(model, app, choose))}
          </tbody>`;
        })}
      </table>
    </div>
  </details>`;
}

/** How a family is held against PyTorch. */
function verified({ agreement }: KnownModel, { words, state }: AppContext): string {
  const own = words.models.planner;
  if (!agreement) return own.notVerified;
  const { passes, sites, difference } = agreement;
  const apart = leftToRight(difference.toExponential(0).replace("-", "−"));
  return own.verified(passes, countText(sites, state.language), apart);
}

/** Heads and their width, of both stacks where they differ. */
function headsSaid({ dimensions }: KnownModel): string {
  const { heads, headWidth, decoderHeads = heads, decoderHeadWidth = headWidth } = dimensions;
  const [first, second] = [`${heads} × ${headWidth}`, `${decoderHeads} × ${decoderHeadWidth}`];
  return first === second ? first : `${first} + ${second}`;
}

function row(
  model: KnownModel,
  { words, state }: AppContext,
  choose: (model: KnownModel) => void,
): TemplateResult {
  const own = words.models.planner;
  const { layers, decoderLayers, positions } = model.dimensions;
  return html`<tr>
    <th scope="row">${
      // Two towers have two lengths: each is counted when it is on screen.
      model.kind === "towers"
        ? html`<bdi>${model.title}</bdi>`
        : html`<button type="button" aria-label=${own.memoryOf(model.title)} @click=${() => choose(model)}><bdi>${model.title}</bdi></button>`
    }</th>
    <td class="number">${shortCountText(model.parameters, state.language)}</td>
    <td class="number">${leftToRight(decoderLayers === undefined ? String(layers) : `${layers} + ${decoderLayers}`)}</td>
    <td class="number">${leftToRight(headsSaid(model))}</td>
    <td class="number">${positions === undefined ? own.any : countText(positions, state.language)}</td>
    <td>${model.hub === undefined ? own.counted : own.runs}</td>
  </tr>`;
}
