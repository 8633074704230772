/** Everything that may be wrong with a chain, one fault each; any two may be put into the same chain. */
import { bytesOf, childrenOf, concat, tlv } from "../der.ts";
import {
  append,
  basicConstraintsOf,
  type Der,
  type Draft,
  type Keys,
  mint,
  nameOf,
  OID,
  setExtension,
  text,
  USAGE,
  usageOf,
  withSpki,
} from "./draft.ts";
import type { Random } from "./random.ts";
import { type Case, createCa, createLeaf, createTwin } from "./sound.ts";

export type Fault = (it: Case, random: Random, keys: Keys) => void;

const leafOf = ({ drafts }: Case): Draft => drafts[0] as Draft;
const anyOf = ({ drafts }: Case, random: Random): Draft => random.pick(drafts);
const anyCa = ({ drafts }: Case, random: Random): Draft => random.pick(drafts.slice(1));

/** Something about the leaf, about one of the CAs, about any of them, and about the order of the minted ones. */
const leaf =
  (change: (leaf: Draft, random: Random, it: Case, keys: Keys) => void): Fault =>
  (it, random, keys) =>
    change(leafOf(it), random, it, keys);
const ca =
  (change: (ca: Draft, random: Random, it: Case, keys: Keys) => void): Fault =>
  (it, random, keys) =>
    change(anyCa(it, random), random, it, keys);
const any =
  (change: (draft: Draft, random: Random, it: Case, keys: Keys) => void): Fault =>
  (it, random, keys) =>
    change(anyOf(it, random), random, it, keys);
const order =
  (change: (chain: Der[], random: Random) => Der[]): Fault =>
  (it, random) =>
    void it.order.push((chain) => (chain.length < 2 ? chain : change(chain, random)));

const DAY = 86_400;

/** Of a BIT STRING, without the count of unused ones. */
const bitsOf = (element: Der): Der => {
  const length = element[1] ?? 0;
  return element.slice(length < 0x80 ? 3 : length - 0x80 + 3);
};

const TIME: Readonly<Record<string, Fault>> = {
  "expired long ago": any((it, random, { now }) => {
    it.notBefore = now - 100 * DAY;
    it.notAfter = now - 1 - random.int(50 * DAY);
  }),
  "ends this second": any((it, _, { now }) => {
    it.notAfter = now;
  }),
  "starts next second": any((it, _, { now }) => {
    it.notBefore = now + 1;
  }),
  "starts later": any((it, random, { now }) => {
    it.notBefore = now + 1 + random.int(50 * DAY);
  }),
};

const FORGERIES: Readonly<Record<string, Fault>> = {
  "leaf signed by another key": leaf((it, _, __, keys) => {
    it.signer = keys.attacker;
  }),
  "CA signed by another key": (it, random, keys) => {
    // not the last: nobody has to believe a root's own signature
    const between = it.drafts.slice(1, -1);
    (between.length > 0 ? random.pick(between) : leafOf(it)).signer = keys.attacker;
  },
  "leaf by a CA of the same name and another key": leaf((it, _, __, keys) => {
    const issuer = it.issuer as Draft;
    it.issuer = { ...issuer, key: keys.attacker };
  }),
  "CA in whose place another of the same name stands": (it, random, keys) => {
    const at = 1 + random.int(it.drafts.length - 1);
    const genuine = it.drafts[at] as Draft;
    const other: Draft = { ...genuine, key: keys.attacker };
    it.drafts[at] = other;
    it.listed = it.listed.map((listed) => (listed === genuine ? other : listed));
  },
  "leaf issued by a leaf": (it, random, keys) => {
    it.drafts.unshift(createLeaf(random, it.now, leafOf(it), keys.attacker));
  },
  "leaf of its CA's name, that tells its key by nothing": leaf((it) => {
    it.subject = (it.issuer as Draft).subject;
    it.subjectKeyId = "absent";
  }),
  "signature of one byte less": (it, random) => {
    random.pick(it.drafts.slice(0, -1)).bytes = (der) => {
      const [tbs, algorithm, signature = bytesOf("")] = childrenOf(der) as [Der, Der, Der];
      return tlv(0x30, tbs, algorithm, tlv(0x03, bytesOf("00"), bitsOf(signature).slice(0, -1)));
    };
  },
};

