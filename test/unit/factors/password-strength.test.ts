/** New passwords: what is refused, what is let through, and that the list in the Worker is the installed one. */
import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { buildCommonPasswords, COMMON_PASSWORDS_FILE } from "../../../scripts/common-passwords.ts";
import { COMMON_PASSWORDS } from "../../../src/factors/common-passwords.ts";
import { checkPassword } from "../../../src/factors/password-strength.ts";

const ALICE = [
  "Alice",
  "O'Neil-Vandersteen",
  "alice.vds",
  "alice@rotterdamfreight.example",
  "Rotterdam Freight Papers",
];

describe("a new password", () => {
  test.each(["", "Tr0ub4d&r", "kettlebox", "ééééééééé", "\u{1f600}".repeat(9)])(
    "%j is too short",
    (password) => {
      expect(checkPassword(password, ALICE)).toBe("too_short");
    },
  );

  test("is too long beyond what is hashed", () => {
    const long = Array.from({ length: 600 }, (_, n) => String.fromCharCode(97 + ((n * 7 + n * n) % 26))).join(
      "",
    );
    expect(checkPassword(`${long}${long}`.slice(0, 1024), ALICE)).toBeUndefined();
    expect(checkPassword(`${long}${long}`.slice(0, 1025), ALICE)).toBe("too_long");
  });

  test.each([
    ...[
      "password123",
      "Password123!",
      "P@ssw0rd2024",
      "qwertyuiop",
      "1234567890",
      "aaaaaaaaaaaa",
      "abcabcabcabc",
    ],
    ...[
      "iloveyou12",
      "letmein2025",
      "DRAGON!!99",
      "1q2w3e4r5t",
      "drowssap12",
      "sunshine-1",
      "01-01-1990",
      "monkeymonkey",
    ],
  ])("%j is common", (password) => {
    expect(checkPassword(password, ALICE)).toBe("common");
  });

  test.each([
    ...[
      "Vandersteen1",
      "oneilvandersteen",
      "rotterdamfreight",
      "Rotterdam2024",
      "@lice.vds2025",
      "neetsrednav1",
    ],
  ])("%j is personal", (password) => {
    expect(checkPassword(password, ALICE)).toBe("personal");
    expect(checkPassword(password, [])).not.toBe("personal");
  });

  test.each([
    ...[
      "heron-kettle-maple-42",
      "mijn fiets staat scheef",
      "xK9#mQ2$vL7!",
      "Schifffahrtskapitän",
      "un petit navire gris",
    ],
    ...["alice sails a purple tugboat", "漢字漢語漢文漢詩漢方漢籍"],
  ])("%j is good", (password) => {
    expect(checkPassword(password, ALICE)).toBeUndefined();
  });

  test("is judged in good time, however long and odd", () => {
    const started = performance.now();
    for (const password of [
      "4@".repeat(512),
      "a1!".repeat(341),
      "p@55w0rd".repeat(128),
      "\u{1f600}".repeat(500),
    ]) {
      checkPassword(password, [...ALICE, "x".repeat(500)]);
    }
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

test("the list in the Worker is made from the installed one", async () => {
  expect(await readFile(COMMON_PASSWORDS_FILE, "utf8")).toBe(await buildCommonPasswords());
  expect(COMMON_PASSWORDS.split(" ")).toHaveLength(2000);
});
