#compdef eoi
# Completions of eoi for zsh. In ~/.zshrc, after compinit: source <(eoi completions zsh)
_eoi() {
    local line value about eoi=${~words[1]}
    local -a before names directories
    before=("${(@Q)words[1,CURRENT-1]}" "${(Q)PREFIX}")
    for line in "${(@f)$("$eoi" completions zsh -- "$before[@]" 2>/dev/null)}"; do
        value=${line%%$'\t'*} about=${line#*$'\t'}
        if [[ -z $value ]]; then
            continue
        elif [[ $value == */ ]]; then
            directories+=("$value")
        else
            names+=("${value//:/\\:}${about:+:$about}")
        fi
    done
    [[ -n $names ]] && _describe -V 'eoi' names
    # A directory is gone into, not left.
    [[ -n $directories ]] && compadd -S '' -a directories
}
if [[ ${funcstack[1]} == _eoi ]]; then
    _eoi "$@"
else
    compdef _eoi eoi
fi
