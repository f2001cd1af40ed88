-- For vim.lsp.enable('tiro'): Neovim 0.11 and later attach files by themselves then.

return require('tiro.server').config()
