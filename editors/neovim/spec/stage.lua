--- A project in a new directory, a fake server for it, and what was said to the
--- person: made anew for each spec.

local fake = require('fake')

local M = {}

---@class Stage
---@field root string
---@field server Fake
---@field said { text: string, level: integer }[]
---@field find fun(): string?, string? how the plugin looks for the server

---@param what string
---@param holds fun(): any
function M.wait_for(what, holds)
  assert(vim.wait(5000, holds, 5), 'waited in vain for ' .. what)
end

--- Forgets every module of the plugin, closes every window and buffer.
local function reset()
  for name in pairs(package.loaded) do
    if name == 'tiro' or name:find('^tiro%.') then
      package.loaded[name] = nil
    end
  end
  vim.cmd('silent! tabonly | silent! only | silent! %bwipeout!')
  vim.fn.setqflist({})
  vim.diagnostic.reset()
end

---@param files? table<string, string>
---@param options? tiro.Options
---@return Stage
function M.new(files, options)
  reset()
  local root = assert(vim.uv.fs_realpath(vim.fn.tempname():match('^(.*)/[^/]*$')))
  root = assert(vim.uv.fs_mkdtemp(root .. '/projectXXXXXX'))
  vim.fn.mkdir(root .. '/.git')
  for name, text in pairs(files or {}) do
    vim.fn.mkdir(vim.fs.dirname(root .. '/' .. name), 'p')
    vim.fn.writefile(vim.split(text, '\n', { plain = true }), root .. '/' .. name, 'b')
  end
  local stage = { root = root, said = {}, server = fake.new() }
  vim.notify = function(text, level)
    table.insert(stage.said, { text = text, level = level })
  end
  vim.notify_once = vim.notify
  require('tiro').setup(options)
  local binary = require('tiro.binary')
  stage.find = binary.find
  binary.find = function()
    return 'tiro', nil
  end
  local server = require('tiro.server')
  local config = server.config
  server.config = function(path)
    return vim.tbl_extend('force', config(path), { cmd = stage.server:cmd() })
  end
  vim.cmd.cd(vim.fn.fnameescape(root))
  return setmetatable(stage, { __index = M })
end

---@param name string
---@return integer buffer
function M:edit(name)
  vim.cmd.edit(vim.fn.fnameescape(self.root .. '/' .. name))
  return vim.api.nvim_get_current_buf()
end

--- Starts the session as the first use does.
---@return tiro.Session
function M:start()
  local session
  require('tiro.session').with(function(it)
    session = it
  end)
  M.wait_for('the session', function()
    return session
  end)
  self.server.client_id = session.client_id
  self.session = session
  return session
end

--- What the person was told, as one text.
---@return string
function M:told()
  return table.concat(
    vim.tbl_map(function(said)
      return said.text
    end, self.said),
    '\n'
  )
end

--- The lines of the chat.
---@return string[]
function M:chat()
  local chat = require('tiro.chat').of(self.session)
  chat.transcript:flush()
  return vim.api.nvim_buf_get_lines(chat.buffer, 0, -1, true)
end

--- Presses keys as a person would, those of maps too.
---@param keys string
function M.press(keys)
  vim.api.nvim_feedkeys(vim.keycode(keys), 'xt', false)
end

return M
