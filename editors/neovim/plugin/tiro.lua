-- What exists before Tiro is used: the command and the <Plug> maps. Neither loads
-- anything until it is called.

if vim.g.loaded_tiro then
  return
end
vim.g.loaded_tiro = true

local maps = {
  ask = { modes = { 'n', 'x' }, desc = 'ask about the line or the selection' },
  chat = { modes = { 'n' }, desc = 'open the chat, or close it' },
  stop = { modes = { 'n' }, desc = 'end the task' },
  approvals = { modes = { 'n' }, desc = 'answer what waits for you' },
  accept = { modes = { 'n', 'x' }, desc = 'accept the proposed change here' },
  reject = { modes = { 'n', 'x' }, desc = 'reject the proposed change here' },
  next = { modes = { 'n' }, desc = 'go to the next proposed change' },
  previous = { modes = { 'n' }, desc = 'go to the proposed change before' },
  diff = { modes = { 'n' }, desc = 'compare the file with what is proposed' },
}

-- A Neovim that is too old says so when Tiro is used, not each time it starts.
if vim.fn.has('nvim-0.10') == 0 then
  vim.cmd("command! -nargs=* -range -bang Tiro lua require('tiro.needs').tell()")
  for name in pairs(maps) do
    vim.cmd(('noremap <Plug>(tiro-%s) <Cmd>Tiro<CR>'):format(name))
  end
  return
end

vim.api.nvim_create_user_command('Tiro', function(arguments)
  require('tiro.command').run(arguments)
end, {
  nargs = '*',
  range = true,
  bang = true,
  desc = 'Tiro, a coding agent: see :help :Tiro',
  complete = function(lead, line)
    return require('tiro.command').complete(lead, line)
  end,
})

for name, map in pairs(maps) do
  vim.keymap.set(map.modes, ('<Plug>(tiro-%s)'):format(name), function()
    require('tiro.plug')[name]()
  end, { desc = 'Tiro: ' .. map.desc })
end
