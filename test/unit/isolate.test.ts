/** Where Durable Objects are kept: in the jurisdiction that the operator names, but for the local runtime. */
import { expect, test, vi } from "vitest";
import { inJurisdiction } from "../../src/isolate.ts";

vi.mock("cloudflare:workers", () => ({ DurableObject: class {} }));

const inside = { name: "inside" };
const asked: string[] = [];
const namespace = {
  jurisdiction: (name: string) => {
    asked.push(name);
    return inside;
  },
} as unknown as DurableObjectNamespace;
const warnings: string[] = [];
const log = {
  info: () => undefined,
  error: () => undefined,
  warn: (event: string) => void warnings.push(event),
};

test("the one that is named", () => {
  for (const dataJurisdiction of ["eu", "us", "fedramp"])
    expect(inJurisdiction(namespace, { dataJurisdiction, secure: true }, log)).toBe(inside);
  expect(asked.splice(0)).toEqual(["eu", "us", "fedramp"]);
  expect(warnings).toEqual([]);
});

test("none when none is named", () => {
  expect(inJurisdiction(namespace, { dataJurisdiction: undefined, secure: true }, log)).toBe(namespace);
  expect(asked).toEqual([]);
});

test("the local runtime has none: one line in the log, and it goes on", () => {
  expect(inJurisdiction(namespace, { dataJurisdiction: "eu", secure: false }, log)).toBe(namespace);
  expect(asked).toEqual([]);
  expect(warnings.splice(0)).toEqual(["configuration"]);
});
