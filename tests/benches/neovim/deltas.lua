-- Asks, and measures until the answer is in the chat. A timer that should run each
-- millisecond tells how long Neovim did nothing else, and how much of that it worked:
-- the rest it waited for a processor, which the server and the model have as well.

vim.opt.runtimepath:prepend(vim.env.TIRO_PLUGIN)
vim.cmd.runtime('plugin/tiro.lua')
require('tiro').setup({ server = { path = vim.env.TIRO_BIN } })
vim.o.columns, vim.o.lines = 120, 40
vim.cmd.edit('a.txt')

local function now()
  return vim.uv.hrtime() / 1e6
end

--- Processor time of Neovim so far, in milliseconds.
local function worked()
  local usage = vim.uv.getrusage()
  return (usage.utime.sec + usage.stime.sec) * 1e3 + (usage.utime.usec + usage.stime.usec) / 1e3
end

local last, longest, often, began, work, most
local timer = assert(vim.uv.new_timer())

local function watch()
  local at = now()
  local gap = at - last
  last = at
  longest = math.max(longest, gap)
  local so_far = worked()
  most = math.max(most, so_far - work)
  work = so_far
  often = often + (gap > 16 and 1 or 0)
end

vim.api.nvim_create_autocmd('User', {
  pattern = 'TiroEvent',
  callback = function(event)
    if event.data.event == 'taskStarted' then
      last, longest, often, began = now(), 0, 0, now()
      work, most = worked(), 0
      timer:start(1, 1, watch)
    elseif event.data.event == 'taskComplete' then
      local session = require('tiro.session').all()[1]
      require('tiro.chat').of(session).transcript:after(function()
        timer:stop()
        local said = 'total %.0f ms\nlongest %.1f ms\noften %d\nwork %.1f ms\n'
        io.stdout:write(said:format(now() - began, longest, often, most))
        vim.cmd('qall!')
      end)
    end
  end,
})

vim.cmd('Tiro chat')
require('tiro').ask('go')
vim.defer_fn(function()
  vim.cmd('cquit!')
end, 60000)
