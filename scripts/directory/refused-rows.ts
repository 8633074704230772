/** Rows of a file that are not taken: a report of each by its number, field and reason, and none of its values. */
import { openOutput } from "./output-file.ts";
import type { Progress } from "./progress.ts";

const escaped = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;

export interface Problem {
  readonly field: string;
  readonly problem: string;
}

export interface RefusedRows {
  add(row: number, problems: readonly Problem[]): Promise<void>;
  count(): number;
  close(): Promise<void>;
}

/** @param file a new one, for JSON Lines; undefined: standard error */
export async function openRefusedRows(file: string | undefined, progress: Progress): Promise<RefusedRows> {
  const output = file === undefined ? undefined : await openOutput(file);
  let count = 0;
  return {
    add: async (row, problems) => {
      count++;
      // Names of members are the file's: none of their letters may mean something to a terminal.
      const report = `${JSON.stringify({ row, problems }).replace(/[^ -~]/g, escaped)}\n`;
      if (output !== undefined) await output.write(report);
      else progress.say(report);
    },
    count: () => count,
    close: async () => output?.close(),
  };
}
