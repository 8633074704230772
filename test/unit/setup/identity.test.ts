/** An eSEAL as it comes: keys in several encodings, certificates in any order and with strangers; and a DATA_KEY kept. */
import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import { chmodSync, mkdtempSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { dataKey } from "../../../scripts/setup/data-key.ts";
import { fingerprintOf, judgePermissions, readChain, readPem } from "../../../scripts/setup/identity.ts";
import {
  chainOf,
  chainPem,
  createPki,
  fingerprintOf as fingerprint,
  generateKeys,
  type Identity,
  keyPem,
  mintLeaf,
} from "../../support/pki.ts";

const folder = mkdtempSync(join(tmpdir(), "ishare-idp-test-"));
const put = (name: string, text: string): string => {
  const file = join(folder, name);
  writeFileSync(file, text, { mode: 0o600 });
  return file;
};
const nobody = async (): Promise<string> => {
  throw new Error("nobody was to be asked");
};
const pemOf = (...them: readonly Identity[]): string =>
  them.map(({ certificate }) => certificate.toString("pem")).join("\n");
const bare = (pem: string): string => pem.replace(/\s/g, "");

let idp: Identity;
let stranger: Identity;
let key: string;
beforeAll(async () => {
  idp = await mintLeaf(await createPki(), "NTRNL-1", { keys: await generateKeys() });
  stranger = await mintLeaf(await createPki("Other"), "NTRNL-2", { keys: await generateKeys() });
  key = await keyPem(idp);
});

describe("the chain", () => {
  test("is put in order from the key's certificate upwards; strangers and doubles are left out", async () => {
    const [leaf, issuing, sub, root] = chainOf(idp) as [Identity, Identity, Identity, Identity];
    const mixed = pemOf(root, ...chainOf(stranger), sub, leaf, leaf, issuing);
    const read = await readPem(put("key", key), [put("mixed", mixed)], nobody);
    expect(bare(read.chain)).toBe(bare(chainPem(idp)));
    const apart = await readPem(
      put("key", key),
      [put("leaf", pemOf(leaf)), put("cas", pemOf(sub, issuing))],
      nobody,
    );
    expect(bare(apart.chain)).toBe(bare(pemOf(leaf, issuing, sub)));
  });

  test("needs a certificate of that key, and a key that is one", async () => {
    const read = (keyText: string, chain: string) => readPem(put("k", keyText), [put("c", chain)], nobody);
    await expect(read(key, chainPem(stranger))).rejects.toThrow("No certificate there belongs to the key.");
    await expect(read(key, "")).rejects.toThrow("There is no certificate in those files.");
    await expect(read("x", chainPem(idp))).rejects.toThrow("The key file holds no private key in PEM.");
    await expect(readPem(join(folder, "none"), [put("c", "")], nobody)).rejects.toThrow(
      "There is no readable file",
    );
    const garbled = chainPem(idp).replace(/MII./, "AAAA");
    await expect(read(key, garbled)).rejects.toThrow("can't be read");
  });
});

test("without a key, which a service has, the chain begins with the one certificate that is no CA's", async () => {
  const [leaf, issuing, sub, root] = chainOf(idp) as [Identity, Identity, Identity, Identity];
  const read = (...them: readonly Identity[]) => readChain([put("c", pemOf(...them))]);
  const { key: none, chain } = await read(root, sub, ...chainOf(stranger).slice(1), leaf, issuing);
  expect(none).toBeUndefined();
  expect(bare(chain)).toBe(bare(chainPem(idp)));
  await expect(read(root, sub)).rejects.toThrow("Which certificate is the eSEAL?");
  await expect(read(leaf, stranger)).rejects.toThrow("Which certificate is the eSEAL?");
  await expect(read()).rejects.toThrow("There is no certificate in those files.");
});

describe("the key", () => {
  const read = (text: string, password = nobody) =>
    readPem(put("k", text), [put("c", chainPem(idp))], password).then((it) => bare(it.key));
  test("comes as PKCS#8 or PKCS#1, encrypted or not, and leaves as PKCS#8", async () => {
    const parsed = createPrivateKey(key);
    expect(await read(key)).toBe(bare(key));
    expect(await read(parsed.export({ type: "pkcs1", format: "pem" }).toString())).toBe(bare(key));
    const cipher = { cipher: "aes-256-cbc", passphrase: "pass word" };
    const encrypted = parsed.export({ type: "pkcs8", format: "pem", ...cipher }).toString();
    expect(await read(encrypted, async () => "pass word")).toBe(bare(key));
    const older = parsed.export({ type: "pkcs1", format: "pem", ...cipher }).toString();
    expect(await read(older, async () => "pass word")).toBe(bare(key));
    await expect(read(encrypted, async () => "another")).rejects.toThrow("That is not the key's password.");
  });

  test("that others on the machine may read is told", async () => {
    const file = put("open", key);
    expect(await judgePermissions(file)).toEqual([]);
    chmodSync(file, 0o640);
    expect(await judgePermissions(file)).toMatchObject([{ verdict: "warning", todo: `chmod 600 ${file}` }]);
  });

  test("of another kind than RSA is refused", async () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    await expect(read(pem)).rejects.toThrow(/belongs to the key|not RSA/);
  });
});

test("the fingerprint of a root's file", async () => {
  const root = chainOf(idp).at(-1) as Identity;
  expect(await fingerprintOf(put("root.pem", pemOf(root)))).toBe(await fingerprint(root));
  await expect(fingerprintOf(put("none.pem", "x"))).rejects.toThrow("holds no PEM certificate");
});

test("DATA_KEY is made once and kept, for its owner alone; a file that is none is not overwritten", async () => {
  const file = join(folder, "data-key");
  const made = await dataKey(file);
  expect(Buffer.from(made, "base64")).toHaveLength(32);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(await dataKey(file)).toBe(made);
  expect(await dataKey(undefined)).not.toBe(made);
  await expect(dataKey(put("notes", "shopping"))).rejects.toThrow("holds no DATA_KEY");
  expect(readFileSync(join(folder, "notes"), "utf8")).toBe("shopping");
});
