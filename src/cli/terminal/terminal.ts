import type { WriteStream } from "node:tty";
import type { Terminal } from "../../views/text/terminal.ts";
import { knownTheme } from "./theme.ts";

const pipedWidth = 80;

/** What the stream can show: its width and colours; a pipe is 80 wide and has none. NO_COLOR, FORCE_COLOR, COLUMNS and COLORFGBG count, --theme before all. */
export function terminalOf(stream: WriteStream, environment = process.env): Terminal {
  const columns = stream.columns || Number(environment.COLUMNS) || pipedWidth;
  return {
    width: Math.max(20, columns),
    color: colorBits(stream, environment),
    unicode: !/^(C|POSIX)(\.|$)(?!UTF-?8)/i.test(
      environment.LC_ALL || environment.LC_CTYPE || environment.LANG || "",
    ),
    theme: knownTheme() ?? (isLight(environment.COLORFGBG) ? "light" : "dark"),
  };
}

/** Terminals that say their colours say "ink;ground", by the numbers of the 16: 7 and 9 to 15 are light. */
function isLight(colors: string | undefined): boolean {
  const ground = Number(colors?.split(";").at(-1) || Number.NaN);
  return ground === 7 || (ground >= 9 && ground <= 15);
}

function colorBits(stream: WriteStream, environment: NodeJS.ProcessEnv): Terminal["color"] {
  if (environment.NO_COLOR) return 0;
  const isForced = environment.FORCE_COLOR !== undefined && environment.FORCE_COLOR !== "0";
  if (!stream.isTTY) return isForced ? 8 : 0;
  const depth = stream.getColorDepth(environment);
  return depth >= 24 ? 24 : depth >= 8 ? 8 : depth >= 4 ? 4 : 0;
}
