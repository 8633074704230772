/**
 * Who may import whom. The house in one list:
 *   protocol ← trust ← jwt ← registry ← http, oidc, login ← account ← admin ← app ← index; pages beside trust; factors beside jwt;
 *   directory beside registry.
 */
const inside = (...folders) => `^src/(${folders.join("|")})/`;
const RUNTIME_LIBRARIES = "^(node_modules|cloudflare:|node:)";

/** `from` may see nothing of ours but `folders`. */
const only = (from, ...folders) => ({
  name: `${from}-sees-only`,
  severity: "error",
  comment: `${from}/ may import: ${folders.join(", ") || "nothing"}`,
  from: { path: inside(from) },
  to: { path: "^(src|sandbox|scripts|test)/", pathNot: inside(from, ...folders) },
});

/** A library that one place alone imports. */
const onlyFrom = (library, path) => ({
  name: `${library}-only-from`,
  severity: "error",
  from: { path: "^src/", pathNot: path },
  to: { path: library },
});

export default {
  forbidden: [
    {
      name: "no-cycles",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    { name: "no-orphans", severity: "error", from: { orphan: true, path: "^src/" }, to: {} },
    only("protocol"),
    only("trust", "protocol"),
    only("pages", "protocol"),
    { ...only("jwt", "protocol", "trust"), name: "jwt-sees-only" },
    {
      ...only("registry", "protocol", "trust", "jwt"),
      to: {
        path: "^(src|sandbox|scripts|test)/",
        pathNot: [inside("registry", "protocol", "trust", "jwt"), "^src/store/ports"],
      },
    },
    only("store", "protocol"),
    only("delegation", "protocol"),
    {
      name: "openapi-sees-only",
      severity: "error",
      comment: "A description: what is described does not know of it.",
      from: { path: inside("openapi") },
      to: {
        path: "^(src|sandbox|scripts|test)/",
        pathNot: [inside("openapi", "protocol", "http"), "^src/deps"],
      },
    },
    {
      name: "watch-sees-only",
      severity: "error",
      comment:
        "What is said of a request knows no endpoint, and of the rules the one for what is kept of refusals.",
      from: { path: inside("watch") },
      to: {
        path: "^(src|sandbox|scripts|test)/",
        pathNot: [inside("watch"), "^src/(log|protocol/refusal)"],
      },
    },
    only("directory", "protocol", "delegation"),
    {
      name: "audit-sees-only",
      severity: "error",
      from: { path: inside("audit") },
      to: {
        path: "^(src|sandbox|scripts|test)/",
        pathNot: [inside("audit", "protocol", "directory", "jwt"), "^src/(store/ports|log)"],
      },
    },
    only("factors", "protocol", "trust"),
    {
      name: "http-sees-only",
      severity: "error",
      from: { path: inside("http") },
      to: {
        path: "^(src|sandbox|scripts|test)/",
        pathNot: [
          inside("http", "pages", "protocol", "store"),
          "^src/(deps|environment|watch/readiness|jwt/key-sets)",
        ],
      },
    },
    {
      name: "oidc-and-login-apart",
      severity: "error",
      comment:
        "Endpoints of the protocol and the human part meet in login/browser and login/return-url only.",
      from: { path: inside("oidc") },
      to: { path: inside("login"), pathNot: "^src/login/(browser|return-url)" },
    },
    {
      name: "account-on-top",
      severity: "error",
      from: { path: inside("oidc", "login", "http") },
      to: { path: inside("account") },
    },
    {
      name: "admin-on-top",
      severity: "error",
      comment: "The console stands on the account's gate; nothing but the table of paths knows of it.",
      from: { path: "^src/", pathNot: "^src/(app|admin/)" },
      to: { path: inside("admin") },
    },
    {
      name: "admin-not-the-protocol",
      severity: "error",
      from: { path: inside("admin") },
      to: { path: inside("oidc", "scim", "openapi"), pathNot: "^src/scim/token" },
    },
    {
      name: "scim-sees-only",
      severity: "error",
      comment: "Provisioning stands on the directory and on what ends sign-ins.",
      from: { path: inside("scim") },
      to: {
        path: "^(src|sandbox|scripts|test)/",
        pathNot: [inside("scim", "protocol", "directory", "http"), "^src/(deps|login/ending)"],
      },
    },
    {
      name: "scim-on-top",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/(app|scim/|admin/tokens)" },
      to: { path: inside("scim") },
    },
    {
      name: "login-not-oidc",
      severity: "error",
      from: { path: inside("login") },
      to: { path: inside("oidc") },
    },
    {
      name: "pure",
      severity: "error",
      from: { path: inside("protocol") },
      to: { path: RUNTIME_LIBRARIES },
    },
    {
      name: "pure-but-for-schemas",
      severity: "error",
      from: { path: inside("delegation") },
      to: { path: RUNTIME_LIBRARIES, pathNot: "^node_modules/valibot/" },
    },
    onlyFrom("node_modules/@simplewebauthn/", "^src/factors/webauthn"),
    onlyFrom("node_modules/(otpauth|uqr)/", "^src/factors/totp"),
    onlyFrom("node_modules/@zxcvbn-ts/", "^src/factors/password-strength"),
    onlyFrom("node_modules/jose/", "^src/jwt/"),
    onlyFrom("node_modules/@opentelemetry/", "^src/watch/otlp-encode"),
    onlyFrom("node_modules/hono/", "^src/(app|pages/|http/respond)"),
    onlyFrom("^cloudflare:", "^src/(store/|index)"),
    {
      name: "src-stands-alone",
      severity: "error",
      from: { path: "^src/" },
      to: { path: "^(sandbox|scripts|test)/" },
    },
    {
      name: "sandbox-before-scripts",
      severity: "error",
      from: { path: "^sandbox/" },
      to: { path: "^(scripts|test)/" },
    },
    {
      name: "no-dev-dependency",
      severity: "error",
      from: { path: "^src/" },
      to: { dependencyTypes: ["npm-dev"] },
    },
    {
      name: "resolvable",
      severity: "error",
      from: { path: "^src/" },
      to: { couldNotResolve: true, pathNot: "^cloudflare:" },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    doNotFollow: { path: "node_modules" },
    enhancedResolveOptions: {
      conditionNames: ["workerd", "worker", "browser", "import", "default"],
      exportsFields: ["exports"],
      extensions: [".ts", ".tsx", ".js", ".mjs"],
    },
  },
};
