-- Runs luacheck in this Neovim:
--   TIRO_BUSTED=DIR nvim --clean --headless -l spec/check.lua FILE...

dofile(vim.fs.joinpath(vim.fs.dirname(arg[0]), 'paths.lua'))
require('luacheck.main')
