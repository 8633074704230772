/** `traceparent` by the grammar of W3C Trace Context; anything else is no trace. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { parseTraceparent } from "../../../src/watch/trace-context.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN = "00f067aa0ba902b7";

test.each([
  `00-${TRACE}-${SPAN}-01`,
  `00-${TRACE}-${SPAN}-00`,
  `01-${TRACE}-${SPAN}-01`,
  `cc-${TRACE}-${SPAN}-01-what-comes`,
])("%s", (header) => {
  expect(parseTraceparent(header)).toEqual({ traceId: TRACE, parentId: SPAN });
});

test.each([
  null,
  "",
  `ff-${TRACE}-${SPAN}-01`, // no version
  `00-${"0".repeat(32)}-${SPAN}-01`,
  `00-${TRACE}-${"0".repeat(16)}-01`,
  `00-${TRACE.toUpperCase()}-${SPAN}-01`,
  `00-${TRACE}-${SPAN}-01-more`, // version 00 ends there
  `00-${TRACE}-${SPAN}-1`,
  `00-${TRACE}-${SPAN}`,
  ` 00-${TRACE}-${SPAN}-01`,
  `00-${TRACE}-${SPAN}-01\n`,
  `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`,
  `01-${TRACE}-${SPAN}-01-a,01-${TRACE}-${SPAN}-01`,
  `01-${TRACE}-${SPAN}-01.more`,
  `01-${TRACE}-${SPAN}-01-${"x".repeat(300)}`,
])("%j is none", (header) => {
  expect(parseTraceparent(header)).toBeUndefined();
});

test("nothing but hex digits comes out of it, whatever goes in", () => {
  const part = fc.oneof(fc.string({ maxLength: 34 }), fc.constantFrom(TRACE, SPAN, "00", "01", "ff"));
  fc.assert(
    fc.property(fc.array(part, { maxLength: 5 }), (parts) => {
      const trace = parseTraceparent(parts.join("-"));
      if (trace !== undefined) expect(`${trace.traceId}${trace.parentId}`).toMatch(/^[0-9a-f]{48}$/);
    }),
  );
});
