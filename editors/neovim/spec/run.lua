-- Runs the specs in this Neovim with busted, which is found in TIRO_BUSTED:
--   TIRO_BUSTED=DIR nvim --clean --headless -c 'luafile spec/run.lua'
-- With -l there would be no screen, and nothing could be drawn. TIRO_SPECS names
-- files, when it is not to be all of them.

local here = vim.fs.dirname(vim.fs.normalize(debug.getinfo(1, 'S').source:sub(2)))
local plugin = dofile(vim.fs.joinpath(here, 'paths.lua'))

vim.opt.runtimepath:prepend(plugin)
vim.cmd.runtime('plugin/tiro.lua')
vim.o.columns, vim.o.lines = 120, 40

local files = vim.split(vim.env.TIRO_SPECS or plugin .. '/spec', ' ')
arg = vim.list_extend({ '--pattern=_spec', '--output=TAP', '--no-auto-insulate' }, files)
arg[0] = 'busted'
local ok, problem = pcall(function()
  require('busted.runner')({ standalone = false })
end)
if not ok and problem then
  io.stderr:write(tostring(problem), '\n')
end
vim.cmd(ok and 'qall!' or 'cquit!')
