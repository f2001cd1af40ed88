-- Runs inside a real Neovim, started in the project's root: opens a file, types
-- without saving, asks, and looks at what became of the buffer. Any error ends
-- Neovim with a status other than 0.
--
-- TIRO_BIN   the server
-- TIRO_MODE  "opted_in": events and requests of Tiro's own; "plain": LSP only

local opted_in = vim.env.TIRO_MODE == 'opted_in'
local root = assert(vim.uv.cwd())
local seen = {} ---@type table<string, table[]>

---@param what string
---@param holds fun(): any
local function wait_for(what, holds)
  if not vim.wait(60000, holds, 10) then
    error(('waited in vain for %s; seen: %s'):format(what, vim.inspect(seen)))
  end
end

---@param name string
local function count(name)
  return #(seen[name] or {})
end

local handlers = {}
for _, event in ipairs({ 'sessionConfigured', 'taskStarted', 'taskComplete', 'agentMessage', 'error' }) do
  local method = 'tiro/' .. event
  handlers[method] = function(_, params)
    seen[method] = seen[method] or {}
    table.insert(seen[method], params)
  end
end
handlers['tiro/saveDocuments'] = function(_, params)
  for _, uri in ipairs(params.uris) do
    vim.api.nvim_buf_call(vim.uri_to_bufnr(uri), function()
      vim.cmd('silent update')
    end)
  end
  return { saved = params.uris }
end
-- What Neovim has for it, with a look at what goes through.
handlers['window/showDocument'] = function(err, params, ctx)
  seen.shown = seen.shown or {}
  table.insert(seen.shown, params)
  return vim.lsp.handlers['window/showDocument'](err, params, ctx)
end
vim.ui.select = function(items, _, choose)
  seen.asked = seen.asked or {}
  table.insert(seen.asked, items)
  choose(items[1], 1)
end

vim.cmd.edit(vim.fs.joinpath(root, 'add.sh'))
local buffer = vim.api.nvim_get_current_buf()
vim.api.nvim_buf_set_lines(buffer, 1, 2, true, { '# adds: typed and not saved' })

local exit_code
local id = assert(vim.lsp.start({
  name = 'tiro',
  cmd = { vim.env.TIRO_BIN, 'lsp' },
  root_dir = root,
  handlers = handlers,
  init_options = opted_in and { tiro = { events = true, saveDocuments = true } } or nil,
  on_exit = function(code)
    exit_code = code
  end,
}))
local client = assert(vim.lsp.get_client_by_id(id))
wait_for('initialize', function()
  return client.initialized
end)

local answered
local function on_answer(err, result)
  assert(not err, vim.inspect(err))
  answered = result
end
if opted_in then
  wait_for('the session', function()
    return count('tiro/sessionConfigured') == 1
  end)
  local items = { { type = 'text', text = 'Make the test pass.' } }
  client:request('tiro/userInput', { items = items }, on_answer, buffer)
else
  client:request('workspace/executeCommand', {
    command = 'tiro.ask',
    arguments = { 'Make the test pass.' },
  }, on_answer, buffer)
end
wait_for('the answer to the request', function()
  return answered
end)
-- Without events the diff of the patch is shown first, the answer last.
wait_for('the end of the task', function()
  return count('tiro/error') > 0
    or (opted_in and count('tiro/taskComplete') == 1)
    or (not opted_in and count('shown') == 2)
end)
assert(count('tiro/error') == 0, vim.inspect(seen))

local text = table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, true), '\n')
assert(text:find('typed and not saved', 1, true), 'what was typed is gone:\n' .. text)
assert(text:find('$1 + $2', 1, true), 'the buffer was not patched:\n' .. text)
if opted_in then
  assert(seen['tiro/agentMessage'][1].message == 'The sign was wrong.', vim.inspect(seen))
  assert(count('tiro/taskStarted') == 1 and count('tiro/taskComplete') == 1, vim.inspect(seen))
else
  local function shown(index)
    return table.concat(vim.fn.readfile(vim.uri_to_fname(seen.shown[index].uri)), '\n')
  end
  assert(shown(1):find('+  echo $(($1 + $2))', 1, true), shown(1))
  assert(shown(2):find('The sign was wrong.', 1, true), shown(2))
  -- Two runs of the test, one patch, and once that the buffer is not saved.
  assert(count('asked') == 4, vim.inspect(seen.asked))
  assert(vim.bo[buffer].modified, 'nobody saved the buffer')
end

client:stop()
wait_for('the end of the server', function()
  return exit_code
end)
assert(exit_code == 0, 'the server ended with ' .. exit_code)
vim.cmd('qall!')
