/** Certificates in which one thing deviates in form: refused, each for its reason; and those that are merely unusual. */
import type { X509Certificate } from "@peculiar/x509";
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

  const notOursAlone = FORMS.filter(({ openssl }) => openssl !== "accepts");
  test.each(notOursAlone)("$name: openssl $openssl", async ({ at, field, change, openssl }) => {
    expect(await ask(await patchedChain(world, at, field, change), openssl === "strict")).toBe(false);
  });

  test("a leaf that may also sign certificates, by openssl's strict rules too", async () => {
    const chain = await patchedChain(world, 0, "extensions", extensionIs("keyUsage", "03020244"));
    expect(await judge(chain)).toBe("leaf_key_usage");
    expect(await ask(chain, true)).toBe(false);
  });
});

const extensionValue = (certificate: X509Certificate, oid: string): Uint8Array =>
  new Uint8Array(certificate.getExtension(oid)?.value ?? new ArrayBuffer());
const hexOf = (value: string) => Buffer.from(value).toString("hex");
const serialAndIssuer = (): readonly [serial: Uint8Array, issuer: Uint8Array] => {
  const [, serial, , issuer] = childrenOf(childrenOf(world.pki.issuing.der)[0] ?? bytesOf(""));
  return [serial?.subarray(2) ?? bytesOf(""), issuer ?? bytesOf("")];
};
/** The certificate of the CA above, by its key, its issuer's name and its serial; the last two may be others. */
const authority = (other: { readonly serial?: Uint8Array; readonly name?: Uint8Array } = {}) => {
  const [serial, issuer] = serialAndIssuer();
  const name = other.name ?? tlv(0xa4, issuer);
  const id = extensionValue(world.pki.issuing.certificate, "2.5.29.14").subarray(2);
  const value = tlv(0x30, tlv(0x80, id), tlv(0xa1, name), tlv(0x82, other.serial ?? serial));
  return extensionIs("authorityKeyId", value);
};

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
    ["a key usage with zeros that DER leaves out", 0, "extensions", extensionIs("keyUsage", "030205c0")],
    ["a key usage with a byte of zeros", 0, "extensions", extensionIs("keyUsage", "0303064000")],
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
    ["its issuer's name and serial", 0, "extensions", (field) => authority()(field)],
    [
      "its issuer's other name and serial",
      0,
      "extensions",
      (field) => authority({ name: bytesOf("8103614062") })(field),
    ],
  ])("%s", async (_, at, field, change) => {
    const chain = await patchedChain(world, at, field, change);
    expect(await judge(chain)).toBe("accepted");
    expect(await ask(chain, true)).toBe(true);
  });
});

describe("which certificate of the issuer is meant", () => {
  test.each([
    ["another serial", { serial: bytesOf("01") }],
    ["another issuer of the issuer", { name: tlv(0xa4, nameOf(1)) }],
  ])("%s", async (_, other) => {
    const chain = await patchedChain(world, 0, "extensions", authority(other));
    expect(await judge(chain)).toBe("certificate_key_identifier_mismatch");
    expect(await ask(chain, false)).toBe(false);
  });
});
