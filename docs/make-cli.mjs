// Writes docs/cli.md from the commands and the table of settings: npm run docs
import { writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { COMMAND_NAMES, createParser } from "../dist/commands/parser.js";
import { defaultText, describeOption } from "../dist/commands/rows.js";
import { flagOf, SETTINGS, TRAIN_SETTINGS } from "../dist/settings/table.js";

const cell = (text) => text.replaceAll("|", "\\|");
const yes = (value) => (value ? "yes" : "");

function settingsTable() {
  const rows = Object.entries(SETTINGS).map(([key, row]) => {
    const { choices, type, apiType } = row.kind;
    const api = key in TRAIN_SETTINGS ? `\`${key}\`${apiType ? `: ${apiType}` : ""}` : "";
    const values = choices ? choices.map((choice) => `\`${choice}\``).join(", ") : type;
    return [`\`--${flagOf(key)}\``, api, values, defaultText(key, row) ?? "", yes(row.resume), yes(row.sweep), describeOption(row)];
  });
  const header = ["flag", "in the API", "type", "default", "`--resume` may change it", "a sweep may vary it", "what"];
  return [header, header.map(() => "---"), ...rows].map((row) => `| ${row.map(cell).join(" | ")} |`).join("\n");
}

async function helpOf(command) {
  const args = [...command.split(" "), "--help"];
  let text = "";
  await createParser(args, { program: "pulmo" }).parseAsync(args, {}, (_error, _argv, output) => (text = output));
  return text;
}

export async function makeCli() {
  const sections = [];
  for (const command of COMMAND_NAMES) sections.push(`### pulmo ${command}\n\n\`\`\`text\n${await helpOf(command)}\n\`\`\``);
  return `# The command line

<!-- Made by docs/make-cli.mjs from src/commands and src/settings/table.ts: change those, then run npm run docs. -->

\`pulmo\` stands for the program: \`node dist/cli.js\` in a checkout, \`npx pulmo\` where the package is installed. Results go to
stdout, progress and messages to stderr. Exit codes: 0 done, 1 failed, 2 bad usage or bad input, 130 interrupted.

Environment: \`PULMO_CACHE\` is the folder of caches and downloads, \`PULMO_WASM\` the kernel variant (\`simd\`, \`relaxed\`, \`revec\`;
default: the fastest that works here), \`PULMO_DEBUG=1\` prints the stack of an unexpected error. \`TMPDIR\` is the folder of temporary files;
\`HTTPS_PROXY\`, \`HTTP_PROXY\`, \`NO_PROXY\` and \`NODE_EXTRA_CA_CERTS\` concern downloads ([data.md](data.md)).

\`pulmo help COMMAND\` prints the help of a command. \`--no-OPTION\` switches an option off; of a repeated option, the last one counts.
\`pulmo completion >> ~/.bashrc\` completes commands and options in the shell, with zsh \`~/.zshrc\`; in a checkout, an alias \`pulmo\` comes first.

What follows \`--\` is a file, whatever it begins with. [models.md](models.md) has the rules for output files.

## Settings of a training run

\`run\` and \`train\` take them as flags, \`train\` of the library as properties, a [sweep](clusters.md) as keys of its file.

${settingsTable()}

## Commands

${sections.join("\n\n")}
`;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) writeFileSync(new URL("cli.md", import.meta.url), await makeCli());
