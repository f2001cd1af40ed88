--- Where the person writes: a buffer of its own below the chat, with what they said
--- before, and names of files to complete.

local M = {}

local most = 100
local said ---@type string[]?

---@return string
local function file()
  return vim.fs.joinpath(vim.fn.stdpath('state'), 'tiro', 'said.json')
end

--- What was said before, the oldest first; kept over the end of Neovim.
---@return string[]
local function history()
  if not said then
    said = {}
    local ok, text = pcall(vim.fn.readblob, file())
    local read, list = pcall(vim.json.decode, ok and text or '[]')
    if read and vim.islist(list) then
      said = vim.tbl_filter(function(item)
        return type(item) == 'string'
      end, list)
    end
  end
  return said
end

---@param text string
local function remember(text)
  local all = history()
  if all[#all] == text then
    return
  end
  table.insert(all, text)
  said = vim.list_slice(all, #all - most + 1 > 0 and #all - most + 1 or 1)
  pcall(vim.fn.mkdir, vim.fs.dirname(file()), 'p', tonumber('700', 8))
  pcall(vim.fn.writefile, { vim.json.encode(said) }, file())
end

local images = { png = true, jpg = true, jpeg = true, gif = true, webp = true }

--- The items of what was written: its text, and the images that it names.
---@param text string
---@param root string
---@return table[]
function M.items(text, root)
  local items = { { type = 'text', text = text } }
  for name in (' ' .. text):gmatch('%s@(%S+)') do
    local path = name:gsub('[,;:!?.)]+$', '')
    local extension = path:match('%.(%w+)$')
    if extension and images[extension:lower()] then
      local whole = vim.fs.normalize(path)
      if not vim.startswith(whole, '/') then
        whole = vim.fs.joinpath(root, whole)
      end
      if vim.uv.fs_stat(whole) then
        table.insert(items, { type = 'local_image', path = whole })
      end
    end
  end
  return items
end

--- Sends what is written in the prompt of a session.
---@param session tiro.Session
---@param buffer integer
function M.send(session, buffer)
  local text = vim.trim(table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, true), '\n'))
  if text == '' then
    return
  end
  remember(text)
  vim.api.nvim_buf_set_lines(buffer, 0, -1, true, {})
  vim.b[buffer].tiro_history = nil
  session:say(M.items(text, session.root), function(ok)
    if not ok and vim.api.nvim_buf_is_valid(buffer) then
      -- Nothing that was written is lost.
      vim.api.nvim_buf_set_lines(buffer, 0, 0, true, vim.split(text, '\n', { plain = true }))
    end
  end)
end

--- Puts what was said before or after into the prompt.
---@param buffer integer
---@param step integer
local function recall(buffer, step)
  local all = history()
  local at = vim.b[buffer].tiro_history or #all + 1
  if at == #all + 1 then
    vim.b[buffer].tiro_draft = vim.api.nvim_buf_get_lines(buffer, 0, -1, true)
  end
  local to = math.min(math.max(at + step, 1), #all + 1)
  if to == at then
    return
  end
  vim.b[buffer].tiro_history = to
  local lines = to > #all and vim.b[buffer].tiro_draft or vim.split(all[to], '\n', { plain = true })
  vim.api.nvim_buf_set_lines(buffer, 0, -1, true, lines)
  vim.api.nvim_win_set_cursor(0, { #lines, #lines[#lines] })
end

---@param buffer integer
function M.prepare(buffer)
  vim.bo[buffer].omnifunc = "v:lua.require'tiro.chat.complete'.omnifunc"
  local function map(modes, keys, act, desc)
    vim.keymap.set(modes, keys, act, { buffer = buffer, desc = 'Tiro: ' .. desc })
  end
  local function with(act)
    return function()
      local session = require('tiro.session').current(buffer)
      if session then
        act(session)
      end
    end
  end
  local send = with(function(session)
    M.send(session, buffer)
  end)
  map('n', '<CR>', send, 'send')
  map({ 'n', 'i' }, '<C-s>', send, 'send')
  map(
    'n',
    '<C-c>',
    with(function(session)
      require('tiro.command').stop(session)
    end),
    'end the task'
  )
  map(
    'n',
    'q',
    with(function(session)
      require('tiro.chat').close(session)
    end),
    'close the chat'
  )
  map({ 'n', 'i' }, '<C-Up>', function()
    recall(buffer, -1)
  end, 'what you said before')
  map({ 'n', 'i' }, '<C-Down>', function()
    recall(buffer, 1)
  end, 'what you said after')
end

---@param window integer
function M.look(window)
  local options = {
    wrap = true,
    linebreak = true,
    number = false,
    relativenumber = false,
    signcolumn = 'no',
    foldenable = false,
    winbar = ' <C-s> sends, @ names files%<',
  }
  for name, value in pairs(options) do
    vim.api.nvim_set_option_value(name, value, { win = window, scope = 'local' })
  end
end

return M
