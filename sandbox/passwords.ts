/** Passwords for the sample users: random, and easy to retype from a terminal. Fit for a sandbox on loopback only. */
import { randomInt } from "node:crypto";

const WORDS = [
  ...[
    "amber",
    "anchor",
    "apple",
    "barge",
    "basket",
    "beacon",
    "birch",
    "bridge",
    "butter",
    "candle",
    "canal",
  ],
  ...["carrot", "cedar", "cherry", "clover", "copper", "cotton", "crane", "delta", "dune", "ember", "falcon"],
  ...[
    "ferry",
    "flute",
    "garden",
    "ginger",
    "harbour",
    "hazel",
    "heron",
    "island",
    "ivory",
    "jacket",
    "kettle",
  ],
  ...[
    "lantern",
    "lemon",
    "linen",
    "lobster",
    "maple",
    "marble",
    "meadow",
    "mill",
    "nutmeg",
    "olive",
    "otter",
  ],
  ...[
    "paper",
    "pebble",
    "pepper",
    "polder",
    "pumpkin",
    "quill",
    "raven",
    "ribbon",
    "river",
    "saddle",
    "silver",
  ],
  ...["spruce", "sugar", "tower", "tulip", "velvet", "violin", "walnut", "willow", "winter"],
];

/** e.g. `heron-kettle-maple-42` */
export function createPassword(): string {
  const words = Array.from({ length: 3 }, () => WORDS[randomInt(WORDS.length)]);
  return [...words, randomInt(10, 100)].join("-");
}
