/** SHA-256 of texts and bytes. Values: FIPS 180-2, appendix B.1, and the well-known one of nothing. */
import { expect, test } from "vitest";
import { sha256, sha256Hex } from "../../../src/protocol/digest.ts";

const ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const NOTHING = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

test.each([
  ["abc", ABC],
  [Uint8Array.from([0x61, 0x62, 0x63]), ABC],
  ["", NOTHING],
  [new Uint8Array(), NOTHING],
  ["é", await sha256Hex(Uint8Array.from([0xc3, 0xa9]))], // as UTF-8
])("of %o", async (data, hex) => {
  expect(await sha256Hex(data)).toBe(hex);
  expect(Buffer.from(await sha256(data)).toString("hex")).toBe(hex);
});
