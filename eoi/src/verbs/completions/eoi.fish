# Completions of eoi for fish. In ~/.config/fish/completions/eoi.fish: eoi completions fish | source
function __eoi_complete
    set --local before (commandline --current-process --tokenize --cut-at-cursor)
    set --local word (commandline --current-token --cut-at-cursor)
    $before[1] completions fish -- $before "$word" 2>/dev/null
end
complete --command eoi --no-files --keep-order --arguments '(__eoi_complete)'
