/**
 * Holds answers to an OpenAPI description: the path, the method, the status, the headers, the type and the body, JWTs with
 * their decoded parts. Knows OpenAPI 3.1 and nothing of `src`. Node only: the validator compiles code.
 */
import type { ValidateFunction } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";

type Json = Record<string, unknown>;
interface Answer {
  readonly headers?: Readonly<Record<string, Json>>;
  readonly content?: Readonly<Record<string, { readonly schema: Json }>>;
}

export class Description {
  readonly #document: Json;
  readonly #ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  readonly #validators = new Map<string, ValidateFunction>();
  /** `post /connect/token 200` of every answer that was as described */
  readonly seen = new Set<string>();

  constructor(document: Json) {
    this.#document = document;
    this.#ajv.addSchema(document, "openapi");
  }

  get operations(): readonly (readonly [path: string, method: string, operation: Json])[] {
    return Object.entries(
      this.#document.paths as Readonly<Record<string, Readonly<Record<string, Json>>>>,
    ).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, it]) => [path, method, it] as const),
    );
  }

  /** @returns what is not as described */
  async check(request: Request, response: Response): Promise<string[]> {
    const path = new URL(request.url).pathname.replace(/^\/v[\d.]+(?=\/)/, "");
    const methods = this.operations.filter(([described]) => described === path);
    if (methods.length === 0) return [];
    const method = request.method.toLowerCase();
    const refusedMethod = response.status === 405 ? methods[0] : undefined;
    const operation = methods.find(([, it]) => it === method) ?? refusedMethod;
    if (operation === undefined) return [`${method} ${path} is not described`];
    const name = `${operation[1]} ${path} ${response.status}`;
    const pointer = ["paths", path, operation[1], "responses", String(response.status)];
    const [at, answer] = this.#resolve(pointer);
    if (answer === undefined) return [`${name} is not described`];
    const problems = [
      ...this.#headers(answer as Answer, response.headers),
      ...(await this.#body(at, answer as Answer, response)),
    ];
    if (problems.length === 0) this.seen.add(name);
    return problems.map((problem) => `${name}: ${problem}`);
  }

  #headers({ headers = {} }: Answer, given: Headers): string[] {
    return Object.entries(headers).flatMap(([name, described]) => {
      const header = this.#follow(described);
      const value = given.get(name);
      if (value === null) return header.required === true ? [`header ${name} is missing`] : [];
      const { pattern } = header.schema as { readonly pattern?: string };
      return pattern === undefined || new RegExp(pattern).test(value) ? [] : [`header ${name} is ${value}`];
    });
  }

  async #body(at: readonly string[], { content }: Answer, response: Response): Promise<string[]> {
    const text = await response.clone().text();
    if (content === undefined) return text === "" ? [] : ["there is a body"];
    const type = response.headers.get("content-type")?.split(";")[0] ?? "";
    if (content[type] === undefined) return [`the type ${type} is not described`];
    const value = type === "application/json" ? JSON.parse(text) : text;
    const pointer = [...at, "content", type, "schema"];
    return [...this.#validate(pointer, value), ...this.#jwts(pointer, value)];
  }

  /** JWTs inside the value, by `contentSchema`, which validators leave alone. */
  #jwts(pointer: readonly string[], value: unknown): string[] {
    const [at, schema] = this.#resolve(pointer);
    if (schema?.contentMediaType === "application/jwt" && typeof value === "string") {
      const parts = value.split(".");
      if (parts.length !== 3) return [`${value} is no compact JWT`];
      const decoded = parts.slice(0, 2).map((it) => JSON.parse(Buffer.from(it, "base64url").toString()));
      return this.#validate([...at, "contentSchema"], decoded);
    }
    return Object.keys((schema?.properties ?? {}) as Json).flatMap((name) => {
      const member = (value as Json)[name];
      return member === undefined ? [] : this.#jwts([...at, "properties", name], member);
    });
  }

  #validate(pointer: readonly string[], value: unknown): string[] {
    const key = pointer.map((it) => it.replaceAll("~", "~0").replaceAll("/", "~1")).join("/");
    const validate = this.#validators.get(key) ?? this.#ajv.compile({ $ref: `openapi#/${encodeURI(key)}` });
    this.#validators.set(key, validate);
    if (validate(value)) return [];
    return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
  }

  /** Where it is once references are followed, and what is there. */
  #resolve(pointer: readonly string[]): readonly [readonly string[], Json | undefined] {
    let value: unknown = this.#document;
    for (const part of pointer) value = (value as Json | undefined)?.[part];
    const target = (value as Json | undefined)?.$ref;
    if (typeof target === "string") return this.#resolve(target.slice(2).split("/"));
    return [pointer, value as Json | undefined];
  }

  #follow(value: Json): Json {
    return typeof value.$ref === "string" ? (this.#resolve(value.$ref.slice(2).split("/"))[1] ?? {}) : value;
  }
}
