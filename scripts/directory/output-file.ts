/** Where exports go: standard output, or a new file that its owner alone may read. */
import { once } from "node:events";
import { open } from "node:fs/promises";
import { resolve } from "node:path";
import { ROOT } from "../runtime.ts";
import { BadInput } from "./input.ts";

export interface Output {
  write(text: string): Promise<void>;
  close(): Promise<void>;
}

/** @param file below where the command was started; never in place of a file that is there */
export async function openOutput(file: string | undefined): Promise<Output> {
  if (file === undefined) {
    return {
      write: async (text) => {
        if (!process.stdout.write(text)) await once(process.stdout, "drain");
      },
      close: async () => {},
    };
  }
  const handle = await open(resolve(process.env.INIT_CWD ?? ROOT, file), "wx", 0o600).catch((error) => {
    throw new BadInput(
      error.code === "EEXIST" ? `${file} is there already.` : `${file} can't be written (${error.code}).`,
    );
  });
  return {
    write: async (text) => {
      await handle.appendFile(text);
    },
    close: () => handle.close(),
  };
}