const RULES: Readonly<Record<string, Fault>> = {
  "CA:FALSE": ca((it) => setExtension(it, OID.basicConstraints, basicConstraintsOf(false), true)),
  "no basic constraints": ca((it) => setExtension(it, OID.basicConstraints, undefined)),
  "basic constraints not critical": ca((it) =>
    setExtension(it, OID.basicConstraints, basicConstraintsOf(true), false),
  ),
  "CA without keyCertSign": ca((it) => setExtension(it, OID.keyUsage, usageOf(USAGE.cRLSign), true)),
  "CA without key usage": ca((it) => setExtension(it, OID.keyUsage, undefined)),
  "path length exceeded": (it, random, keys) => {
    // The uppermost allows one less than there are below it.
    const upper = it.drafts.at(-1) as Draft;
    if (it.drafts.length === 2) {
      const free = keys.sound.find(({ id }) => !it.drafts.some((draft) => draft.key.id === id));
      const lower = createCa(random, it.now, upper, "Below", free ?? keys.attacker, 0);
      leafOf(it).issuer = lower;
      it.drafts.splice(1, 0, lower);
    }
    for (const draft of it.drafts.slice(1))
      if (draft.issuer !== undefined && draft.subject === draft.issuer.subject)
        draft.subject = nameOf(`Renamed ${random.int(1000)}`);
    it.listed = [upper];
    setExtension(upper, OID.basicConstraints, basicConstraintsOf(true, it.drafts.length - 3), true);
  },
  "CA as the leaf": leaf((it, random) => {
    setExtension(it, OID.basicConstraints, basicConstraintsOf(true), true);
    it.subjectKeyId = "usual";
    if (random.chance(0.5))
      setExtension(it, OID.keyUsage, usageOf(USAGE.keyCertSign | USAGE.digitalSignature), true);
  }),
  "leaf with keyCertSign": leaf((it) =>
    setExtension(it, OID.keyUsage, usageOf(USAGE.keyCertSign | USAGE.nonRepudiation), true),
  ),
  "leaf without key usage": leaf((it) => setExtension(it, OID.keyUsage, undefined)),
  "leaf for encryption alone": leaf((it, random) =>
    setExtension(
      it,
      OID.keyUsage,
      usageOf(random.pick([USAGE.keyEncipherment, USAGE.dataEncipherment, USAGE.cRLSign])),
      true,
    ),
  ),
  "CA without a key identifier": ca((it) => {
    it.subjectKeyId = "absent";
  }),
  "no authority key identifier": (it, random) => {
    random.pick(it.drafts.slice(0, -1)).authorityKeyId = "absent";
  },
  "authority by name and serial alone": (it, random) => {
    const draft = random.pick(it.drafts.slice(0, -1));
    const { issuer } = draft;
    if (issuer === undefined) throw new Error("only the last issues itself");
    const name = (issuer.issuer ?? issuer).subject;
    draft.authorityKeyId = tlv(0x30, tlv(0xa1, tlv(0xa4, name)), tlv(0x82, issuer.serial));
  },
  "authority of another serial": (it, random) => {
    const draft = random.pick(it.drafts.slice(0, -1));
    const issuer = draft.issuer as Draft;
    const name = tlv(0xa4, (issuer.issuer ?? issuer).subject);
    draft.authorityKeyId = tlv(0x30, tlv(0x80, issuer.key.id), tlv(0xa1, name), bytesOf("82027fff"));
  },
  "critical key identifier": any((it, random) => {
    if (random.chance(0.5)) it.subjectKeyId = "critical";
    else it.authorityKeyId = "critical";
  }),
};

const dirName = (name: Der): Der => tlv(0xa4, name);
const subtree = (tag: number, name: Der): Der => tlv(0x30, tlv(tag, tlv(0x30, name)));
const PERMITTED = 0xa0;
const EXCLUDED = 0xa1;
const COUNTRY = tlv(0x30, tlv(0x31, tlv(0x30, bytesOf("0603550406"), text(0x13, "NL"))));
const constrained = (...values: readonly Der[]) =>
  ca((it, random) => setExtension(it, OID.nameConstraints, random.pick(values), random.chance(0.5)));

