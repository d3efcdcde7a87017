import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { IdleOption } from "../../src/cli/options/idle-option.ts";
import { idleOptions, refusal } from "../../src/cli/options/idle-options.ts";
import { program } from "../../src/cli/program/program.ts";
import { commandLine, folderWithLetters, folderWithWords } from "../support/command-line.ts";

// Tiny models need no threads.
process.env.HEED_BACKEND = "reference";

const text = "the cat sat on the mat because it was tired .";
const other = "the dog sat on the mat because it was tired .";
const image = "test/images/exif-8.png";

const bert = ["--model", folderWithWords("bert-mlm", 121)];
const classifier = ["--model", folderWithWords("distilbert-classify", 30)];
const gpt2 = ["--model", folderWithLetters("gpt2", 125)];
const xlnet = ["--model", folderWithLetters("xlnet-uni", 30)];
const tagger = ["--model", "test/tasks/tokens-bert"];
const inference = ["--model", "test/tasks/zero-shot-roberta"];
const reader = ["--model", "test/tasks/answers-distilbert-short"];
const pictures = ["--model", "test/golden/vit-oblong"];
const tokens = ["--word", "sat"];

interface Commands {
  readonly name: string;
  /** Commands alike, for an option that happens to change nothing in one of them. */
  readonly args: readonly (readonly string[])[];
  readonly options: readonly (readonly string[])[];
  readonly formats: readonly string[];
}

