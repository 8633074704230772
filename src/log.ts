/**
 * The log: one JSON line per request, and one for each thing beside it that an operator should know. Owns the form, and that
 * nothing else writes to the console. What goes in: reasons, registry data, correlation ids; never tokens, codes,
 * passwords, cookies, queries or personal data.
 */

export type LogData = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

export interface Log {
  /** What a request came to: becomes part of its one line. Outside of a request, a line of its own. */
  info(event: string, data?: LogData): void;
  warn(event: string, data?: LogData): void;
  error(event: string, data?: LogData): void;
}

export interface RequestLog extends Log {
  /**
   * Writes the request's line: the last event by its name, those before it under `also`, and the data of all. Later calls
   * of `info`, from work in the background, are lines of their own.
   * @param request wins over data of the same name
   * @returns what the line says
   */
  finish(level: "info" | "warn", request: LogData): LogData;
}

export function createLog(context: LogData = {}): Log {
  const write = (level: "info" | "warn" | "error") => (event: string, data?: LogData) => {
    // biome-ignore lint/suspicious/noConsole: the one place
    console[level](JSON.stringify({ level, event, ...context, ...data }));
  };
  return { info: write("info"), warn: write("warn"), error: write("error") };
}

export function createRequestLog(context: LogData): RequestLog {
  const log = createLog(context);
  const events: string[] = [];
  const collected: Record<string, LogData[string]> = {};
  let isFinished = false;
  return {
    warn: log.warn,
    error: log.error,
    info: (event, data) => {
      if (isFinished) return log.info(event, data);
      events.push(event);
      Object.assign(collected, data);
    },
    finish: (level, request) => {
      isFinished = true;
      const event = events.pop() ?? "request";
      const also = events.length > 0 ? events : undefined;
      const line = { ...collected, ...request, also };
      log[level](event, line);
      return { event, ...line };
    },
  };
}
