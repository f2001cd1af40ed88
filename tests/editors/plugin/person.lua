-- What a person does with tiro.nvim. A job's script ends with `person.play(...)`;
-- any error ends Neovim with a status other than 0. TIRO_PLUGIN is the plugin.

local M = { told = {}, chosen = {} }

vim.opt.runtimepath:prepend(vim.env.TIRO_PLUGIN)
vim.cmd.runtime('plugin/tiro.lua')
vim.o.columns, vim.o.lines = 120, 40

vim.notify = function(text)
  table.insert(M.told, text)
end

---@param what string
---@param holds fun(): any
function M.wait_for(what, holds)
  local found
  local function look()
    found = holds()
    return found
  end
  if not vim.wait(60000, look, 10) then
    error(('waited in vain for %s; told: %s\nthe chat:\n%s'):format(what, vim.inspect(M.told), M.chat()))
  end
  return found
end

-- Tells the test how far it is.
function M.say(point)
  io.stdout:write(point, '\n')
  io.stdout:flush()
end

---@return tiro.Session
function M.session()
  return assert(require('tiro.session').all()[1], 'there is a session')
end

---@param name string
---@return integer buffer
function M.open(name)
  vim.cmd.edit(vim.fn.fnameescape(vim.fs.joinpath(assert(vim.uv.cwd()), name)))
  return vim.api.nvim_get_current_buf()
end

---@param buffer integer
---@return string
function M.text(buffer)
  return table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, true), '\n')
end

---@return string
function M.chat()
  local session = require('tiro.session').all()[1]
  if not session then
    return ''
  end
  local chat = require('tiro.chat').of(session)
  chat.transcript:flush()
  return M.text(chat.buffer)
end

---@param words string
function M.wait_for_chat(words)
  M.wait_for(('%q in the chat'):format(words), function()
    return M.chat():find(words, 1, true)
  end)
end

function M.wait_for_question()
  return M.wait_for('a question', function()
    return M.session().approvals[1]
  end)
end

function M.wait_for_end()
  M.wait_for('the end of the task', function()
    return not M.session().running
  end)
end

---@param keys string
function M.press(keys)
  vim.api.nvim_feedkeys(vim.keycode(keys), 'xt', false)
end

--- Answers the question that waits, with the key in its window.
---@param key string
function M.answer(key)
  local question = M.wait_for_question()
  vim.cmd('Tiro approvals')
  M.press(key)
  M.wait_for('the answer to be taken', function()
    return M.session().approvals[1] ~= question
  end)
end

--- The process of the server.
---@return integer
function M.pid()
  for _, child in ipairs(vim.api.nvim_get_proc_children(vim.fn.getpid())) do
    if (vim.api.nvim_get_proc(child) or {}).name == 'tiro' then
      return child
    end
  end
  error('the server does not run')
end

---@param play fun()
function M.play(play)
  local ok, problem = xpcall(play, debug.traceback)
  if not ok then
    io.stderr:write(tostring(problem), '\n')
    vim.cmd('cquit!')
  end
  vim.cmd('qall!')
end

return M
