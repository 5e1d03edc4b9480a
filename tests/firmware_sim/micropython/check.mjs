// Runs tests/firmware_sim/micropython/check.py under a real MicroPython.
// In: [2] folder with node_modules, [3] root of the repository. Out: the script's lines; exit code 0 only when it ends with "ok".
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [modules, root] = process.argv.slice(2);
const found = createRequire(join(modules, "package.json")).resolve("@micropython/micropython-webassembly-pyscript/micropython.mjs");
const { loadMicroPython } = await import(pathToFileURL(found));

const lines = [];
const micropython = await loadMicroPython({
  linebuffer: true,
  stdout: (line) => (lines.push(line), console.log(line)),
});
const put = (path, text) => micropython.FS.writeFile(path, text);

micropython.FS.mkdir("/fw");
micropython.FS.mkdir("/fw/firmware_sim");
micropython.FS.mkdir("/fw/firmware_sim/firmware");
put("/fw/firmware_sim/__init__.py", "");
for (const name of readdirSync(join(root, "firmware_sim/firmware")).filter((file) => file.endsWith(".py")))
  put(`/fw/firmware_sim/firmware/${name}`, readFileSync(join(root, "firmware_sim/firmware", name)));
put("/fw/frames.json", readFileSync(join(root, "tests/vectors/frames.json")));
put("/fw/check.py", readFileSync(join(root, "tests/firmware_sim/micropython/check.py")));
try {
  micropython.runPython("import sys; sys.path.append('/fw'); import check; check.main('/fw/frames.json')");
} catch (fault) {
  console.error(String(fault));
  process.exit(1);
}
process.exit(lines.at(-1)?.startsWith("ok") ? 0 : 1);
