/** The official iSHARE schemas (`test/vectors/ishare-openapi`), and ours of framework 2.0, as validators. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";

export type OfficialVersion = "2.1.1" | "2.2.1" | "3.0";
export type SchemaVersion = OfficialVersion | "2.0-ours";

const VECTORS = join(import.meta.dirname, "..", "vectors");
const folderOf = (version: SchemaVersion): string =>
  join(VECTORS, version === "2.0-ours" ? "ishare-2.0-ours" : "ishare-openapi");

const loaded = new Map<SchemaVersion, Ajv>();

/** One instance per version, which names its document: `#/components/schemas/…` is looked up in the same one. */
function load(version: SchemaVersion): Ajv {
  const known = loaded.get(version);
  if (known !== undefined) return known;
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
  ajv.addSchema(JSON.parse(readFileSync(join(folderOf(version), `${version}.json`), "utf8")), version);
  loaded.set(version, ajv);
  return ajv;
}

/**
 * @param schemaName a name under `components.schemas`, or a path that begins with one
 * @returns what is wrong, one text each; empty: valid
 */
export function validatorFor(version: SchemaVersion, schemaName: string): (value: unknown) => string[] {
  const validate = load(version).getSchema(`${version}#/components/schemas/${schemaName}`);
  if (validate === undefined) throw new Error(`no schema ${schemaName} in ${version}`);
  return (value) =>
    validate(value)
      ? []
      : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}