/** Commands with options, each with a value that changes what comes out. */
const commands: readonly Commands[] = [
  {
    name: "heed TEXT",
    args: [
      [text, ...bert],
      ["the dog sat on the cat because the mat was tired .", ...bert],
      ["tired dog on mat sat because cat was tired .", ...bert],
    ],
    options: [
      ["--word", "mat"],
      ["--to", "was"],
      ["--to", "because,mat"],
      ["--head", "L0H1"],
      ["--near"],
      ["--pair", "on the dog"],
      ["--lines"],
    ],
    formats: ["text", "json", "jsonl", "csv", "svg", "html"],
  },
  {
    name: "heed TEXT, not on a coloured terminal",
    args: [[text, ...bert]],
    options: [["--theme", "dark"]],
    formats: ["json", "jsonl", "csv", "svg", "html"],
  },
  {
    name: "heed TEXT --site layers.1.q",
    args: [[text, "--site", "layers.1.q", ...bert]],
    options: [
      tokens,
      ["--to", "was"],
      ["--head", "1"],
      ["--head", "L1H2"],
      ["--near"],
      ["--pair", "the cat ."],
      ["--lines"],
      ["--theme", "dark"],
    ],
    formats: ["text", "json", "csv"],
  },
  {
    name: "heed TEXT --site layers.1.residual",
    args: [[text, "--site", "layers.1.residual", ...bert]],
    options: [
      ["--head", "1"],
      ["--pair", "the cat ."],
    ],
    formats: ["text", "json", "csv"],
  },
  {
    name: "heed PICTURE",
    args: [[image, ...pictures]],
    options: [
      ["--word", "1,2"],
      ["--head", "L1H1"],
      ["--to", "cat"],
      ["--near"],
      ["--pair", "x"],
      ["--lines"],
      ["--ids", "1"],
    ],
    formats: ["text", "json", "csv", "svg", "png", "html"],
  },
  {
    name: "heed PICTURE, not on a coloured terminal",
    args: [[image, ...pictures]],
    options: [["--theme", "dark"]],
    formats: ["json", "csv", "svg", "png", "html"],
  },
  {
    name: "heed PICTURE --site layers.1.q",
    args: [[image, "--site", "layers.1.q", ...pictures]],
    options: [
      ["--word", "1,2"],
      ["--head", "1"],
      ["--to", "cat"],
      ["--near"],
      ["--pair", "x"],
      ["--lines"],
      ["--ids", "1"],
    ],
    formats: ["text", "json", "csv"],
  },
  {
    name: "heed show HEAD TEXT",
    args: [["show", "L1H0", text, ...bert]],
    options: [tokens, ["--to", "was"], ["--to", "was,mat"], ["--pair", "the cat ."]],
    formats: ["text", "json", "csv", "svg"],
  },
  {
    name: "heed show TEXT",
    args: [["show", text, ...bert]],
    options: [tokens, ["--to", "was"], ["--to", "was,mat"], ["--pair", "the cat ."]],
    formats: ["text", "json", "csv", "svg"],
  },
  {
    name: "heed show PICTURE",
    args: [["show", image, ...pictures]],
    options: [
      ["--word", "1,2"],
      ["--to", "cat"],
      ["--pair", "x"],
    ],
    formats: ["text", "json", "csv", "svg", "png", "html"],
  },
  {
    name: "heed show, not on a coloured terminal",
    args: [
      ["show", text, ...bert],
      ["show", "L1H0", text, ...bert],
    ],
    options: [["--theme", "dark"]],
    formats: ["json", "csv", "svg"],
  },
  {
    name: "heed compare, not on a coloured terminal",
    args: [["compare", text, other, ...bert]],
    options: [["--theme", "dark"]],
    formats: ["json", "csv", "svg"],
  },
  {
    name: "heed parameters",
    args: [["parameters", ...bert]],
    options: [["--theme", "dark"]],
    formats: ["text", "json", "csv"],
  },
  {
    name: "heed compare",
    args: [["compare", text, other, ...bert]],
    options: [tokens, ["--to", "was"]],
    formats: ["text", "json", "csv", "svg"],
  },
  {
    name: "heed generate",
    args: [
      ["generate", "the cat sat", ...gpt2],
      ["generate", "a dog", ...gpt2],
      ["generate", "mat on the mat", ...gpt2],
    ],
    // What samples has a seed, so that chance decides nothing.
    options: [
      ["--tokens", "7"],
      ["--temperature", "4", "--seed", "1"],
      ["--top-k", "5", "--seed", "1"],
      ["--top-p", "0.9", "--seed", "1"],
      ["--repetition-penalty", "2"],
      ["--presence-penalty=-3"],
      ["--frequency-penalty=-3"],
      ["--seed", "7"],
      ["--attention"],
      ["--head", "L1H0"],
      ["--lines"],
    ],
    formats: ["text", "json", "jsonl"],
  },
  {
    name: "heed classify TEXT",
    args: [["classify", "the cat sat .", ...classifier]],
    options: [
      ["--pair", "the dog ."],
      ["--function", "sigmoid"],
      ["--top-k", "1"],
      ["--aggregation", "simple"],
      ["--ignore", "x"],
      ["--max-tokens", "3"],
      ["--lines"],
    ],
    formats: ["text", "json", "jsonl", "csv"],
  },
  {
    name: "heed classify TEXT, a pair",
    args: [
      ["classify", "the cat sat .", "--pair", "the dog sat .", "--max-tokens", "8", ...classifier],
    ],
    options: [["--truncation", "only_second"]],
    formats: ["text", "json", "jsonl", "csv"],
  },
  {
    name: "heed classify PICTURE",
    args: [["classify", image, ...pictures]],
    options: [
      ["--pair", "the dog ."],
      ["--function", "sigmoid"],
      ["--top-k", "1"],
      ["--max-tokens", "3"],
      ["--truncation", "only_first"],
      ["--lines"],
    ],
    formats: ["text", "json", "jsonl", "csv"],
  },
  {
    name: "heed classify TEXT, a label for each token",
    args: [["classify", "Hugo Wolf lived in Vienna.", ...tagger]],
    options: [
      ["--pair", "the dog ."],
      ["--function", "sigmoid"],
      ["--top-k", "1"],
      ["--aggregation", "first"],
      ["--ignore", "PER,LOC"],
      ["--lines"],
    ],
    formats: ["text", "json", "jsonl", "csv"],
  },
  {
    name: "heed fill",
    args: [["fill", "The cat sat on the [MASK].", "--model", "test/tasks/fill-albert"]],
    options: [["--top-k", "1"], ["--targets", "cat,mat,catmat"], ["--lines"]],
    formats: ["text", "json", "jsonl", "csv"],
  },
  {
    name: "heed zero-shot",
    args: [["zero-shot", "The cat sat.", "--labels", "cat,mat", ...inference]],
    options: [["--several"], ["--template", "{}!"], ["--lines"]],
    formats: ["text", "json", "jsonl", "csv"],
  },
  {
    name: "heed answer",
    args: [
      ["answer", "Who sat?", `${text} `.repeat(3), ...reader],
      ["answer", "Where did Anna live?", `Anna lived in Vienna. ${text} `.repeat(2), ...reader],
      ["answer", "Why?", "I", ...reader],
    ],
    options: [
      ["--top-k", "3"],
      ["--impossible"],
      ["--longest", "2"],
      ["--window", "24"],
      ["--stride", "5"],
      ["--lines"],
    ],
    formats: ["json", "jsonl"],
  },
];

