import { openCheckpoint } from "../../checkpoint/open.ts";
import { CheckpointError, InputError } from "../../errors/errors.ts";
import { openSource } from "../../load.node.ts";
import { readTokenizer } from "../../models/load.ts";
import { type Planned, planModel } from "../../models/plan.ts";
import { shortName } from "../../models/short-name.ts";
import { textTokens } from "../../probe/text-tokens.ts";
import type { TextToken } from "../../probe/words.ts";
import type { Tokenizer } from "../../tokens/tokenizer.ts";
import { type TokenRow, tokenListText } from "../../views/text/token-list.ts";
import { deliverEach, type Found, lineFormats } from "../each-line.ts";
import { type Line, type LineOptions, readLines } from "../input/lines.ts";
import { textsOf } from "../input/text-input.ts";
import { downloadProgress, endPhase, type ModelOptions, namedModel } from "../loading.ts";
import { plannedJson } from "../model-json.ts";
import { type FormatOptions, formatOf } from "../options/format.ts";
import { refuseIdle } from "../options/idle-options.ts";
import { terminalOf } from "../terminal/terminal.ts";
import { warn } from "../terminal/warnings.ts";

export interface TokensCommand extends ModelOptions, FormatOptions, LineOptions {
  readonly special?: boolean;
}

/** `heed tokens TEXT`: a text's ids, pieces and characters, or what ids stand for; no weights are read. */
export async function listTokens(given: string | undefined, options: TokensCommand): Promise<void> {
  const format = formatOf(options, lineFormats);
  refuseIdle("tokens", { ...options, format });
  const { model, revision, ids, lines, pair, sourceLanguage, targetLanguage } = options;
  const inputs = await readLines(given, { ids, lines, pair });
  endPhase("start");
  const progress = downloadProgress();
  const source = await openSource(await namedModel(model), {
    revision,
    onDownload: progress.show,
    onWarning: warn,
  });
  const checkpoint = await openCheckpoint(source, { weights: false });
  const languages = { sourceLanguage, targetLanguage };
  const tokenizer = await readTokenizer(checkpoint, languages).finally(() => {
    progress.end();
    return checkpoint.close();
  });
  endPhase("load");
  const { label, config } = checkpoint;
  if (!tokenizer)
    throw new CheckpointError(`${label} has no tokenizer files, so it makes no tokens of a text`);
  let planned: Promise<Planned> | undefined;
  const modelOf = async () => {
    planned ??= planModel(config, label);
    return plannedJson(await planned, shortName(label), label);
  };
  await deliverEach(inputs, { ...options, format }, async (line) =>
    listed(line, tokenizer, { addSpecialTokens: options.special !== false, modelOf }),
  );
}

interface Listing {
  readonly addSpecialTokens: boolean;
  readonly modelOf: () => Promise<object>;
}

function listed(
  { input }: Line,
  tokenizer: Tokenizer,
  { addSpecialTokens, modelOf }: Listing,
): Found {
  const isText = typeof input === "string" || "text" in input;
  const texts = isText ? textsOf(input) : [tokenizer.decode(input)];
  const tokens = isText
    ? textTokens(tokenizer.encode(texts[0]!, { pair: texts[1], addSpecialTokens }).tokens, texts)
    : input.map((id) => tokenOf(id, tokenizer));
  const rows = tokens.map((token): TokenRow => {
    const own = token.special || !isText ? "" : (texts[token.sequence ?? 0] ?? "");
    return { ...token, characters: own.slice(token.start, token.end) };
  });
  return {
    text: () => {
      const list = tokenListText(rows, terminalOf(process.stdout));
      return isText ? list : `${texts[0]}\n\n${list}`;
    },
    json: async () => ({ model: await modelOf(), texts, tokens }),
    columns: ["id", "piece", "start", "end", "characters"],
    rows: () =>
      rows.map(({ id, text, start, end, characters }) => [id, text, start, end, characters]),
  };
}

/** What an id stands for, where there is no text that it is of. */
function tokenOf(id: number, tokenizer: Tokenizer): TextToken {
  const text = tokenizer.idToToken(id);
  if (text === undefined)
    throw new InputError(`--ids: the tokenizer has no token ${id}. Its ids: heed tokens TEXT`);
  const special = tokenizer.decode([id], { skipSpecialTokens: true }) === "" && text.trim() !== "";
  return {
    id,
    text,
    surface: text,
    startsWord: true,
    start: 0,
    end: 0,
    word: null,
    sequence: null,
    special,
    type: 0,
  };
}
