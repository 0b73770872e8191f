/**
 * What each shell runs at the press of a key: hand the words up to the cursor to `jobtrace completion --candidates`, and
 * its answer to the shell. Nothing in them knows a command or an option, so they do not age.
 *
 * The answer is a line for each candidate, with a tab between the word and what it is; or `:files` or `:folders`.
 */

export const SHELLS = ["bash", "zsh", "fish"] as const;

export type Shell = (typeof SHELLS)[number];

// Bash makes words of its own of the = and : in --state=failed and @last:ChargeJob. They are put together again, and what
// is offered begins where bash thinks that the last word begins. Works from bash 3.2 on, which has neither mapfile nor
// compopt.
const BASH = String.raw`# bash: source <(jobtrace completion bash)
_jobtrace() {
  local at word glue='' typed lead about
  local -a words
  words=()
  for ((at = 1; at <= COMP_CWORD; at++)); do
    word=$\{COMP_WORDS[at]}
    if [[ $word == [=:]* && $word != *[!=:]* ]]; then
      if (($\{#words[@]})); then words[$\{#words[@]} - 1]+=$word; else words=("$word"); fi
      glue=1
    else
      if [[ -n $glue && -n $word ]]; then words[$\{#words[@]} - 1]+=$word; else words+=("$word"); fi
      glue=''
    fi
  done
  ((at > 1)) || return 0
  typed=$\{words[$\{#words[@]} - 1]}
  lead=''
  if [[ -n $glue ]]; then lead=$typed; else lead=$\{typed%"$\{COMP_WORDS[COMP_CWORD]}"}; fi
  COMPREPLY=()
  while IFS=$'\t' read -r word about; do
    case $word in
      :files | :folders)
        [[ $word == :files ]] && at=-f || at=-d
        while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen "$at" -- "$\{typed#"$lead"}")
        compopt -o filenames 2>/dev/null
        return 0
        ;;
      *=) compopt -o nospace 2>/dev/null ;;
    esac
    COMPREPLY+=("$\{word#"$lead"}")
  done < <("$\{COMP_WORDS[0]/#\~\//$HOME/}" completion --candidates -- "$\{words[@]}" 2>/dev/null)
}
complete -o nosort -F _jobtrace jobtrace 2>/dev/null || complete -F _jobtrace jobtrace
`;

const ZSH = String.raw`#compdef jobtrace
# zsh: source <(jobtrace completion zsh), after compinit; or as a file named _jobtrace in a folder of $fpath
_jobtrace() {
  local line word about
  local -a whole open
  while IFS=$'\t' read -r word about; do
    case $word in
      :files|:folders)
        # The value of --store=DIR begins behind the =.
        [[ $PREFIX == --*=* ]] && compset -P '*='
        if [[ $word == :files ]]; then _files; else _files -/; fi
        return
        ;;
    esac
    line=$\{word//:/\\:}$\{about:+:$about}
    if [[ $word == *= ]]; then open+=("$line"); else whole+=("$line"); fi
  done < <("$\{(Q)words[1]/#\~\//$HOME/}" completion --candidates -- "$\{(@Q)words[2,CURRENT-1]}" "$\{(Q)PREFIX}" 2>/dev/null)
  (($#whole)) && _describe -V jobtrace whole
  (($#open)) && _describe -V option open -S ''
  return 0
}
if [[ $\{funcstack[1]} == _jobtrace ]]; then _jobtrace "$@"; else compdef _jobtrace jobtrace; fi
`;

const FISH = String.raw`# fish: jobtrace completion fish > ~/.config/fish/completions/jobtrace.fish
function __jobtrace_candidates
    set -l words (commandline -opc)
    set -l typed (commandline -ct)
    set -l program (string replace -r '^~/' "$HOME/" -- $words[1])
    set -l found ($program completion --candidates -- $words[2..-1] "$typed" 2>/dev/null)
    # The value of --store=DIR begins behind the =.
    set -l lead (string match -r -- '^--[^=]*=' $typed)
    switch "$found[1]"
        case ':files'
            for path in (__fish_complete_path (string replace -r -- '^--[^=]*=' '' "$typed"))
                printf '%s\n' "$lead"$path
            end
        case ':folders'
            for path in (__fish_complete_directories (string replace -r -- '^--[^=]*=' '' "$typed"))
                printf '%s\n' "$lead"$path
            end
        case '*'
            printf '%s\n' $found
    end
end
complete -c jobtrace -e
complete -c jobtrace -f -k -a '(__jobtrace_candidates)'
`;

/** A template holds `\` before the `{` of the shell's own `${`. */
const SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH };

export function completionScript(shell: Shell): string {
  return SCRIPTS[shell].replaceAll("$\\{", "${").trimEnd();
}
