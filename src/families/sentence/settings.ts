import { readJson } from "../../checkpoint/json/json-file.ts";
import { type TextFiles, transformerFiles } from "../../checkpoint/sentence-modules.ts";
import { CheckpointError } from "../../errors/errors.ts";
import { allInOrder } from "../../errors/first-error.ts";

type Fields = Readonly<Record<string, unknown>>;

/** How a text becomes a message of a chat before it is read. */
export interface MessageForm {
  /** What a message holds: the text ("flat"), a list of its parts ("structured"), or what the template looks as if it took. */
  readonly format: "flat" | "structured" | "auto";
  /** What is passed on to the template: `add_generation_prompt`, and others by the template's own names. */
  readonly variables: Readonly<Record<string, unknown>>;
  /** Whether what the template writes behind the text is put back where a text is cut. */
  readonly restoresEnd: boolean;
}

/** How sentence-transformers reads texts and compares vectors, as its files say. */
export interface SentenceSettings {
  /** What the files were saved as: "SentenceTransformer", "CrossEncoder", …; older ones say nothing, which is the first. */
  readonly modelType: string;
  /** The most tokens of a text; longer ones are cut there. */
  readonly maxLength?: number;
  /** Texts are lower-cased before the tokenizer sees them. */
  readonly lowerCases: boolean;
  /** Texts that can be put in front, by name. */
  readonly prompts: Readonly<Record<string, string>>;
  /** The name of the one that is put in front if nothing else is said. */
  readonly defaultPrompt?: string;
  /** cosine, dot, euclidean or manhattan; undefined is cosine. */
  readonly similarity?: string;
  /** Numbers a vector is cut to. */
  readonly truncated?: number;
  /** What a cross-encoder does to its logits: a class of torch. */
  readonly activation?: unknown;
  /** Texts go through the chat template, as messages. */
  readonly messages?: MessageForm;
  /** What the transformer is asked for, where its file says it: "fill-mask" are logits of words. */
  readonly task?: string;
  /** Why heed cannot do as the files say. */
  readonly refused?: string;
}

/** Lengths of a chat's ids, which a template does not read. */
const lengthKeys = ["padding", "truncation", "max_length", "return_tensors"];

/** Reads config_sentence_transformers.json at the top, and sentence_bert_config.json beside the transformer. Throws CheckpointError for files that are no such thing. */
export async function readSettings(
  top: TextFiles,
  transformer: TextFiles,
): Promise<SentenceSettings> {
  const fields = await readFields(top, "config_sentence_transformers.json");
  const [first, ...others] = transformerFiles;
  let own = await readFields(transformer, first!);
  // Asked for at once: most of them are nowhere, and behind an address each takes its time to say so.
  if (!own) {
    const read = await allInOrder(others.map((file) => readFields(transformer, file)));
    own = read.find((one) => one !== undefined);
  }
  return { ...ofSentences(fields ?? {}, top.label), ...ofTransformer(own ?? {}) };
}

function ofSentences(fields: Fields, label: string): SentenceSettings {
  const place = `${label}: config_sentence_transformers.json`;
  const modelType = String(fields.model_type ?? "SentenceTransformer");
  // Encoders know these two names, whatever their file says.
  const prompts: Record<string, string> =
    modelType !== "CrossEncoder" ? { query: "", document: "" } : {};
  for (const [name, text] of Object.entries((fields.prompts ?? {}) as Fields)) {
    if (typeof text !== "string" && text !== null)
      throw new CheckpointError(
        `${place}: the prompt ${name} is ${JSON.stringify(text)}, needs a text`,
      );
    prompts[name] = text ?? "";
  }
  const defaultPrompt = fields.default_prompt_name ?? undefined;
  if (defaultPrompt !== undefined && !Object.hasOwn(prompts, String(defaultPrompt)))
    throw new CheckpointError(
      `${place}: default_prompt_name is ${JSON.stringify(defaultPrompt)}, and the prompts are ${Object.keys(prompts).join(", ") || "none"}`,
    );
  return {
    modelType,
    lowerCases: false,
    prompts,
    defaultPrompt: defaultPrompt as string | undefined,
    similarity: (fields.similarity_fn_name as string | null | undefined) ?? undefined,
    truncated: (fields.truncate_dim as number | null | undefined) ?? undefined,
    activation: fields.activation_fn ?? undefined,
  };
}

function ofTransformer(
  fields: Fields,
): Partial<Pick<SentenceSettings, "maxLength" | "lowerCases" | "messages" | "task" | "refused">> {
  const tokenizer = (fields.processor_kwargs ?? fields.tokenizer_args ?? {}) as Fields;
  const length = tokenizer.model_max_length ?? fields.max_seq_length;
  const { text, message } = (fields.modality_config ?? {}) as { text?: Fields; message?: Fields };
  const { chat_template: chat = {}, ...processing } = (fields.processing_kwargs ?? {}) as {
    chat_template?: Fields;
  };
  const { restore_suffix: restored = true, ...variables } = chat;
  const asked = [
    fields.query_expansion && "query_expansion",
    Object.keys(processing).length > 0 && `processing_kwargs.${Object.keys(processing)[0]}`,
    ...lengthKeys
      .filter((key) => key in chat)
      .map((key) => `processing_kwargs.chat_template.${key}`),
    fields.modality_config && !text && !message && "a modality_config without texts",
    text && !isPlain(text) && `modality_config.text=${JSON.stringify(text)}`,
    message && !isPlain(message) && `modality_config.message=${JSON.stringify(message)}`,
  ].filter((name) => name);
  return {
    maxLength: typeof length === "number" ? length : undefined,
    lowerCases: fields.do_lower_case === true,
    task: typeof fields.transformer_task === "string" ? fields.transformer_task : undefined,
    messages: message && {
      format: (message.format as MessageForm["format"] | undefined) ?? "auto",
      variables,
      restoresEnd: restored !== false,
    },
    refused:
      asked.length > 0
        ? `sentence_bert_config.json asks for ${asked.join(" and ")}, which heed does not have`
        : undefined,
  };
}

/** Whether a text, or a message, goes through the model's plain pass, and the usual vectors are taken of it. */
function isPlain({ method, method_output_name: output, format = "auto" }: Fields): boolean {
  return (
    method === "forward" &&
    ["last_hidden_state", "logits"].includes(String(output ?? "last_hidden_state")) &&
    ["flat", "structured", "auto"].includes(String(format))
  );
}

async function readFields(files: TextFiles, file: string): Promise<Fields | undefined> {
  const parsed = await readJson(files, file);
  if (parsed === undefined) return undefined;
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed))
    throw new CheckpointError(`${files.label}: ${file} holds no object`);
  return parsed as Fields;
}
