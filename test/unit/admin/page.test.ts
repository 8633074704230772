/** Pages of a list: how much is shown, and whether there is more. */
import { expect, test } from "vitest";
import { pageOf } from "../../../src/admin/page.ts";

test.each([
  [0, [], undefined],
  [1, [0], undefined],
  [2, [0, 1], undefined],
  [3, [0, 1], 1],
])("of %i found", (found, rows, last) => {
  expect(pageOf([...Array(found).keys()], 2)).toEqual({ rows, last });
});
