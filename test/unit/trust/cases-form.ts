/** Certificates that deviate in form alone: what is refused, and what openssl has to say of the same bytes. */
import type { Reason } from "../../../src/protocol/failure.ts";
import { bytesOf, childrenOf, tlv } from "../../support/der.ts";
import {
  andExtensions,
  behind,
  type Change,
  END,
  extension,
  extensionIs,
  extensionsAre,
  type Field,
  GENERALIZED,
  inside,
  nameOf,
  OID,
  put,
  START,
  since,
  text,
  times,
  UTC,
  until,
} from "./patch.ts";

export interface FormCase {
  readonly name: string;
  /** 0 is the leaf, 1 the CA above it */
  readonly at: 0 | 1;
  readonly field: Field;
  readonly change: Change;
  readonly reason: Reason;
  /** refuses: always; strict: when asked to go by RFC 5280; accepts: 3.0 does, the rule is ours alone */
  readonly openssl: "refuses" | "strict" | "accepts";
}

type Row = readonly [openssl: FormCase["openssl"], name: string, change: Change];

const malformed = (at: 0 | 1, field: Field, rows: readonly Row[]): FormCase[] =>
  rows.map(([openssl, name, change]) => ({
    name: `${at === 0 ? "leaf" : "CA"}: ${field}: ${name}`,
    at,
    field,
    change,
    reason: "certificate_malformed",
    openssl,
  }));

const TIMES = malformed(0, "validity", [
  ["refuses", "an empty start", since(UTC, "")],
  ["refuses", "an empty end", until(UTC, "")],
  ["refuses", "an end of text", until(UTC, "never")],
  ["refuses", "an empty GeneralizedTime", until(GENERALIZED, "")],
  ["refuses", "the 30th of February", until(UTC, "400230235959Z")],
  ["refuses", "the 29th of February in a common year", until(UTC, "410229235959Z")],
  ["refuses", "day 0", until(UTC, "400100000000Z")],
  ["refuses", "hour 24", until(UTC, "401231240000Z")],
  ["refuses", "minute 60", until(UTC, "401231236000Z")],
  ["refuses", "second 60", until(UTC, "401231235960Z")],
  ["refuses", "no seconds", until(UTC, "4012312359Z")],
  ["refuses", "no Z", until(UTC, "401231235959")],
  ["refuses", "an offset", until(UTC, "401231235959+0100")],
  ["refuses", "an offset on both sides", since(UTC, "200101000000-0000")],
  ["refuses", "a small z", until(UTC, "401231235959z")],
  ["refuses", "a byte behind the Z", until(UTC, "401231235959Z0")],
  ["refuses", "a line feed behind the Z", until(UTC, "401231235959Z\n")],
  ["refuses", "four digits of year in a UTCTime", until(UTC, "20401231235959Z")],
  ["refuses", "two digits of year in a GeneralizedTime", until(GENERALIZED, "401231235959Z")],
  ["refuses", "a fraction", until(GENERALIZED, "20401231235959.5Z")],
  ["refuses", "a fraction with a comma", until(GENERALIZED, "20401231235959,5Z")],
  ["refuses", "another type of time", until(0x16, "401231235959Z")],
  ["refuses", "one time", times(START)],
  ["refuses", "three times", times(START, END, END)],
]);

