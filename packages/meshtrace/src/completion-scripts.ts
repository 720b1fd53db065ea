import type { CommandNode } from "./command-tree.ts";

/** The shells that a script can be made for. */
export const shells = ["bash", "zsh", "fish"] as const;

/** A script that makes a shell complete the program at the top of the tree. */
export function toScript(shell: (typeof shells)[number], tree: readonly CommandNode[]): string {
  return { bash: toBash, zsh: toZsh, fish: toFish }[shell](tree);
}

/** The program's name, at the top of its tree. */
function nameOf([root]: readonly CommandNode[]): string {
  return root?.path ?? "";
}

/** A text as bash, zsh and fish take it to the letter. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** All options of a tree that take a value: the word behind one is no command. */
function valueFlags(tree: readonly CommandNode[]): string[] {
  return [
    ...new Set(
      tree.flatMap((it) => it.options.filter((one) => one.takesValue).flatMap(({ flags }) => flags)),
    ),
  ];
}

/** A case of bash for each option of each command whose values are known; other values may be files. */
function valueCases(tree: readonly CommandNode[]): string[] {
  return tree.flatMap(({ path, options }) =>
    options
      .filter(({ values }) => values.length > 0)
      .flatMap(({ flags, values }) =>
        flags.map((flag) => `    ${quoted(`${path} ${flag}`)}) words=${quoted(values.join(" "))} ;;`),
      ),
  );
}

function wordCases(tree: readonly CommandNode[]): string[] {
  return tree.map(({ path, commands, options, words }) => {
    const all = [...commands.map(({ name }) => name), ...words, ...options.flatMap(({ flags }) => flags)];
    return `    ${quoted(path)}) words=${quoted(all.join(" "))} ;;`;
  });
}

/** The function that bash calls, which zsh can too (bashcompinit). */
function toBash(tree: readonly CommandNode[]): string {
  const name = nameOf(tree);
  const paths = tree.map(({ path }) => quoted(path)).join("|");
  return `# Completes ${name} in bash; made by \`${name} completion bash\`.
_${name}_complete() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" path=${name} words='' i word
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    # The word behind an option that takes a value is no command.
    case "\${COMP_WORDS[i-1]}" in ${valueFlags(tree).join("|")}) continue ;; esac
    case "$path $word" in ${paths}) path="$path $word" ;; esac
  done
  COMPREPLY=()
  case "$path $previous" in
${valueCases(tree).join("\n")}
  esac
  if [[ -z "$words" ]]; then
    # The shell itself completes files, behind an option that takes something else.
    case "$previous" in ${valueFlags(tree).join("|")}) return ;; esac
    case "$path" in
${wordCases(tree).join("\n")}
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _${name}_complete ${name}`;
}

function toZsh(tree: readonly CommandNode[]): string {
  const name = nameOf(tree);
  return `# Completes ${name} in zsh; made by \`${name} completion zsh\`.
autoload -U +X bashcompinit && bashcompinit
${toBash(tree)}`;
}

/** Fish shows beside each word what it does. */
function toFish(tree: readonly CommandNode[]): string {
  const program = nameOf(tree);
  const lines = tree.flatMap(({ path, commands, options, words }) => {
    const where = `-n ${quoted(`__${program}_is_at ${quoted(path)}`)}`;
    const words2 = commands.length > 0 ? commands : words.map((name) => ({ name, summary: "" }));
    return [
      ...words2.map(
        ({ name, summary }) =>
          `complete -c ${program} ${where} -f -a ${quoted(name)}${summary ? ` -d ${quoted(summary)}` : ""}`,
      ),
      ...options.map(({ flags, summary, takesValue, values }) => {
        const names = flags.map((it) => (it.startsWith("--") ? `-l ${it.slice(2)}` : `-s ${it.slice(1)}`));
        const value = values.length > 0 ? ` -x -a ${quoted(values.join(" "))}` : takesValue ? " -r" : "";
        return `complete -c ${program} ${where} ${names.join(" ")}${value} -d ${quoted(summary)}`;
      }),
    ];
  });
  return `# Completes ${program} in fish; made by \`${program} completion fish\`.
function __${program}_is_at
    set -l words (commandline -opc)
    set -l path ${program}
    set -l before ''
    for word in $words[2..]
        if not contains -- $before ${valueFlags(tree).join(" ")}
            contains -- "$path $word" ${tree.map(({ path }) => quoted(path)).join(" ")}; and set path "$path $word"
        end
        set before $word
    end
    test "$path" = "$argv[1]"
end
${lines.join("\n")}`;
}
