/** `?done=…`: what the form before this page did, as a notice on top of it. Only words of ours are known. */
import { type Done, isDone } from "../pages/account/frame.tsx";

export function doneOf(url: URL): { readonly done?: Done } {
  const done = url.searchParams.get("done");
  return done !== null && isDone(done) ? { done } : {};
}
