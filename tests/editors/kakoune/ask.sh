# A question by command, and one about a line by code action.
. "$(dirname "$0")/person.sh"
open add.sh
say "lsp-execute-command tiro.ask '[\"what does this do?\"]' tiro"
wait_for 'the answer' told 'It subtracts.'
keys '4g'
act 'Tiro: explain this'
wait_for 'the other answer' told 'Minus is subtraction.'
leave
