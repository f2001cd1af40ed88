-- In a Neovim that is too old for the plugin, with what such a one has: whatever
-- is used says which is needed, once, and nothing else happens.

local wanted = 'Tiro: it needs Neovim 0.10 or later, and this is '
local told = {}
vim.notify = function(text)
  table.insert(told, text)
end

local function check()
  vim.cmd('set runtimepath^=' .. vim.env.TIRO_PLUGIN)
  vim.cmd('runtime plugin/tiro.lua')
  require('tiro').setup({ chat = { size = 60 } })
  assert(#told == 0, 'it says so at the start: ' .. vim.inspect(told))
  assert(require('tiro').statusline() == '', 'there is something in the status line')
  vim.fn.setline(1, { 'one', 'two' })
  for _, use in ipairs({
    'Tiro',
    'Tiro ask why?',
    '1,2Tiro! ask why?',
    "lua require('tiro').ask('why?')",
    [[exe "normal \<Plug>(tiro-ask)"]],
    [[exe "normal V\<Plug>(tiro-accept)"]],
  }) do
    told = {}
    vim.cmd(use)
    assert(#told == 1 and vim.startswith(told[1], wanted), use .. ': ' .. vim.inspect(told))
  end
  assert(table.concat(vim.fn.getline(1, '$'), '\n') == 'one\ntwo', 'the text has changed')
  vim.cmd('silent checkhealth tiro')
  local report = table.concat(vim.fn.getline(1, '$'), '\n')
  assert(report:find('ERROR: it needs Neovim 0.10 or later', 1, true), report)
  assert(not report:find('stack traceback', 1, true), report)
end

local ok, problem = xpcall(check, debug.traceback)
if not ok then
  io.stderr:write(tostring(problem), '\n')
end
vim.cmd(ok and 'qall!' or 'cquit!')
