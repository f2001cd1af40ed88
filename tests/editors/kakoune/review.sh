# Each change is a diagnostic: one is accepted, one rejected, by their code actions;
# one undo takes the accepted one back.
. "$(dirname "$0")/person.sh"
open lines.txt
before=$(text)
say "lsp-execute-command tiro.ask '[\"shout\"]' tiro"
wait_for 'the changes' value_is '%opt{lsp_diagnostic_info_count}' 2
say 'lsp-find-error info'
wait_for 'the first change' value_is '%val{cursor_line}' 2
act 'Tiro: accept this change'
wait_for 'what is left to decide' told '1 is left'
wait_for 'one change' value_is '%opt{lsp_diagnostic_info_count}' 1
say 'lsp-find-error info'
wait_for 'the second change' value_is '%val{cursor_line}' 11
act 'Tiro: reject this change'
wait_for 'the answer' told 'As you wish.'
after=$(printf '%s' "$before" | sed 's/^two$/TWO/')
[ "$after" != "$before" ]
is() { [ "$(text)" = "$1" ]; }
wait_for 'the text that was accepted' is "$after"
say 'execute-keys u'
wait_for 'the text before' is "$before"
leave
