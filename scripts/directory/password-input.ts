/** A password that comes on standard input, so that it is in no list of processes and no history of a shell. */
import { text } from "node:stream/consumers";
import { BadInput } from "./input.ts";

const MAX_LENGTH = 1024;

/** All of standard input less one line end. */
export async function readPassword(): Promise<string> {
  const password = (await text(process.stdin)).replace(/\r?\n$/, "");
  if (password === "") throw new BadInput("Standard input holds no password.");
  if (password.length > MAX_LENGTH)
    throw new BadInput(`The password is longer than ${MAX_LENGTH} characters.`);
  return password;
}