const written = new Map<string, ReturnType<typeof commandLine>>();
/** The same command gives the same, unless chance is in it. */
function once(...args: readonly string[]) {
  const key = args.join("\n");
  const running = written.get(key) ?? commandLine(...args);
  written.set(key, running);
  return running;
}

describe("an option is refused, or changes what comes out,", () => {
  const cases = commands.flatMap((command) =>
    command.formats.map((format) => ({ ...command, format })),
  );
  test.each(cases)("$name as $format", async ({ args, options, format }) => {
    for (const company of [[], ...options])
      for (const option of options)
        if (option[0] !== company[0])
          expect(
            await verdict(args, [...company, "--format", format], option),
            `${option.join(" ")} beside ${company.join(" ")}`,
          ).toMatch(/^(does something|refused)$/);
  });

  async function verdict(
    args: Commands["args"],
    company: readonly string[],
    option: readonly string[],
  ): Promise<string> {
    for (const given of args) {
      const without = await once(...given, ...company);
      // What is refused by itself says nothing of options beside it.
      if (without.error) return "refused";
      const with_ = await once(...given, ...company, ...option);
      if (with_.error)
        return /does nothing/.test(with_.error.message) ? "refused" : `${with_.error}`;
      if (with_.stdout !== without.stdout) return "does something";
    }
    return "is ignored";
  }
});

