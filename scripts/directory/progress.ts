/** How far a long command is, on standard error: one line that moves where somebody watches, and nothing else where not. */

export interface Progress {
  show(rows: number): void;
  /** a line that stays */
  say(text: string): void;
  end(): void;
}

export function createProgress(stream: NodeJS.WriteStream = process.stderr): Progress {
  const started = performance.now();
  const clear = stream.isTTY ? "\r\u001b[K" : "";
  return {
    show: (rows) => {
      if (!stream.isTTY) return;
      const perSecond = Math.round(rows / ((performance.now() - started) / 1000));
      stream.write(`${clear}${rows.toLocaleString("en")} rows, ${perSecond.toLocaleString("en")} per second`);
    },
    say: (text) => void stream.write(`${clear}${text}`),
    end: () => void (stream.isTTY && stream.write(clear)),
  };
}
