# Completions of eoi for bash. In ~/.bashrc: source <(eoi completions bash)
_eoi() {
    local line=${COMP_LINE:0:COMP_POINT} head last reply rest
    local -a words
    # bash also breaks words at = and :, so that the words are read again, blanks between them.
    read -a words <<<"$line"
    [[ $line == *[[:space:]] ]] && words+=("")
    last=$((${#words[@]} - 1))
    head=${words[last]%"$2"}
    COMPREPLY=()
    while IFS=$'\t' read -r reply rest; do
        [[ $reply == *[!A-Za-z0-9._,:+=/@%-]* ]] && printf -v reply '%q' "$reply"
        COMPREPLY+=("${reply#"$head"}")
    done < <("${words[0]/#\~/$HOME}" completions bash -- "${words[@]}" 2>/dev/null)
    # A directory is gone into, not left.
    [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == */ ]] && compopt -o nospace
}
complete -F _eoi eoi
