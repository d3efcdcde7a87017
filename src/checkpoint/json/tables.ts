/** An object in raw JSON text that holds nothing but numbers (and true, false, null) under so many names. */
export interface TableInText {
  /** Its brace, and the position after its closing one. */
  readonly start: number;
  readonly end: number;
  readonly names: number;
}

/** From so many names on an object is slow: each becomes a property of its own, looked up again by whoever lists them. */
export const FEWEST_IN_TABLE = 1000;

const nameAndColon = /("[^"\\]*(?:\\.[^"\\]*)*")[ \t\r\n]*:/g;

/**
 * The numbers of such an object by name, in the file's order: read as a list of names and numbers in turn. Undefined where it is not valid
 * JSON, a name is given twice, or something else than a number stands under one.
 */
export function readTable(
  json: string,
  { start, end, names }: TableInText,
): ReadonlyMap<string, number> | undefined {
  const list = jsonOf(`[${json.slice(start + 1, end - 1).replace(nameAndColon, "$1,")}]`);
  if (!Array.isArray(list)) return undefined;
  const table = new Map<string, number>();
  for (let at = 0; at < list.length; at += 2) {
    const [name, number] = [list[at], list[at + 1]];
    if (typeof name !== "string" || typeof number !== "number") return undefined;
    table.set(name, number);
  }
  // As many as there are names with a colon: each has its own number.
  return table.size === names ? table : undefined;
}

const likeMarks = /"(table-*)"/g;

/** Raw JSON text with what stands in for each table, which `place` finds in its value. */
export function withoutTables(json: string, tables: readonly TableInText[]) {
  // Longer than whatever looks like it, found in one pass: a file may be full of those.
  let mark = "table";
  for (const [, found] of json.matchAll(likeMarks))
    if (found!.length >= mark.length) mark = `${found}-`;
  let text = "";
  let at = 0;
  for (const [n, { start, end }] of tables.entries()) {
    text += `${json.slice(at, start)}{"${mark}":${n}}`;
    at = end;
  }
  return { text: text + json.slice(at), mark };
}

/** A value with tables in the places of their marks; undefined where the marks are not each there once. */
export function place(
  value: unknown,
  mark: string,
  tables: readonly ReadonlyMap<string, number>[],
): unknown {
  const placed = new Set<unknown>();
  let isOdd = false;
  const inside = (value: unknown): unknown => {
    if (typeof value !== "object" || value === null) return value;
    if (Object.hasOwn(value, mark)) {
      const table = tables[Number((value as Record<string, unknown>)[mark])];
      isOdd ||= table === undefined || placed.has(table);
      placed.add(table);
      return table;
    }
    const parent = value as Record<string, unknown>;
    for (const key of Object.keys(parent)) {
      const child = parent[key];
      if (typeof child === "object" && child !== null) parent[key] = inside(child);
    }
    return value;
  };
  const whole = inside(value);
  return isOdd || placed.size !== tables.length ? undefined : whole;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
