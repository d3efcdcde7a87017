import { type Command, Option } from "commander";
import { givenOptions } from "../options/given-options.ts";
import { modelOptions, outputOptions } from "../options/shared-options.ts";
import { examples } from "./help.ts";

/** The command of models that hear: transcribe. */
export function addSpeechCommands(heed: Command): void {
  const transcribe = heed
    .command("transcribe")
    .description("what is said in a sound, and when: Whisper")
    .argument("<sound>", "a WAV file")
    .option("--language <language>", "what is spoken: en, english; found by the model if not given")
    .addOption(
      new Option("--task <task>", "write what is said, or write it in English").choices([
        "transcribe",
        "translate",
      ]),
    )
    .addOption(
      new Option(
        "--timestamps <what>",
        "when it was said: parts as the model cuts them, or words",
      ).choices(["none", "segments", "words"]),
    )
    .option("-n, --tokens <number>", "the most tokens to write of each half minute")
    .option("--num-beams <number>", "follow so many texts at once, give the most probable")
    .action(async (sound: string, _, command: Command) => {
      await (await import("../commands/speech/transcribe.ts")).transcribeSound(
        sound,
        givenOptions(command),
      );
    });
  outputOptions(modelOptions(transcribe), "text, json or csv");
  examples(
    transcribe,
    "heed transcribe speech.wav --model openai/whisper-tiny",
    "heed transcribe speech.wav --model openai/whisper-tiny --language de --timestamps words",
  );
}
