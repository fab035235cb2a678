// The commands of `sh` blocks, as far as documentation uses a shell: comments, quotes, "&&", pipes and here-documents.

/** Words of each command of a line or block. */
export function commandsOf(code: string): string[][] {
  return withoutHereDocuments(code).split("\n").flatMap(commandsOfLine);
}

const withoutHereDocuments = (code: string): string => code.replace(/^[^\n]*<<'(\w+)'\n.*?^\1$/gms, "");

const TOKEN = /(\s+)|(&&|\|)|(#.*)|((?:"[^"]*"|'[^']*'|[^\s"'|&#]|(?<=\S)#|&(?!&))+)/gy;

function commandsOfLine(line: string): string[][] {
  const commands: string[][] = [[]];
  for (const [, , separator, , word] of line.matchAll(TOKEN)) {
    if (separator) commands.push([]);
    else if (word) commands.at(-1)!.push(word.replace(/["']/g, ""));
  }
  return commands.filter((words) => words.length > 0);
}

/** The arguments of pulmo's command line, also where another program starts it; undefined: another command. */
export function pulmoArguments(words: string[]): string[] | undefined {
  const [node, pulmo] = [words.indexOf("dist/cli.js"), words.indexOf("pulmo")];
  if (node > 0 && words[node - 1] === "node") return words.slice(node + 1);
  return pulmo === 0 || (pulmo === 1 && words[0] === "npx") ? words.slice(pulmo + 1) : undefined;
}
