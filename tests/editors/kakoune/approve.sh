# Commands and a patch are approved by their code actions; one undo takes the patch
# back.
. "$(dirname "$0")/person.sh"
open add.sh
before=$(text)
say "lsp-execute-command tiro.ask '[\"make the test pass\"]' tiro"
# What is not asked yet has no code action: the person looks again.
runs() { act 'Tiro: Run once – sh test.sh' && told "$1"; }
wait_for 'the changes' runs 'Tiro proposes:'
applied() { act 'Tiro: accept all' && has '$1 + $2'; }
wait_for 'the patch' applied
wait_for 'the answer' runs 'The sign was wrong.'
say 'execute-keys u'
is() { [ "$(text)" = "$1" ]; }
wait_for 'the text before' is "$before"
leave