describe("refused with a reason:", () => {
  const cases: readonly (readonly [readonly string[], string])[] = [
    [
      [text, "--site", "layers.0.q", "--near"],
      "--near does nothing with --site: a site's numbers are printed as they are",
    ],
    [
      [text, "--site", "layers.0.q", "--head", "1", "--json"],
      "--head does nothing with --site and --format json: all heads are written",
    ],
    [
      [text, "--site", "layers.0.residual", "--head", "1", ...bert],
      "--head does nothing without an axis of heads: the site has one value for all heads",
    ],
    [
      [text, "--site", "layers.*.q", "--head", "L1H2", ...bert],
      "--head L1H2 is in layer 1, and --site names layers.0.q. Write --head 2 for that head of every site",
    ],
    [[text, "--site", "layers.0.q", "--format", "html"], "written as text, json, csv"],
    [[text, "--to", "cat", "--out", "x.csv"], "--to does nothing with --format csv"],
    [
      [text, "--to", "cat,mat", "--format", "svg"],
      "a second word of --to does nothing with --format svg",
    ],
    [
      [image, "--near", ...pictures],
      "--near does nothing: --near is for words of a text; a picture has --word and --head",
    ],
    [
      ["show", text, "--to", "cat,mat"],
      "a second word of --to does nothing: show follows one word",
    ],
    [
      ["show", "L0H0", text, "--word", "cat", "--format", "csv"],
      "--word does nothing with a head and --format csv: CSV holds all words",
    ],
    [
      ["generate", text, "--head", "L0H0"],
      "--head does nothing without --attention: it says which head --attention looks in",
    ],
    [
      ["generate", text, "--seed", "1"],
      "--seed does nothing without --temperature or --top-k or --top-p or --min-p or --top-h or --typical-p or a checkpoint that samples: without chance the most probable token is taken each time",
    ],
    [
      ["generate", text, "--top-k", "4", "--temperature", "0"],
      "--top-k does nothing with --temperature 0",
    ],
    [["classify", image, "--pair", "x"], "--pair does nothing with a picture"],
    [
      ["classify", text, "--aggregation", "first", ...classifier],
      "--aggregation does nothing with a classifier of wholes: it is for models that label tokens",
    ],
    [
      ["classify", text, "--function", "sigmoid", ...tagger],
      "--function does nothing with a classifier of tokens",
    ],
    [
      ["classify", text, "--ignore", "PER", ...tagger],
      "--ignore does nothing with --format text without --aggregation",
    ],
    [
      ["classify", text, "--function", "relu", ...classifier],
      'classify: there is no function "relu"; there are sigmoid, softmax, none',
    ],
    [
      ["classify", text, "--aggregation", "frist", ...tagger],
      'there is no "frist"; nearest: first',
    ],
    [
      ["zero-shot", text, "--labels", "a,b", "--template", "no place", ...inference],
      "has no {} for the label",
    ],
    [
      ["answer", "Who?", text, ...classifier],
      "answer needs a model with a head for question answering",
    ],
    [
      ["verify", "test/tasks/text-bert-single-label", "--tolerance", "1"],
      "--tolerance does nothing without a recorded trace",
    ],
    [["verify", "test/golden/gpt2", "--model", "x"], "--model does nothing: the folders are named"],
    [
      ["verify", "test/golden/gpt2", "--image-backend", "pillow"],
      "--image-backend does nothing without recorded pictures: no picture is prepared",
    ],
    [["verify", "test/golden/gpt2", "--all", "--json"], "--all does nothing with --format json"],
    [
      ["verify", "test/tokens/gpt2", "--tolerance", "1"],
      "--tolerance does nothing without a recorded trace",
    ],
    [
      ["verify", "test/golden/gpt2", "--backend", "reference", "--dtype", "half"],
      "--dtype half does nothing with --backend reference",
    ],
    [["plan", "gpt2", "--model", "x"], "--model does nothing: the model is named behind plan"],
    [["plan", "gpt2", "--revision", "x"], "--revision does nothing without a hub id"],
    [
      ["plan", "gpt2", "--no-measure", "--backend", "wasm"],
      "--backend does nothing with --no-measure: it says what is measured",
    ],
    [
      ["embed", image, ...bert],
      `${image} is a picture; here goes a text. heed ${image} looks at it`,
    ],
    [["show", "no.png", ...bert], "no.png: there is no such file"],
    [["sites", "--revision", "x"], "--revision does nothing without --model"],
    [
      ["sites", "--backend", "reference", "--dtype", "half"],
      "--dtype half does nothing with --backend reference",
    ],
    [["--near", "show", text], "--near does nothing with show. Its options: heed show --help"],
    [
      ["--word", "cat", "show", text, "--word", "mat"],
      "--word is given twice, before and behind show. Leave out one of them",
    ],
    [["--word", "cat"], "--word does nothing without a text"],
  ];
  test.each(cases)("%s", async (args, message) => {
    const { error, stdout } = await commandLine(...args);
    expect({ message: error?.message, stdout }).toEqual({
      message: expect.stringContaining(message),
      stdout: "",
    });
  });
});

