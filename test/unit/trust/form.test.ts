/** Certificates in which one thing deviates in form: refused, each for its reason; and those that are merely unusual. */
import { beforeAll, describe, expect, test } from "vitest";
import { checkPath, verifyPath } from "../../../src/trust/chain.ts";
import { bytesOf, childrenOf, tlv } from "../../support/der.ts";
import { askOpenssl } from "../../support/openssl.ts";
import { fingerprintOf } from "../../support/pki.ts";
import { reasonOf } from "../../support/result.ts";
import { FORMS } from "./cases-form.ts";
import {
  andExtensions,
  type Change,
  extension,
  extensionIs,
  extensionsAre,
  type Field,
  GENERALIZED,
  nameOf,
  OID,
  patchedChain,
  put,
  since,
  text,
  UTC,
  until,
} from "./patch.ts";
import { createWorld, type World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});

async function judge(chain: readonly Uint8Array<ArrayBuffer>[]): Promise<string> {
  const path = await verifyPath(chain);
  if (!path.ok) return reasonOf(path);
  const anchors = { granted: new Set([await fingerprintOf(world.pki.root)]), withdrawn: new Set<string>() };
  return reasonOf(checkPath(path.value, anchors, world.now));
}

const ask = async (chain: readonly Uint8Array[], strict: boolean) =>
  (await askOpenssl({ chain, trusted: [world.pki.root.der], now: world.now, strict })) === "accepted";

describe("refused for its form", () => {
  test.each(FORMS)("$name: $reason", async ({ at, field, change, reason }) => {
    const path = await verifyPath(await patchedChain(world, at, field, change));
    expect(path.ok || path.failure).toMatchObject({ reason, data: { certificate: at } });
  });

  test.each(FORMS)("$name: openssl $openssl", async ({ at, field, change, openssl }) => {
    const chain = await patchedChain(world, at, field, change);
    const [lax, strict] = await Promise.all([ask(chain, false), ask(chain, true)]);
    expect({ lax, strict }).toEqual({ lax: openssl !== "refuses", strict: openssl === "accepts" });
  });

  test("a leaf that may also sign certificates, by openssl's strict rules too", async () => {
    const chain = await patchedChain(world, 0, "extensions", extensionIs("keyUsage", "03020244"));
    expect(await judge(chain)).toBe("leaf_key_usage");
    expect(await ask(chain, true)).toBe(false);
  });
});

const hexOf = (value: string) => Buffer.from(value).toString("hex");
const authority = (name: (issuer: Uint8Array) => Uint8Array, serial: (serial: Uint8Array) => Uint8Array) => {
  const [, number = bytesOf(""), , issuer = bytesOf("")] = childrenOf(
    childrenOf(world.pki.issuing.der)[0] ?? bytesOf(""),
  );
  const value = serial(number.subarray(2));
  return tlv(0x30, tlv(0xa1, tlv(0xa4, name(issuer))), tlv(0x82, value));
};
const same = (bytes: Uint8Array) => bytes;