const FIELDS = [
  ...malformed(0, "version", [
    ["strict", "1, by absence", () => []],
    ["strict", "1", put("a003020100")],
    ["strict", "2", put("a003020101")],
    ["accepts", "4", put("a003020103")],
    ["accepts", "300", put("a0040202012c")],
    ["strict", "negative", put("a0030201ff")],
  ]),
  ...malformed(1, "version", [
    ["strict", "1, by absence", () => []],
    ["strict", "2", put("a003020101")],
  ]),
  ...malformed(0, "serial", [
    ["refuses", "of no bytes", put("0200")],
    ["refuses", "with a zero too many", put("02020001")],
    ["refuses", "negative, with an ff too many", put("0202ff80")],
    ["accepts", "of 22 bytes", put(`0216${"11".repeat(22)}`)],
  ]),
  ...malformed(0, "subject", [
    ["strict", "empty", put("3000")],
    [
      "refuses",
      "an attribute of three",
      () => tlv(0x30, tlv(0x31, tlv(0x30, bytesOf("0603550403 0c0178 0500")))),
    ],
    ["refuses", "UTF-8 that is none", () => nameOf(1, bytesOf("0c02c328"))],
    ["refuses", "half a character of BMPString", () => nameOf(1, bytesOf("1e03004100"))],
    ["refuses", "a bit string of nothing", () => nameOf(1, bytesOf("0300"))],
    ["refuses", "an integer for a string", () => nameOf(1, bytesOf("020101"))],
    ["accepts", "41 attributes", () => nameOf(41)],
    [
      "accepts",
      "41 attributes in two sets",
      () => {
        const one = tlv(0x30, bytesOf("0603550403"), text(0x0c, "x"));
        return tlv(0x30, tlv(0x31, ...Array(20).fill(one)), tlv(0x31, ...Array(21).fill(one)));
      },
    ],
  ]),
  ...malformed(0, "key", [
    ["refuses", "a third part", inside("0500")],
    ["refuses", "unused bits", (key) => tlv(0x30, childrenOf(key)[0] ?? key, bytesOf("03020101"))],
    ["accepts", "an exponent of 1", (key) => withExponent(key, "020101")],
    ["accepts", "an even exponent", (key) => withExponent(key, "0203010002")],
    ["accepts", "an exponent of 6 bytes", (key) => withExponent(key, "0206010000000001")],
    ["accepts", "an exponent of none", (key) => withExponent(key, "0200")],
    ["refuses", "a third number", (key) => withExponent(key, "0203010001 020101")],
    // Unique identifiers stand behind the key.
    ["accepts", "an issuer's unique id behind it", behind("81020001")],
    ["accepts", "a subject's unique id behind it", behind("82020001")],
    ["refuses", "a unique id of garbage behind it", behind("8100")],
  ]),
];

function withExponent(key: Uint8Array, exponent: string): Uint8Array<ArrayBuffer> {
  const [algorithm = bytesOf(""), bits = bytesOf("")] = childrenOf(key);
  const [modulus = bytesOf("")] = childrenOf(bits.subarray(bits.length - 270));
  return tlv(0x30, algorithm, tlv(0x03, Uint8Array.of(0), tlv(0x30, modulus, bytesOf(exponent))));
}

const flag = (hex: string): Change =>
  extensionsAre((list) => [...list, extension(OID.unheardOf, bytesOf("0500"), hex)]);

