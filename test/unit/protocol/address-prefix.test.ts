/** One neighbour, one prefix: however an address is written, and whatever a stranger has 2^64 of. */
import { describe, expect, test } from "vitest";
import { addressPrefix } from "../../../src/protocol/address-prefix.ts";

test.each(["192.0.2.1", "0.0.0.0", "255.255.255.255", " 192.0.2.1 "])(
  "IPv4 %j stands for itself",
  (address) => {
    expect(addressPrefix(address)).toBe(address.trim());
  },
);

describe("IPv6 stands for its /64", () => {
  test.each([
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"],
    ["2001:0DB8:0001:0002:0000:0000:0000:0001", "2001:db8:1:2::/64"],
    ["2001:db8:1:2::", "2001:db8:1:2::/64"],
    ["2001:db8:1:2::1", "2001:db8:1:2::/64"],
    ["2001:db8:1:3::1", "2001:db8:1:3::/64"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["2001:db8::1:2:3:4:5", "2001:db8:0:1::/64"],
    ["2001::1:2:3:4:5:6", "2001:0:1:2::/64"],
    ["2001:db8:0:0:1::", "2001:db8:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["::", "0:0:0:0::/64"],
    ["1::", "1:0:0:0::/64"],
    ["::2:3:4:5:6:7:8", "0:2:3:4::/64"],
    ["1:2:3:4:5:6:7::", "1:2:3:4::/64"],
    ["fe80::192.0.2.1", "fe80:0:0:0::/64"],
    ["1:2:3:4:5:6:192.0.2.1", "1:2:3:4::/64"],
    ["::192.0.2.1", "0:0:0:0::/64"], // IPv4-compatible (deprecated): not mapped
    ["64:ff9b::192.0.2.1", "64:ff9b:0:0::/64"],
    ["0:0:0:0:1:ffff:c000:201", "0:0:0:0::/64"], // all but mapped
  ])("%s → %s", (address, prefix) => {
    expect(addressPrefix(address)).toBe(prefix);
  });
});

test.each(["::ffff:192.0.2.1", "::FFFF:c000:0201", "0:0:0:0:0:ffff:192.0.2.1", "0::ffff:c000:201"])(
  "%s is an IPv4 address in IPv6 writing",
  (address) => {
    expect(addressPrefix(address)).toBe("192.0.2.1");
  },
);

test.each([
  ...[null, undefined, "", " ", "none", "unknown", "localhost", "_hidden"],
  ...["192.0.2", "192.0.2.1.5", "192.0.2.256", "192.0.02.1", "192.0.2.1:443", "192.0.2.1, 192.0.2.2"],
  ...["0x7f.0.0.1", "1e1.0.0.1", "192.0.2.-1", "192.0.2.", "3221225985"],
  ...[":", ":::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8"],
  ...["12345::", "g::", "1:2:3:4:5:6:7:", ":1:2:3:4:5:6:7", "fe80::1%eth0", "[::1]", "2001:db8::/64"],
  ...["192.0.2.1::", "::192.0.2.1:1", "::192.0.2", "1:2:3:4:5:6:7:192.0.2.1", "::ffff:192.0.2.256"],
])("%j is no address: it shares the one bucket", (address) => {
  expect(addressPrefix(address)).toBe("none");
});