describe("unusual, and accepted by openssl too", () => {
  const many = Array.from({ length: 40 }, (_, at) =>
    extension(`2a05${(at + 1).toString(16).padStart(2, "0")}`, bytesOf("0500")),
  );
  const otherName = "a00f 06032a0304 a008 0c0661c3a962c3a9".replaceAll(" ", "");
  const point = "a00ea00c860a687474703a2f2f612f62";

  test.each<[name: string, at: 0 | 1, field: Field, change: Change]>([
    ["nothing changed", 0, "version", (it) => it],
    ["a GeneralizedTime before 2050", 0, "validity", until(GENERALIZED, "20401231235959Z")],
    ["the end of time", 0, "validity", until(GENERALIZED, "99991231235959Z")],
    ["the 29th of February", 0, "validity", until(UTC, "400229000000Z")],
    ["a start in 1950", 0, "validity", since(UTC, "500101000000Z")],
    ["serial 0", 0, "serial", put("020100")],
    ["a negative serial", 0, "serial", put("0201ff")],
    ["a serial of 20 bytes and a sign", 0, "serial", put(`021500ff${"11".repeat(19)}`)],
    ["40 attributes", 0, "subject", () => nameOf(40)],
    ["a subject of BMPString", 0, "subject", () => nameOf(1, bytesOf("1e0400410042"))],
    ["a subject with a bit string", 0, "subject", () => nameOf(1, bytesOf("03020001"))],
    ["40 extensions", 0, "extensions", extensionsAre((list) => [...list, ...many.slice(list.length)])],
    ["an OID of 32 bytes", 0, "extensions", andExtensions(extension("2a".repeat(32), bytesOf("0500")))],
    [
      "an unknown extension of garbage",
      0,
      "extensions",
      andExtensions(extension(OID.unheardOf, bytesOf("ff"))),
    ],
    [
      "not critical, in so many words",
      0,
      "extensions",
      andExtensions(extension(OID.unheardOf, bytesOf("0500"), "010100")),
    ],
    ["not a CA, in so many words", 0, "extensions", extensionIs("basicConstraints", "3003010100")],
    ["not a CA, by leaving out", 0, "extensions", extensionIs("basicConstraints", "3000")],
    ["every key usage of leaves", 0, "extensions", extensionIs("keyUsage", "030307f980")],
    [
      "critical alternative names",
      0,
      "extensions",
      extensionIs("alternativeNames", `300b8109${hexOf("a@b.ample")}`, "0101ff"),
    ],
    [
      "alternative names of all kinds",
      0,
      "extensions",
      extensionIs(
        "alternativeNames",
        tlv(
          0x30,
          bytesOf(
            `${otherName} 8103${hexOf("a@b")} 8203${hexOf("a.b")} 8603${hexOf("a:b")} 870401020304 88032a0304`,
          ),
          bytesOf(`8710${"00".repeat(16)}`),
          tlv(0xa4, nameOf(2)),
        ),
      ),
    ],
    ["policies", 0, "extensions", extensionIs("policies", "3009 3007 06032a0304 3000", "0101ff")],
    ["a distribution point", 0, "extensions", extensionIs("distributionPoints", `30123010${point}`)],
    [
      "a distribution point with everything",
      0,
      "extensions",
      extensionIs("distributionPoints", `301e301c${point}81020640a206820474657374`),
    ],
    [
      "a distribution point relative to its issuer",
      0,
      "extensions",
      extensionIs(
        "distributionPoints",
        tlv(0x30, tlv(0x30, tlv(0xa0, tlv(0xa1, tlv(0x30, bytesOf("0603550403"), text(0x0c, "x")))))),
      ),
    ],
    ["Netscape's type", 0, "extensions", extensionIs("netscapeType", "030205a0")],
    [
      "a key without parameters",
      0,
      "key",
      (key) => tlv(0x30, tlv(0x30, bytesOf("06092a864886f70d010101")), childrenOf(key)[1] ?? key),
    ],
    ["a CA without a path length", 1, "extensions", extensionIs("basicConstraints", "30030101ff")],
    [
      "a CA with a long path length",
      1,
      "extensions",
      extensionIs("basicConstraints", "30090101ff02047fffffff"),
    ],
    ["a CA whose key usage is not critical", 1, "extensions", extensionIs("keyUsage", "03020204", "")],
    [
      "its issuer's name and serial",
      0,
      "extensions",
      (field) => asList(extensionIs("authorityKeyId", authority(same, same))(field)),
    ],
    [
      "its issuer's other name and serial",
      0,
      "extensions",
      (field) => {
        const mail = tlv(0x30, tlv(0xa1, bytesOf("8103614062")), tlv(0x82, serialOfIssuing()));
        return asList(extensionIs("authorityKeyId", mail)(field));
      },
    ],
  ])("%s", async (_, at, field, change) => {
    const chain = await patchedChain(world, at, field, change);
    expect(await judge(chain)).toBe("accepted");
    expect(await ask(chain, false)).toBe(true);
  });

  const asList = (it: ReturnType<Change>) => it;
  const serialOfIssuing = () => {
    const [, number = bytesOf("")] = childrenOf(childrenOf(world.pki.issuing.der)[0] ?? bytesOf(""));
    return number.subarray(2);
  };
});

describe("which certificate of the issuer is meant", () => {
  test.each([
    ["another serial", () => authority(same, () => bytesOf("01"))],
    ["another issuer of the issuer", () => authority(() => nameOf(1), same)],
  ])("%s", async (_, value) => {
    const chain = await patchedChain(world, 0, "extensions", extensionIs("authorityKeyId", value()));
    expect(await judge(chain)).toBe("certificate_key_identifier_mismatch");
    expect(await ask(chain, false)).toBe(false);
  });
});
