# What a person does in Kakoune: opens a file, types keys, looks at what it says. A
# job's script begins with `. person.sh`. The set-up is that of the page, copied,
# below the line that loads kakoune-lsp. What fails ends with a status other than 0.
set -eu

export XDG_RUNTIME_DIR="$HOME/run" XDG_CONFIG_HOME="$HOME/.config"
session=tiro
mkdir -p "$XDG_RUNTIME_DIR" "$XDG_CONFIG_HOME/kak"
chmod 700 "$XDG_RUNTIME_DIR"
{
  echo 'evaluate-commands %sh{kak-lsp}'
  cat "$TIRO_SET_UP"
  # The text of a job has no language of its own.
  echo 'hook global BufCreate .*[.]txt %{ set-option buffer filetype markdown }'
} >"$XDG_CONFIG_HOME/kak/kakrc"

# Has the client run commands of Kakoune.
say() { printf '%s\n' "evaluate-commands -client client0 %{ $1 }" | "$TIRO_KAK" -p "$session"; }

# Types keys, as Kakoune names them.
keys() { printf '{"jsonrpc":"2.0","method":"keys","params":["%s"]}\n' "$1" >&3; }

# Runs what follows until it ends well; the first word names it.
wait_for() {
  what=$1
  shift
  tries=0
  until "$@"; do
    tries=$((tries + 1))
    if [ "$tries" -gt 300 ]; then
      echo "waited in vain for $what; Kakoune says:" >&2
      told '' && cat "$HOME/told" >&2
      cat "$HOME/screen" >&2
      exit 1
    fi
    sleep 0.2
  done
}

# Has the client run commands, and waits until it has: else a file that they write is
# an old one, or not there.
done_by_client() {
  rm -f "$HOME/done"
  say "$1; echo -to-file $HOME/done done" 2>/dev/null || return 1
  looks=0
  until [ -s "$HOME/done" ]; do
    looks=$((looks + 1))
    [ "$looks" -lt 100 ] || return 1
    sleep 0.05
  done
}

# Whether kakoune-lsp has shown these words.
told() {
  done_by_client "evaluate-commands -buffer *debug* %{ write -force $HOME/told }" && grep -qF -e "$1" "$HOME/told"
}

# The text of the buffer.
text() { done_by_client "write -force $HOME/text" && cat "$HOME/text"; }

# Whether a value of Kakoune is this.
value_is() { done_by_client "echo -to-file $HOME/value $1" && [ "$(cat "$HOME/value")" = "$2" ]; }

# Chooses the code action at the cursor with this title.
act() { say "lsp-code-action %{^$1\$}"; }

# Whether the buffer has these words.
has() { text | grep -qF -e "$1"; }

open() {
  mkfifo "$HOME/keys"
  "$TIRO_KAK" -s "$session" -ui json "$1" <"$HOME/keys" >"$HOME/screen" 2>&1 &
  kakoune=$!
  exec 3>"$HOME/keys"
  wait_for 'the server' told 'Tiro uses the model'
}

leave() {
  say 'quit!'
  wait "$kakoune"
  exec 3>&-
}