describe("what the table of idle options names", () => {
  const options = new Map(
    [program(), ...program().commands].map((command) => [
      command.name(),
      new Set(command.options.map(({ long }) => long)),
    ]),
  );
  const commandOf = { load: "heed", look: "heed", site: "heed", picture: "heed" };
  const rules = Object.entries(idleOptions).flatMap(([command, list]) =>
    list.map((rule: IdleOption) => ({ command, rule, says: refusal(rule) })),
  );
  test.each(rules)("$command: $says", ({ command, rule }) => {
    const known = options.get(commandOf[command as keyof typeof commandOf] ?? command)!;
    const named = [rule.option, ...(rule.with ?? []), ...(rule.without ?? [])]
      .map((name) => /--[\w-]+/.exec(name)?.[0])
      .filter((name) => name !== undefined);
    expect(named.filter((name) => !known.has(name))).toEqual([]);
  });
});

describe("heed", () => {
  test("help shows a command's options", async () => {
    const { stdout, error } = await commandLine("help", "show");
    expect(error).toBeUndefined();
    expect(stdout).toContain("Usage: heed show [options] [head-or-text] [text]");
    expect((await commandLine("help")).stdout).toContain("Usage: heed [options] [command] [text]");
    expect((await commandLine("help", "shwo")).error?.message).toContain(
      'there is no command "shwo"; nearest: show',
    );
  });

  test("takes a misspelt command for one, and other words for texts", async () => {
    expect((await commandLine("shwo")).error?.message).toBe(
      '"shwo" is one word, with no other word to look at. Did you mean heed show?',
    );
    for (const name of ["Show", "model", "genertae", "embd", "parmeter"])
      expect((await commandLine(name)).error?.message).toMatch(/Did you mean heed [a-z]+\?$/);
    for (const word of ["heed", "shoe-", "cat", "sat"])
      expect((await commandLine(word, ...bert)).error?.message ?? "").not.toContain("Did you mean");
    expect((await commandLine("shwo now", ...bert)).error).toBeUndefined();
    expect((await commandLine("embed.", ...bert)).error).toBeUndefined();
    expect((await commandLine("shwo", "--site", "layers.0.q", ...bert)).error).toBeUndefined();
  });

  test("takes options before the name of a command that has them", async () => {
    const before = await commandLine("--word", "sat", ...bert, "show", text);
    const behind = await commandLine("show", text, "--word", "sat", ...bert);
    expect(before).toEqual(behind);
    expect(before.stdout).toContain('"sat" looks at');
  });

  test("says how long a command took, whichever it is", async () => {
    const { stderr } = await commandLine("sites", ...bert, "--timing");
    expect(stderr).toMatch(/timing: .*load \d+ ms, .*print \d+ ms; in all \d+ ms/);
  });
});

describe("--theme", () => {
  test("chooses a terminal's colours, where it has some", async () => {
    const { FORCE_COLOR, NO_COLOR } = process.env;
    delete process.env.NO_COLOR;
    process.env.FORCE_COLOR = "1";
    try {
      const written = async (...args: readonly string[]) =>
        (await commandLine(...args, ...bert)).stdout;
      for (const args of [[text], ["show", "L0H1", text], ["compare", text, other]]) {
        const [light, dark] = [
          await written(...args, "--theme", "light"),
          await written(...args, "--theme", "dark"),
        ];
        expect(light).not.toBe(dark);
        expect(await written(...args)).toBe(dark);
        expect(await written(...args, "--theme", "auto")).toBe(dark);
      }
    } finally {
      if (FORCE_COLOR === undefined) delete process.env.FORCE_COLOR;
      else process.env.FORCE_COLOR = FORCE_COLOR;
      if (NO_COLOR !== undefined) process.env.NO_COLOR = NO_COLOR;
    }
  });

  test("has three names", async () => {
    const { error } = await commandLine(text, "--theme", "blue");
    expect(error?.message).toContain("Allowed choices are light, dark, auto");
  });
});

