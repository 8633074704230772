/** Timestamps as registries write them: UTC where no zone is given, whatever zone the machine is in. */
import { afterEach, describe, expect, test } from "vitest";
import { parseTimestamp } from "../../../src/protocol/time.ts";

describe("timestamps", () => {
  const zone = process.env.TZ;
  afterEach(() => {
    if (zone === undefined) delete process.env.TZ;
    else process.env.TZ = zone;
  });

  const at = Date.UTC(2026, 0, 2, 3, 4, 5) / 1000;
  test.each([
    ["2026-01-02T03:04:05Z", at],
    ["2026-01-02T03:04:05z", at],
    ["2026-01-02T03:04:05.999Z", at],
    ["2026-01-02T03:04:05.123456Z", at],
    ["2026-01-02T05:04:05+02:00", at],
    ["2026-01-02T05:04:05+0200", at],
    ["2026-01-01T22:04:05-05:00", at],
    ["2026-01-01T22:04:05-0500", at],
    ["2026-01-02T13:34:05+1030", at],
    ["2026-01-02T03:04:05", at],
    ["2026-01-02 03:04:05", at],
    ["2026-01-02 03:04:05Z", at],
    ["2026-01-02T03:04", at - 5],
    ["2026-01-02", Date.UTC(2026, 0, 2) / 1000],
    ["2026-01-02T03:04:05Z ", at],
    ["1960-01-01T00:00:00Z", Date.UTC(1960, 0, 1) / 1000],
  ])("reads %j, as UTC whatever the machine's zone", (text, seconds) => {
    for (const TZ of ["UTC", "Asia/Tokyo", "America/New_York"]) {
      process.env.TZ = TZ;
      expect(parseTimestamp(text)).toBe(seconds);
    }
  });

  test.each([
    ["nothing", ""],
    ["words", "tomorrow"],
    ["a word in front", "on 2026-01-02"],
    ["a European date", "02-01-2026"],
    ["an American date", "01/02/2026"],
    ["month 13", "2026-13-01"],
    ["day 32", "2026-01-32"],
    ["hour 25", "2026-01-02T25:00:00Z"],
    ["an hour alone", "2026-01-02T03"],
    ["letters behind", "2026-01-02garbage"],
    ["a stray letter behind", "2026-01-02/"],
    ["a word for the zone", "2026-01-02T03:04:05 UTC"],
    ["a number", at],
    ["a number in a string", String(at)],
    ["a date object", new Date(at)],
    ["null", null],
    ["undefined", undefined],
    ["an array", ["2026-01-02"]],
  ])("does not read %s", (_, value) => {
    for (const TZ of ["UTC", "Asia/Tokyo"]) {
      process.env.TZ = TZ;
      expect(parseTimestamp(value)).toBeUndefined();
    }
  });
});
