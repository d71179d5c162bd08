import type { Command, Option } from 'commander';
import type { CliContext } from './context.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import type { Shell } from './flags.ts';

/** `completion SHELL`: a script that knows all commands, options and fixed values, and starts nothing when used. */
export function completion(shell: Shell, program: Command, context: CliContext): ExitCode {
  context.stdout.write(SCRIPTS[shell](program.name(), placesOf(program, [])));
  return EXIT.ok;
}

/** What may follow one command. */
interface Place {
  /** `` for the program itself, `audit`, `audit verify`. */
  readonly at: string;
  readonly commands: readonly Word[];
  readonly options: readonly OptionWord[];
  /** Fixed values of the argument; empty: it is free, or there is none. */
  readonly values: readonly string[];
}

interface Word {
  readonly name: string;
  readonly about: string;
}

interface OptionWord extends Word {
  readonly takesValue: boolean;
  /** Empty: it takes none, or any. */
  readonly choices: readonly string[];
}

function placesOf(command: Command, path: readonly string[]): readonly Place[] {
  const help = command.createHelp();
  const commands = help.visibleCommands(command);
  const place: Place = {
    at: path.join(' '),
    commands: commands.map((one) => ({ name: one.name(), about: one.description() })),
    options: help.visibleOptions(command).map(toWord),
    values: command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []),
  };
  const isOwn = (one: Command): boolean => command.commands.includes(one);
  return [place, ...commands.filter(isOwn).flatMap((one) => placesOf(one, [...path, one.name()]))];
}

function toWord({ long, short, description, required, optional, argChoices }: Option): OptionWord {
  const name = long ?? short ?? '';
  return { name, about: description, takesValue: required || optional, choices: argChoices ?? [] };
}

type Write = (program: string, places: readonly Place[]) => string;
const SCRIPTS: Readonly<Record<Shell, Write>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

/** Without bash-completion, and for the bash 3 of macOS, too. */
function bashScript(program: string, places: readonly Place[]): string {
  return `# Completion of ${program} for bash: source <(${program} completion bash)
_${program}() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} at='' word words=''
  # Bash takes --output=json for three words.
  if [ "$current" = = ]; then current=''; elif [ "$previous" = = ]; then previous=\${COMP_WORDS[COMP_CWORD-2]}; fi
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$at $word" in
${walk(places)}
    esac
  done
  case "$at $previous" in
${valued(places, (choices) => `words='${choices.join(' ')}'`)}
    *) case "$at $current" in
${innerFirst(places).map(bashWords).join('\n')}
    esac ;;
  esac
  # Nothing known leaves it to bash, which offers files.
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _${program} ${program}
`;
}

function bashWords({ at, commands, options, values }: Place): string {
  const free = [...commands.map(({ name }) => name), ...values].join(' ');
  return `      '${at} -'*) words='${options.map(({ name }) => name).join(' ')}' ;;
      '${at} '*) words='${free}' ;;`;
}

/** `audit verify` before `audit`, whose pattern takes it in. */
function innerFirst(places: readonly Place[]): readonly Place[] {
  return places.toReversed();
}

/** The cases in which a word leads from one command to the next. */
function walk(places: readonly Place[]): string {
  const steps = places.filter(({ at }) => at !== '');
  return steps
    .map(({ at }) => {
      const [, before = '', word = ''] = /^(?:(.*) )?(\S+)$/.exec(at) ?? [];
      return `      '${before} ${word}') at='${at}' ;;`;
    })
    .join('\n');
}

/** The cases in which the word before wants a value. */
function valued(
  places: readonly Place[],
  choose: (choices: readonly string[], about: string) => string,
): string {
  return places
    .flatMap(({ at, options }) =>
      options
        .filter(({ takesValue }) => takesValue)
        .map(({ name, choices, about }) => `    '${at} ${name}') ${choose(choices, about)} ;;`),
    )
    .join('\n');
}

function zshScript(program: string, places: readonly Place[]): string {
  return `#compdef ${program}
# Completion of ${program} for zsh: source <(${program} completion zsh), or this as _${program} in a folder of fpath
_${program}() {
  local at='' word previous=\${words[CURRENT-1]}
  local -a shown
  if [[ $PREFIX == --*=* ]]; then previous=\${PREFIX%%=*}; compset -P '*='; fi
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$at $word" in
${walk(places)}
    esac
  done
  case "$at $previous" in
${valued(places, (choices) => (choices.length === 0 ? '_files; return' : `shown=(${choices.join(' ')})`))}
    *) case "$at $PREFIX" in
${innerFirst(places).map(zshWords).join('\n')}
    esac ;;
  esac
  if (( $#shown )); then _describe ${program} shown; else _files; fi
}
if [[ \${funcstack[1]} == _${program} ]]; then _${program} "$@"; else compdef _${program} ${program}; fi
`;
}

function zshWords({ at, commands, options, values }: Place): string {
  const entries = (words: readonly Word[]): string =>
    words.map(({ name, about }) => quoted(`${name}:${about.replaceAll(':', '\\:')}`)).join(' ');
  return `      '${at} -'*) shown=(${entries(options)}) ;;
      '${at} '*) shown=(${[entries(commands), ...values].join(' ').trim()}) ;;`;
}

/** For a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function fishScript(program: string, places: readonly Place[]): string {
  const lines = places.flatMap((place) => fishLines(`complete -c ${program}`, place));
  return `# Completion of ${program} for fish: ${program} completion fish > ~/.config/fish/completions/${program}.fish
${lines.join('\n')}
`;
}

function fishLines(complete: string, { at, commands, options, values }: Place): readonly string[] {
  const seen = at
    .split(' ')
    .map((word) => `__fish_seen_subcommand_from ${word}`)
    .join('; and ');
  const names = commands.map(({ name }) => name).join(' ');
  const isHere = at === '' ? '__fish_use_subcommand' : seen;
  const isOpen = at === '' ? isHere : `${isHere}; and not __fish_seen_subcommand_from ${names}`;
  const when = `${complete} -n '${isHere}'`;
  return [
    ...commands.map(
      ({ name, about }) => `${complete} -f -n '${isOpen}' -a ${name} -d ${fishQuoted(about)}`,
    ),
    ...values.map((value) => `${when} -f -a ${value}`),
    ...options.map(({ name, about, takesValue, choices }) => {
      const value = choices.length > 0 ? ` -x -a '${choices.join(' ')}'` : takesValue ? ' -r' : '';
      return `${when} -l ${name.replace(/^-+/, '')}${value} -d ${fishQuoted(about)}`;
    }),
  ];
}

function fishQuoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
