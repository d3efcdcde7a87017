import { InputError } from "../errors/errors.ts";
import type { Inputs } from "../families/inputs.ts";
import type { RunPlan } from "../probe/plan.ts";
import type { Plan } from "../probe/probe.ts";
import { type GivenInput, givenInputs } from "./input-names.ts";
import type { ModelIdentity, Run } from "./run.ts";

/** The streams of an earlier run a later one can go on from. Throws InputError for a run of another model, of other inputs, and for one that kept no streams. */
export function streamsOf(after: Run, model: ModelIdentity, inputs: Inputs) {
  const { madeBy, streams } = after;
  if (madeBy !== undefined && madeBy !== model)
    throw new InputError(
      `after: that run was made by another model (${madeBy.label}). Its streams mean nothing here; make the earlier run with this one (${model.label})`,
    );
  if (!sameInputs(after.inputs, inputs))
    throw new InputError("after: the earlier run had other inputs. Both runs need the same");
  if (!streams)
    throw new InputError("after: the earlier run kept no streams. Make it with { reusable: true }");
  return streams;
}

/** Two plans as one: the second only reads, and reads what the first's patches have not changed yet. */
export function both(first: RunPlan, second: RunPlan): Plan {
  return {
    wants: (site) => first.wants(site) || second.wants(site),
    patches: (site) => first.patches(site),
    reached(site, value, program) {
      second.reached(site, value, program);
      return first.reached(site, value, program);
    },
    reachedPatched(site, value, program) {
      first.reachedPatched(site, value, program);
      second.reachedPatched(site, value, program);
    },
    changedParts: (...asked) => first.changedParts(...asked),
    patchRows: (...asked) => first.patchRows(...asked),
    reachedSparse(site, source, program) {
      first.reachedSparse(site, source, program);
      second.reachedSparse(site, source, program);
    },
    keepsRows: (site) => first.keepsRows(site) && !second.wants(site),
    reachedRows: (...reached) => first.reachedRows(...reached),
    get resume() {
      return first.resume;
    },
  };
}

function sameInputs(a: Inputs, b: Inputs): boolean {
  const [first, second] = [givenInputs(a), givenInputs(b)];
  return (
    first.size === second.size && [...first].every(([name, one]) => same(one, second.get(name)))
  );
}

function same(a: GivenInput, b: GivenInput | undefined): boolean {
  return (
    b !== undefined &&
    (a.data === b.data ||
      (String(a.shape) === String(b.shape) && a.data.every((one, at) => one === b.data[at])))
  );
}
