#!/usr/bin/env python3
"""Draws docs/img/neovim.svg, tiro-nvim-*.svg and emacs.svg: the real editors, set up as
their pages say, with what the agent asks, proposes and answers.

    editors.py TIRO NEOVIM EMACS DIRECTORY

Runs each editor in tmux, does what a person would, and writes what the terminal
shows to DIRECTORY. `make pictures-of-editors` calls it. The model is scripted.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from model import Model
from terminal import picture

COLUMNS, ROWS = 100, 30
WIDE = 130
ROOT = Path(__file__).resolve().parent.parent
SOURCE = """#!/bin/sh
# Adds two numbers.
add() {
  echo $(($1 - $2))
}

# Multiplies two numbers.
mul() {
  echo $(($1 + $2))
}
"""
PATCH = """*** Begin Patch
*** Update File: sums.sh
@@ add() {
-  echo $(($1 - $2))
+  echo $(($1 + $2))
 }
@@ mul() {
-  echo $(($1 + $2))
+  echo $(($1 * $2))
 }
*** End Patch
"""


def set_up(page, language):
    """What a page says first, up to its first heading."""
    first = (ROOT / "docs/editors" / page).read_text().split("\n## ")[0]
    return "\n".join(re.findall(rf"```{language}\n(.*?)```", first, re.S))


class Terminal:
    """An editor in tmux, on a project of its own."""

    def __init__(self, tiro, program, arguments, set_up, script=None, columns=COLUMNS):
        self.columns = columns
        self.directory = tempfile.TemporaryDirectory(prefix="tiro-picture-")
        base = Path(self.directory.name)
        work = base / "sums"
        for name in ("sums", "home", "tiro", "state", "bin"):
            (base / name).mkdir()
        # Found there, and not where it was built, which a page would show.
        (base / "bin/tiro").symlink_to(Path(tiro).resolve())
        (work / "sums.sh").write_text(SOURCE)
        subprocess.run(["git", "init", "--quiet"], cwd=work, check=True)
        model = Model(script or [("apply_patch", {"input": PATCH}), "Both signs were wrong."])
        (base / "tiro/config.toml").write_text(
            'model = "scripted"\nmodel_provider = "scripted"\napproval_policy = "unless-allow-listed"\n'
            f'[model_providers.scripted]\nbase_url = "{model.base_url}"\nwire_api = "chat"\n'
        )
        environment = {
            "PATH": f"{base / 'bin'}:{os.environ['PATH']}",
            "HOME": str(base / "home"),
            "TIRO_HOME": str(base / "tiro"),
            "XDG_STATE_HOME": str(base / "state"),
            "LANG": "C.UTF-8",
            "NO_PROXY": "*",
        }
        self.socket = f"tiro-picture-{os.getpid()}"
        # Neovim knows Lua by the ending.
        (base / "set-up.lua").write_text(set_up)
        arguments = [argument.replace("SET-UP", str(base / "set-up.lua")) for argument in arguments]
        command = [program, *arguments, "sums.sh"]
        self.start = (work, environment, command)

    def __enter__(self):
        work, environment, command = self.start
        pairs = [f"{name}={value}" for name, value in environment.items()]
        size = ["-x", str(self.columns), "-y", str(ROWS)]
        self.tmux("-f", "/dev/null", "new-session", "-d", *size, "-c", str(work), "env", *pairs, *command)
        self.tmux("set-option", "-g", "status", "off")
        return self

    def __exit__(self, *_):
        self.tmux("kill-server")
        self.directory.cleanup()

    def tmux(self, *arguments):
        command = ["tmux", "-L", self.socket, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def keys(self, *keys):
        self.tmux("send-keys", *keys)

    def type(self, text):
        self.tmux("send-keys", "-l", text)

    def wait(self, words, without=None):
        end = time.monotonic() + 60
        while words not in (shown := self.tmux("capture-pane", "-p")) or (without and without in shown):
            if time.monotonic() > end:
                sys.exit(f"waited in vain for {words!r}; the terminal shows:\n{shown}")
            time.sleep(0.1)

    def picture(self, title):
        shown = self.tmux("capture-pane", "-e", "-p")
        # The name of the directory is another one each time, of the same length; so is the date; the port differs too.
        shown = shown.replace(Path(self.directory.name).name, "tiro-picture-" + "0" * 8)
        shown = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d", "2026-11-22 09:00", shown)
        shown = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:8080", shown)
        return picture(shown, self.columns, title)


def neovim(tiro, program):
    more = "vim.diagnostic.config({ virtual_lines = { current_line = true } })\n"
    text = set_up("neovim.md", "lua") + more
    with Terminal(tiro, program, ["--clean", "-u", "SET-UP"], text) as terminal:
        terminal.wait("Multiplies")
        terminal.type(":lua vim.wait(9000, function() return (vim.lsp.get_clients()[1] or {}).initialized end) print('ready')")
        terminal.keys("Enter")
        terminal.wait("\nready")
        terminal.type(":Tiro ask what is wrong with these sums?")
        terminal.keys("Enter")
        terminal.wait("Apply changes")
        terminal.keys("Enter")
        terminal.type(":only")
        terminal.keys("Enter")
        terminal.type("gg]d")
        terminal.wait("Proposed")
        terminal.type("gra")
        terminal.wait("accept this change")
        return terminal.picture("Neovim")


TEST = ("shell", {"command": ["bash", "-lc", ". ./sums.sh; test $(add 2 3) = 5 && echo PASS || { echo FAIL; exit 1; }"]})


def tiro_nvim(tiro, program):
    """The pictures of the plugin, by the end of their names."""
    text = f"vim.opt.runtimepath:prepend('{ROOT}/editors/neovim')\nvim.o.ruler = false\n"
    script = [TEST, ("apply_patch", {"input": PATCH}), "Both signs were wrong: `add` **subtracted**, and `mul` added."]
    script += ["Any shell that knows `$((…))`: `dash`, `bash`, `zsh`, `busybox sh`."]
    with Terminal(tiro, program, ["--clean", "-u", "SET-UP"], text, script, WIDE) as terminal:
        terminal.wait("Multiplies")
        terminal.type(":Tiro ask what is wrong with these sums?")
        terminal.keys("Enter")
        terminal.wait("run a command?")
        yield "approval", terminal.picture("tiro.nvim: an approval")
        terminal.type(":Tiro approvals")
        terminal.keys("Enter")
        terminal.type("a")
        terminal.wait("change files?")
        terminal.type(":Tiro approvals")
        terminal.keys("Enter")
        terminal.type("q")
        terminal.type(":Tiro next")
        terminal.keys("Enter")
        terminal.wait("2 changes")
        yield "review", terminal.picture("tiro.nvim: a review")
        terminal.type(":Tiro hunks")
        terminal.keys("Enter")
        terminal.wait("Tiro: proposed changes")
        yield "hunks", terminal.picture("tiro.nvim: all changes in the quickfix list")
        # Opened anew, the chat is as high as it was.
        for command in (":cclose", ":Tiro chat", ":Tiro chat"):
            terminal.type(command)
            terminal.keys("Enter")
        terminal.keys("C-w", "t")
        terminal.type(":Tiro diff")
        terminal.keys("Enter")
        terminal.wait("proposed/")
        yield "diff", terminal.picture("tiro.nvim: a file beside what is proposed")
        terminal.type(":tabclose")
        terminal.keys("Enter")
        terminal.type(":Tiro! accept")
        terminal.keys("Enter")
        terminal.wait("mul added.")
        yield "chat", terminal.picture("tiro.nvim: the chat")
        terminal.type(":Tiro! stop")
        terminal.keys("Enter")
        terminal.wait("not running")
        terminal.type(":Tiro ask which shells can run this?")
        terminal.keys("Enter")
        terminal.wait("Any shell")
        terminal.type(":Tiro! stop")
        terminal.keys("Enter")
        terminal.wait("not running")
        terminal.type(":Tiro sessions")
        terminal.keys("Enter")
        terminal.wait("Go on with")
        yield "sessions", terminal.picture("tiro.nvim: earlier sessions")
        terminal.keys("Enter")
        terminal.type(":checkhealth tiro")
        terminal.keys("Enter")
        terminal.wait("tiro: model", without="Running healthchecks")
        yield "health", terminal.picture("tiro.nvim: the state of health")


def emacs(tiro, program):
    text = "(setq native-comp-deferred-compilation nil)\n" + set_up("emacs.md", "elisp")
    with Terminal(tiro, program, ["-nw", "-q", "--no-splash", "-l", "SET-UP"], text) as terminal:
        terminal.wait("Multiplies")
        terminal.wait("eglot")
        terminal.keys("M-x")
        for answer in ("tiro", "ask", "what is wrong with these sums?"):
            terminal.type(answer)
            terminal.keys("Enter")
        terminal.wait("Apply changes")
        terminal.keys("C-g")
        terminal.keys("M-<")
        terminal.keys("M-x")
        terminal.type("flymake-goto-next-error")
        terminal.keys("Enter")
        terminal.wait("Proposed")
        terminal.keys("M-x")
        terminal.type("eglot-code-actions")
        terminal.keys("Enter")
        terminal.wait("Pick an action")
        terminal.keys("Tab", "Tab")
        terminal.wait("Possible completions")
        return terminal.picture("Emacs")


if __name__ == "__main__":
    tiro, nvim, emacs_program, directory = sys.argv[1:]
    nvim = str(Path(nvim).resolve())
    pictures = [("neovim", neovim(tiro, nvim)), ("emacs", emacs(tiro, str(Path(emacs_program).resolve())))]
    pictures += [(f"tiro-nvim-{name}", shown) for name, shown in tiro_nvim(tiro, nvim)]
    for name, shown in pictures:
        (Path(directory) / f"{name}.svg").write_text(shown)
