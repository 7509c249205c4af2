// millrace completion: a script for a shell, which asks `millrace __complete` for what may come next.
import type { Command } from "commander";
import { meant } from "./choose.ts";
import { CliError } from "./cli-error.ts";

export function completionCommand(command: Command): Command {
  return command
    .description("print the script that has a shell complete commands, flags, and ids that the server knows")
    .argument("<shell>", `${Object.keys(SCRIPTS).join(", ")}`)
    .action((shell: string) => {
      const script = Object.hasOwn(SCRIPTS, shell) ? SCRIPTS[shell] : undefined;
      if (script === undefined)
        throw new CliError("CLI_BAD_CHOICE", `there is no script for "${shell}": ${meant(shell, Object.keys(SCRIPTS))}`);
      process.stdout.write(script);
    });
}

// Where nothing is known to come next, each shell completes names of files.
const SCRIPTS: Readonly<Record<string, string>> = {
  bash: `_millrace() {
  local word
  COMPREPLY=()
  while IFS= read -r word; do
    COMPREPLY+=("$(printf '%q' "$word")")
  done < <("\${COMP_WORDS[0]}" __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _millrace millrace
`,
  zsh: `#compdef millrace
_millrace() {
  local -a found
  found=(\${(f)"$("\${words[1]}" __complete "\${(@)words[2,$CURRENT]}" 2>/dev/null)"})
  if (( $#found )); then compadd -a found; else _files; fi
}
compdef _millrace millrace
`,
  fish: `complete -c millrace -a '(millrace __complete (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)'
`,
};
