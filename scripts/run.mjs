/**
 * Entry of every npm script: makes sure that dependencies and a current Node are there, then hands over.
 *
 *   node scripts/run.mjs FILE [ARGS…]     runs scripts/FILE.ts
 *   node scripts/run.mjs --bin NAME ARGS… runs an installed command
 *
 * Runs on Node 20 with nothing installed, so it uses built-ins only. The tool chain needs Node ≥ 22: on Linux it comes
 * as a package; elsewhere the machine's own must do.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const modules = join(root, "node_modules");
const bin = join(modules, ".bin");

/** Nothing but loopback once packages are there: no metrics, no update check, no `cf` look-up. */
const QUIET = {
  WRANGLER_SEND_METRICS: "false",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  WRANGLER_HIDE_BANNER: "true",
  WRANGLER_LOG: "error",
  CI: "1",
  NO_UPDATE_NOTIFIER: "1",
  DISABLE_OPENCOLLECTIVE: "1",
};

/** wrangler by its own name is for an operator, who is to be asked and to see what it says. */
const HEARD = { WRANGLER_SEND_METRICS: "false", NO_UPDATE_NOTIFIER: "1" };

const fail = (line) => {
  process.stderr.write(`${line}\n`);
  process.exit(1);
};

/** npm writes what it installed to node_modules/.package-lock.json: it must be as the lock file says. */
function isInstalled() {
  try {
    const read = (file) => JSON.parse(readFileSync(file, "utf8")).packages;
    const wanted = read(join(root, "package-lock.json"));
    const present = read(join(modules, ".package-lock.json"));
    return (
      Object.entries(wanted).every(
        ([name, { version, optional }]) =>
          name === "" ||
          present[name]?.version === version ||
          // packages for other systems are not installed, and npm lists them nowhere
          (optional && present[name] === undefined),
      ) && existsSync(join(modules, "wrangler", "package.json"))
    );
  } catch {
    return false;
  }
}

function install() {
  process.stderr.write("Installing packages (npm ci) …\n");
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const { status } = spawnSync(
    npm,
    ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
    {
      cwd: root,
      stdio: ["ignore", 2, 2],
    },
  );
  if (status !== 0) fail("npm ci failed: see above.");
}

/** Only these come as a package. */
const hasPackagedNode = process.platform === "linux" && ["x64", "arm64"].includes(process.arch);
const packagedNode = join(modules, `node-linux-${process.arch}`, "bin", "node");

function currentNode() {
  if (hasPackagedNode && existsSync(packagedNode) && (statSync(packagedNode).mode & 0o111) !== 0)
    return packagedNode;
  if (Number(process.versions.node.split(".")[0]) >= 22) return process.execPath;
  return fail(`This needs Node.js 22 or later (found ${process.versions.node}); install it and try again.`);
}

if (!isInstalled() || (hasPackagedNode && !existsSync(packagedNode))) install();
const node = currentNode();
const [what, ...rest] = process.argv.slice(2);
const args =
  what === "--bin" ? [join(bin, rest[0]), ...rest.slice(1)] : [join(root, "scripts", `${what}.ts`), ...rest];
// Behind `--`, or Node would take our --env-file for its own.
const child = spawn(node, ["--", ...args], {
  cwd: root,
  stdio: "inherit",
  env: {
    ...process.env,
    ...(what === "--bin" && rest[0] === "wrangler" ? HEARD : QUIET),
    PATH: `${join(node, "..")}${delimiter}${bin}${delimiter}${process.env.PATH ?? ""}`,
  },
});

let told = false;
const stop = (signal) => {
  told = true;
  child.kill(signal);
};
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => stop(signal));
// npm ends on a signal without passing it on: whoever started us being gone is the signal then.
const parent = process.ppid;
setInterval(() => process.ppid !== parent && stop("SIGTERM"), 250).unref();
child.on("exit", (code) => {
  process.exitCode = told ? 0 : (code ?? 1); // to end when told is no failure
});
