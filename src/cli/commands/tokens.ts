import { openCheckpoint } from "../../checkpoint/open.ts";
import { CheckpointError } from "../../errors/errors.ts";
import { openSource } from "../../load.node.ts";
import { readTokenizer } from "../../models/load.ts";
import { planModel } from "../../models/plan.ts";
import { textTokens } from "../../probe/text-tokens.ts";
import { type TokenRow, tokenListText } from "../../views/text/token-list.ts";
import { downloadProgress, endPhase, type ModelOptions, warn } from "../loading.ts";
import { plannedJson } from "../model-json.ts";
import { type FormatOptions, formatOf } from "../options/format.ts";
import { csv, deliver, json } from "../output.ts";
import { shortName } from "../picture.ts";
import { terminalOf } from "../terminal/terminal.ts";
import { readText, textsOf } from "../text-input.ts";

export interface TokensCommand extends ModelOptions, FormatOptions {
  readonly pair?: string;
  readonly special?: boolean;
}

/** `heed tokens TEXT`: a text's ids, pieces and characters; no weights are read. */
export async function listTokens(text: string, options: TokensCommand): Promise<void> {
  const format = formatOf(options, ["text", "json", "csv"] as const);
  const input = await readText(text, options.pair);
  const texts = textsOf(input);
  const { model, revision } = options;
  endPhase("start");
  const progress = downloadProgress();
  const source = await openSource(model, { revision, onDownload: progress.show, onWarning: warn });
  const checkpoint = await openCheckpoint(source, { weights: false });
  const tokenizer = await readTokenizer(checkpoint).finally(() => {
    progress.end();
    return checkpoint.close();
  });
  endPhase("load");
  const { label, config } = checkpoint;
  if (!tokenizer)
    throw new CheckpointError(`${label} has no tokenizer files, so it makes no tokens of a text`);
  const addSpecialTokens = options.special !== false;
  const encoding = tokenizer.encode(texts[0]!, { pair: texts[1], addSpecialTokens });
  const tokens = textTokens(encoding.tokens, texts);
  const rows = tokens.map((token): TokenRow => {
    const own = token.special ? "" : (texts[token.sequence ?? 0] ?? "");
    return { ...token, characters: own.slice(token.start, token.end) };
  });
  const content = {
    text: () => tokenListText(rows, terminalOf(process.stdout)),
    json: async () => {
      const planned = await planModel(config, label);
      return json({ model: plannedJson(planned, shortName(label), label), texts, tokens });
    },
    csv: () =>
      csv(
        ["id", "piece", "start", "end", "characters"],
        rows.map(({ id, text, start, end, characters }) => [id, text, start, end, characters]),
      ),
  }[format];
  await deliver(await content(), { ...options, format });
}
