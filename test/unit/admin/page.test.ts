/** Pages of a list: how much is shown, and whether there is more. */
import { expect, test } from "vitest";
import { pageOf } from "../../../src/admin/page.ts";

test.each([
  [0, [], undefined, undefined],
  [1, [0], undefined, undefined],
  [2, [0, 1], undefined, undefined],
  [3, [0, 1], 1, 6],
])("of %i found, behind four others", (found, rows, last, next) => {
  expect(pageOf([...Array(found).keys()], 2, 4)).toEqual({ rows, last, next });
});
