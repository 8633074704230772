import { expect, test } from "vitest";
import { checkPath, verifyPath } from "../../src/trust/chain.ts";
import { createPki, dersOf, fingerprintOf, mintLeaf } from "../support/pki.ts";
test("ok", async () => {
  const pki = await createPki(); const leaf = await mintLeaf(pki, "NTRNL-10000001");
  const t=performance.now(); const path = await verifyPath(dersOf(leaf)); console.log(performance.now()-t); const t2=performance.now(); await verifyPath(dersOf(leaf)); console.log("second", performance.now()-t2);
  expect(path).toMatchObject({ ok: true });
  if (path.ok) { console.log(path.value.leaf); expect(checkPath(path.value, {granted:new Set([await fingerprintOf(pki.root)]), withdrawn:new Set()}, Date.now()/1000)).toMatchObject({ok:true}); }
});