const EXTENSIONS: Readonly<Record<string, Fault>> = {
  "unknown critical extension": any((it) => setExtension(it, OID.unheardOf, bytesOf("0500"), true)),
  "critical extension that openssl knows": any((it, random) => {
    const point = tlv(0x30, tlv(0xa0, tlv(0xa0, text(0x86, "http://crl.example/ca.crl"))));
    const [oid, value] = random.pick([
      [OID.policyConstraints, bytesOf("3003800105")],
      [OID.inhibitAnyPolicy, bytesOf("020105")],
      [OID.policyMappings, bytesOf("300a300806022a0306022a04")],
      [OID.distributionPoints, tlv(0x30, point)],
    ] as const);
    setExtension(it, oid, value, true);
  }),
  "proxy certificate": leaf((it) =>
    setExtension(it, OID.proxy, bytesOf("300c300a06082b06010505071501"), true),
  ),
  "name constraints that hold": constrained(
    subtree(PERMITTED, dirName(COUNTRY)),
    subtree(EXCLUDED, text(0x82, "elsewhere.example")),
  ),
  "name constraints that do not hold": constrained(
    subtree(EXCLUDED, dirName(COUNTRY)),
    subtree(PERMITTED, dirName(nameOf("Somebody else"))),
  ),
  "name constraints of unknown kind": constrained(subtree(EXCLUDED, bytesOf("88022a03"))),
};

const STRENGTH: Readonly<Record<string, Fault>> = {
  "SHA-1": any((it) => {
    it.hash = "SHA1";
  }),
  "RSA-PSS": any((it) => {
    it.scheme = "PSS";
  }),
  "RSA 1024": any((it, _, __, keys) => {
    it.key = keys.weak;
  }),
  "RSA 8200": leaf((it, _, __, keys) => {
    const modulus = tlv(0x02, Uint8Array.of(0), new Uint8Array(1025).fill(0xff));
    const key = tlv(0x03, Uint8Array.of(0), tlv(0x30, modulus, bytesOf("0203010001")));
    const spki = tlv(0x30, bytesOf("300d06092a864886f70d0101010500"), key);
    it.key = { ...keys.attacker, ...withSpki(spki) }; // nobody has the private half
  }),
  "EC key": any((it, _, __, keys) => {
    it.key = keys.ec;
  }),
};

/** What only one reading of the bytes may say. */
const FORM: Readonly<Record<string, Fault>> = {
  "version 1": any((it) => {
    it.fields = (fields) => fields.slice(1);
  }),
  "outer algorithm differs": any((it) => {
    it.bytes = (der) => {
      const [tbs, , signature] = childrenOf(der) as [Der, Der, Der];
      const other = it.hash === "SHA512" ? "0b" : "0d";
      return tlv(0x30, tbs, bytesOf(`300d06092a864886f70d0101${other}0500`), signature);
    };
  }),
  "outer algorithm without its NULL": any((it) => {
    it.bytes = (der) => {
      const [tbs, algorithm, signature] = childrenOf(der) as [Der, Der, Der];
      return tlv(0x30, tbs, tlv(0x30, algorithm.slice(2, 13)), signature);
    };
  }),
  "unused bits in the signature": any((it) => {
    it.bytes = (der) => {
      const [tbs, algorithm, signature = bytesOf("")] = childrenOf(der) as [Der, Der, Der];
      return tlv(0x30, tbs, algorithm, tlv(0x03, bytesOf("01"), bitsOf(signature)));
    };
  }),
  "bytes behind": any((it) => {
    it.bytes = append("0500");
  }),
  "length in five bytes": any((it) => {
    it.bytes = (der) => concat(bytesOf("30840000"), der.slice(2));
  }),
  "extension twice": any((it) => {
    it.fields = (fields) => changeList(fields, (list) => [...list, list[0] as Der]);
  }),
  "critical, as 1": any((it) => {
    it.fields = (fields) =>
      changeList(fields, ([, ...others]) => [
        tlv(0x30, tlv(0x06, bytesOf(OID.keyUsage)), bytesOf("010101"), bytesOf("04040302 0640")),
        ...others,
      ]);
  }),
  "a time without seconds": any((it) => {
    it.fields = (fields) =>
      fields.map((field, at) =>
        at === 4 ? tlv(0x30, text(0x17, "2001010000Z"), text(0x17, "491231235959Z")) : field,
      );
  }),
  "a unique identifier": any((it) => {
    it.fields = (fields) => [...fields.slice(0, 7), bytesOf("8102 0055"), ...fields.slice(7)];
  }),
  "issuer spelled in another kind of string": (it, random) => {
    const draft = random.pick(it.drafts.slice(0, -1));
    const { subject } = draft.issuer as Draft;
    const other = subject.includes(0x0c) ? [0x0c, 0x13] : [0x13, 0x0c];
    draft.issuerName = Uint8Array.from(subject, (byte, at) =>
      byte === other[0] && at > 20 ? (other[1] as number) : byte,
    );
  },
};