describe("what is written", () => {
  test("leads to the weights where scores have parts beside the products too", async () => {
    const { stdout } = await commandLine("show", "L0H0", "the cat", ...xlnet);
    expect(stdout).toMatch(/score: q · k \/ √4[\s\S]+\(bias\) = /);
  });

  test("by generate is the same in a file and in a terminal", async () => {
    const file = join(mkdtempSync(join(tmpdir(), "heed-")), "written.txt");
    const args = ["generate", "the cat", "--tokens", "5", "--attention", ...gpt2];
    const { stdout } = await commandLine(...args);
    expect(stdout).toMatch(/^the cat\S[\s\S]+looks most at/);
    await commandLine(...args, "--out", file);
    expect(readFileSync(file, "utf8")).toBe(stdout);
  });

  test.each([
    [[text, ...bert], "text"],
    [[text, ...bert], "json"],
    [[text, ...bert], "parquet"],
    [["show", "L0H1", text, ...bert], "svg"],
    [["show", "L0H1", text, ...bert], "png"],
    [["explain", text, ...bert], "html"],
    [["patch", text, "--zero", "L0H1", ...bert], "json"],
    [["embed", text, ...bert], "jsonl"],
    [["tokens", text, ...bert], "csv"],
  ])(
    "by heed %j with --out - as %s goes to stdout, and no file has that name",
    async (args, format) => {
      const cwd = process.cwd();
      const home = mkdtempSync(join(tmpdir(), "heed-stdout-"));
      const plain = await commandLine(...args, "--format", format);
      process.chdir(home);
      try {
        const { stdout, stderr, error } = await commandLine(
          ...args,
          "--format",
          format,
          "--out",
          "-",
        );
        expect(error).toBeUndefined();
        expect(stdout).toBe(plain.stdout);
        expect(stdout.length).toBeGreaterThan(10);
        expect(stderr).not.toContain("wrote");
        expect(readdirSync(home)).toEqual([]);
      } finally {
        process.chdir(cwd);
      }
    },
  );

  test("under TransformerLens's names is what it says, with what is otherwise there", async () => {
    const args = [text, "--names", "tl", "--site", "layers.0.{q,weights,attended}", ...bert];
    const { stdout, stderr } = await commandLine(...args, "--format", "safetensors");
    expect(stdout).toContain("blocks.0.attn.hook_pattern");
    expect(stderr).toContain("no such tensor as layers.0.attended, which keep");
    expect(stderr).toContain("hook_q and hook_k of TransformerLens are before");
    const refused = (await commandLine(...args, "--format", "json")).error?.message;
    expect(refused).toContain("--names does nothing without --format npz");
  });

  test("to stdout is one thing: not a file that opens, an experiment beside its result, or a folder", async () => {
    const said = async (...args: readonly string[]) => (await commandLine(...args)).error?.message;
    const { error } = await commandLine(text, "--out", "-", "--open", ...bert);
    expect(error?.message).toContain("--out - and --open contradict each other");
    const patch = ["patch", text, "--zero", "L0H1", "--save", "-", ...bert];
    expect(await said(...patch)).toContain("--save -: what is found goes to stdout too");
    expect(await said(...patch, "--out", "-")).toContain("--save -: what is found");
    expect(await said("train", "world", "--out", "-")).toContain("--out -: what is kept");
  });

  test("of a picture in one head, as CSV, is that head", async () => {
    const { stdout } = await commandLine("show", "L1H0", image, "--format", "csv", ...pictures);
    const rows = stdout.trim().split("\n").slice(1);
    expect(rows.length).toBe(9);
    expect(rows.filter((row) => !row.startsWith("1,0,"))).toEqual([]);
  });

  test("tells words apart that a text has twice", async () => {
    const { stdout } = await commandLine("show", text, "--word", "it", "--to", "the#2", ...bert);
    expect(stdout).toContain('"it" looks at "the#2"');
    const compared = await commandLine("compare", text, other, "--to", "the#1,the#2", ...bert);
    expect(compared.stdout).toContain('weights on "the#1" and "the#2" change');
  });
});
