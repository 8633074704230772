/**
 * The log: one JSON line per event. Owns the form, and that nothing else writes to the console. What goes in: reasons,
 * registry data, correlation ids; never tokens, codes, passwords, cookies, queries or personal data.
 */

export type LogData = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

export interface Log {
  info(event: string, data?: LogData): void;
  warn(event: string, data?: LogData): void;
  error(event: string, data?: LogData): void;
}

export function createLog(context: LogData = {}): Log {
  const write = (level: "info" | "warn" | "error") => (event: string, data?: LogData) => {
    // biome-ignore lint/suspicious/noConsole: the one place
    console[level](JSON.stringify({ level, event, ...context, ...data }));
  };
  return { info: write("info"), warn: write("warn"), error: write("error") };
}
