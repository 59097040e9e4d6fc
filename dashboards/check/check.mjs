// Writes each dashboard as a TypeScript literal of Grafana's own types and lets the compiler look for what does not fit:
// a misspelt key, an unknown value, an option that belongs to another kind of panel.
import {mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from "node:fs";
import {dirname, join} from "node:path";
import {fileURLToPath} from "node:url";
import ts from "typescript";

const here = dirname(fileURLToPath(import.meta.url));
const boards = join(here, "..", "grafana");
const PANELS = {
  timeseries: ["timeseries", "TimeSeries", "Options", "FieldConfig"],
  stat: ["stat", "Stat", "Options", ""],
  table: ["table", "Table", "Options", "FieldConfig"],
  heatmap: ["heatmap", "Heatmap", "Options", "FieldConfig"],
};

const imports = Object.entries(PANELS).map(
  ([kind, [folder, name]]) =>
    `import type * as ${kind} from "@grafana/schema/dist/esm/raw/composable/${folder}/panelcfg/x/${name}PanelCfg_types.gen";`,
);
const PRELUDE = `
import type {AnnotationQuery, Dashboard, Panel, RowPanel} from "@grafana/schema";
${imports.join("\n")}
// JSON holds the values of enums, not their names.
type Plain<T> = 0 extends 1 & T ? any
  : T extends string ? \`\${T}\`
  : T extends (infer U)[] ? Plain<U>[]
  : T extends object ? {[K in keyof T]: Plain<T[K]>}
  : T;
`;

function source(board) {
  const {panels, annotations, ...rest} = board;
  const notes = annotations.list.map(({target, ...note}) => note); // a target belongs to the data source's plugin
  const lines = [
    PRELUDE,
    `export const board: Plain<Omit<Dashboard, "panels" | "annotations">> = ${JSON.stringify(rest, null, 1)};`,
    `export const notes: Plain<AnnotationQuery[]> = ${JSON.stringify(notes, null, 1)};`,
  ];
  for (const panel of panels) {
    const known = PANELS[panel.type];
    const title = JSON.stringify(panel.title);
    if (panel.type === "row") {
      lines.push(`/* ${title} */ export const p${panel.id}: Plain<RowPanel> = ${JSON.stringify(panel, null, 1)};`);
    } else if (known) {
      const [, , options, config] = known;
      const custom = config ? `${panel.type}.${config}` : "Record<string, never>";
      const type = `Plain<Omit<Panel<object, ${custom}>, "options"> & {options: ${panel.type}.${options}}>`;
      lines.push(`/* ${title} */ export const p${panel.id}: ${type} = ${JSON.stringify(panel, null, 1)};`);
    } else {
      throw new Error(`${title}: panels of type ${panel.type} are not checked yet: add it to PANELS`);
    }
  }
  return lines.join("\n");
}

const folder = mkdtempSync(join(here, "generated-"));
try {
  const names = readdirSync(boards).filter((name) => name.endsWith(".json")).sort();
  const files = names.map((name) => {
    const file = join(folder, name.replace(/json$/, "ts"));
    writeFileSync(file, source(JSON.parse(readFileSync(join(boards, name), "utf8"))));
    return file;
  });
  const program = ts.createProgram(files, {
    strict: true, noEmit: true, skipLibCheck: true, module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler, target: ts.ScriptTarget.ES2022, types: [],
  });
  const found = ts.getPreEmitDiagnostics(program);
  for (const each of found) {
    const place = each.file && each.file.getLineAndCharacterOfPosition(each.start);
    const line = place ? each.file.text.split("\n")[place.line].trim() : "";
    console.error(`${each.file?.fileName.split("/").pop() ?? ""}: ${line}\n  ${ts.flattenDiagnosticMessageText(each.messageText, "\n  ")}`);
  }
  console.log(`${names.length - new Set(found.map((each) => each.file?.fileName)).size} passed, ${found.length} failed`);
  process.exitCode = found.length ? 1 : 0;
} finally {
  rmSync(folder, {recursive: true});
}