const EXTENSIONS = [
  ...malformed(0, "extensions", [
    ["strict", "an empty list", put("a3023000")],
    ["strict", "none", () => []],
    ["refuses", "critical in two bytes", flag("0102ffff")],
    ["refuses", "critical as 01", flag("010101")],
    [
      "accepts",
      "one twice, both of no meaning",
      andExtensions(...Array(2).fill(extension(OID.unheardOf, bytesOf("0500")))),
    ],
    ["accepts", "an OID of 33 bytes", andExtensions(extension("2a".repeat(33), bytesOf("0500")))],
    ["refuses", "an OID that breaks off", andExtensions(extension("2a83", bytesOf("0500")))],
    ["refuses", "an OID with zeros too many", andExtensions(extension("2a8003", bytesOf("0500")))],
    ["refuses", "an OID of no bytes", andExtensions(extension("", bytesOf("0500")))],
    ["accepts", "41 of them", extensionsAre((list) => [...list, ...unheardOf(41 - list.length)])],
  ]),
  ...malformed(1, "extensions", [
    [
      "refuses",
      "a path length of 128, written as if negative",
      extensionIs("basicConstraints", "30060101ff020180"),
    ],
    ["refuses", "a path length of no bytes", extensionIs("basicConstraints", "30050101ff0200")],
    ["refuses", "a negative path length", extensionIs("basicConstraints", "30060101ff0201ff")],
    ["refuses", "a path length with a zero too many", extensionIs("basicConstraints", "30070101ff02020000")],
    ["accepts", "a path length of 5 bytes", extensionIs("basicConstraints", "300a0101ff02057fffffffff")],
    ["refuses", "CA in two bytes", extensionIs("basicConstraints", "30040102ffff")],
    ["accepts", "CA as 01", extensionIs("basicConstraints", "3003010101")],
    ["refuses", "a path length before CA", extensionIs("basicConstraints", "30060201000101ff")],
    ["refuses", "a path length and no CA", extensionIs("basicConstraints", "3003020100")],
    [
      "refuses",
      "basic constraints with a third part",
      extensionIs("basicConstraints", "30080101ff0201000500"),
    ],
    [
      "accepts",
      "something behind basic constraints",
      extensionIs("basicConstraints", "30060101ff0201000500"),
    ],
    ["accepts", "basic constraints without end", extensionIs("basicConstraints", "30800101ff0000")],
    ["refuses", "a key usage in unused bits", extensionIs("keyUsage", "03020304")],
    ["refuses", "8 unused bits", extensionIs("keyUsage", "03020804")],
    ["strict", "empty alternative names", extensionIs("alternativeNames", "3000")],
  ]),
  ...malformed(0, "extensions", [
    ["strict", "a path length and no CA", extensionIs("basicConstraints", "3003020100")],
    ["refuses", "a key usage of no bytes", extensionIs("keyUsage", "030100")],
    ["refuses", "a key usage of no bits", extensionIs("keyUsage", "03020700")],
    ["accepts", "a key usage of three bytes", extensionIs("keyUsage", "030400c00001")],
    ["accepts", "something behind the key usage", extensionIs("keyUsage", "030206400500")],
    ["accepts", "a key usage in pieces", extensionIs("keyUsage", "230403020640")],
    ["accepts", "an empty subject key id", extensionIs("subjectKeyId", "0400")],
    ["strict", "an authority key id that says nothing", extensionIs("authorityKeyId", "3000")],
    ["refuses", "an authority key id of no bytes", extensionIs("authorityKeyId", "30028000")],
    ["refuses", "an authority's serial without its issuer", extensionIs("authorityKeyId", "3003820101")],
    ["strict", "an authority's issuer without its serial", extensionIs("authorityKeyId", "3006a10482026162")],
    ["refuses", "an authority's empty serial", extensionIs("authorityKeyId", "3008a104820261628200")],
    [
      "refuses",
      "an authority's key id behind its issuer",
      extensionIs("authorityKeyId", "300ca10482026162820101800101"),
    ],
    ["strict", "empty alternative names", extensionIs("alternativeNames", "3000")],
    ["refuses", "alternative names of garbage", extensionIs("alternativeNames", "0500")],
    ["refuses", "another name of garbage", extensionIs("alternativeNames", "3003a00105")],
    ["refuses", "an alternative name of no kind", extensionIs("alternativeNames", "30038f0161")],
    ["accepts", "a mail address beyond ASCII", extensionIs("alternativeNames", "300381 01e9")],
    ["accepts", "an IP address of 5 bytes", extensionIs("alternativeNames", "300787050102030405")],
    ["accepts", "an empty extended key usage", extensionIs("extendedKeyUsage", "3000")],
    ["refuses", "an extended key usage of garbage", extensionIs("extendedKeyUsage", "0500")],
    ["refuses", "an extended key usage that is no OID", extensionIs("extendedKeyUsage", "3003020101")],
    ["accepts", "a policy that is no OID", extensionIs("policies", "30053003020101")],
    ["accepts", "policies of garbage", extensionIs("policies", "0500")],
    ["accepts", "critical policies of garbage", extensionIs("policies", "0500", "0101ff")],
    ["refuses", "distribution points of garbage", extensionIs("distributionPoints", "0500")],
    ["refuses", "a distribution point of garbage", extensionIs("distributionPoints", "30040500")],
    ["refuses", "Netscape's type of garbage", extensionIs("netscapeType", "0500")],
  ]),
];

const unheardOf = (count: number) =>
  Array.from({ length: count }, (_, at) =>
    extension(`2a04${(at + 1).toString(16).padStart(2, "0")}`, bytesOf("0500")),
  );

/** Extensions that are refused, however well-formed and uncritical. */
const FORBIDDEN: readonly FormCase[] = [
  ...(["", "0101ff"] as const).flatMap((critical): FormCase[] => {
    const proxy = tlv(0x30, tlv(0x30, bytesOf("06082b06010505071501")));
    const address = tlv(0x30, tlv(0x30, bytesOf("04020001"), tlv(0x30, bytesOf("0302000a"))));
    const common = { at: 0, field: "extensions", reason: "certificate_critical_extension" } as const;
    const how = critical === "" ? "not critical" : "critical";
    return [
      {
        ...common,
        name: `a proxy's, ${how}`,
        change: extensionIs("proxy", proxy, critical),
        openssl: "refuses",
      },
      {
        ...common,
        name: `addresses, ${how}`,
        change: extensionIs("addresses", address, critical),
        openssl: "refuses",
      },
      {
        ...common,
        name: `addresses of garbage, ${how}`,
        change: extensionIs("addresses", "0500", critical),
        openssl: "refuses",
      },
      {
        ...common,
        name: `systems of garbage, ${how}`,
        change: extensionIs("systems", "0500", critical),
        openssl: "refuses",
      },
    ];
  }),
];

export const FORMS: readonly FormCase[] = [...TIMES, ...FIELDS, ...EXTENSIONS, ...FORBIDDEN];