function changeList(fields: Der[], change: (list: Der[]) => Uint8Array[]): Uint8Array[] {
  return fields.map((field, at) => {
    if (at !== 7) return field;
    return tlv(0xa3, tlv(0x30, ...change(childrenOf(childrenOf(field)[0] as Der))));
  });
}

const moved = <T>(list: readonly T[], from: number, to: number): T[] => {
  const rest = [...list];
  rest.splice(to, 0, ...rest.splice(from, 1));
  return rest;
};

const ORDER: Readonly<Record<string, Fault>> = {
  "two in the wrong order": order((chain, random) => {
    const at = random.int(chain.length - 1);
    return moved(chain, at, at + 1);
  }),
  "root first": order((chain) => chain.toReversed()),
  // never the last: that is the list's business
  "one missing": order((chain, random) => chain.toSpliced(random.int(chain.length - 1), 1)),
  "one twice": order((chain, random) => {
    const der = random.pick(chain);
    return chain.toSpliced(random.int(chain.length + 1), 0, der);
  }),
  "a stranger among them": (it, random, keys) => {
    const stranger = createCa(random, it.now, undefined, "Stranger", keys.attacker, 3);
    it.order.push((chain) => chain.toSpliced(1 + random.int(chain.length), 0, mint(stranger)));
  },
  "more than six": (it, random, keys) => {
    while (it.drafts.length < 7) {
      const top = it.drafts.at(-1) as Draft;
      const root = createCa(random, it.now, undefined, `Above ${it.drafts.length}`, keys.attacker, 9);
      top.issuer = root;
      it.drafts.push(root);
    }
    it.listed = [it.drafts.at(-1) as Draft];
  },
  "more than 64 KiB": leaf((it) => setExtension(it, "2a0305", tlv(0x04, new Uint8Array(64 * 1024)))),
  "renewed by itself": (it, random) => {
    // The CA's old certificate and one that it made for itself, with the same key, one above the other.
    const issuing = it.drafts[1] as Draft;
    const renewed = createCa(random, it.now, issuing, "", issuing.key, 0);
    renewed.subject = issuing.subject;
    leafOf(it).issuer = renewed;
    it.drafts.splice(1, 0, renewed);
  },
};

const LIST: Readonly<Record<string, Fault>> = {
  "nothing listed": (it) => {
    it.listed = [];
  },
  "another root listed": (it, random, keys) => {
    it.listed = [createCa(random, it.now, undefined, "Other root", keys.attacker, 3)];
  },
  "leaf listed": (it) => {
    it.listed = [leafOf(it)];
  },
  "self-signed leaf listed": (it) => {
    leafOf(it).issuer = undefined;
    it.drafts = [leafOf(it)];
    it.listed = [leafOf(it)];
  },
  "anchor withdrawn": (it) => {
    it.withdrawn = it.listed;
    it.listed = [];
  },
  "CA below the anchor withdrawn": (it) => {
    it.listed = [it.drafts.at(-1) as Draft];
    it.withdrawn = it.drafts.length > 2 ? [it.drafts[1] as Draft] : it.listed;
  },
  "anchor not sent": (it) => {
    const lowest = it.drafts.findIndex((draft) => it.listed.includes(draft));
    it.order.push((chain) => chain.slice(0, lowest));
  },
  "other certificate of the anchor listed": (it, random, keys) => {
    const anchor = it.drafts.find((draft) => it.listed.includes(draft)) ?? leafOf(it);
    it.listed = [createTwin(random, it.now, anchor, keys.attacker)];
  },
};

export const FAULTS: Readonly<Record<string, Fault>> = {
  ...TIME,
  ...FORGERIES,
  ...RULES,
  ...EXTENSIONS,
  ...STRENGTH,
  ...FORM,
  ...ORDER,
  ...LIST,
};
