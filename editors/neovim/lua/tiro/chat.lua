--- The chat of a session: its buffers and windows. What is in it, see tiro.chat.talk.

local buffers = require('tiro.buffers')
local markdown = require('tiro.chat.markdown')

local M = {}

---@class tiro.Chat
---@field session tiro.Session
---@field transcript tiro.Transcript
---@field buffer integer
---@field prompt integer buffer in which the person writes
---@field message? tiro.Block the answer that streams in
---@field reasoning? tiro.Block
---@field commands table<string, tiro.Command>
---@field plan? tiro.Block
---@field speaker? 'you'|'tiro' whose heading was last
---@field asked? string the patch that is shown already

---@class tiro.Command
---@field block tiro.Block its output
---@field ending integer mark of the line that says how it ended
---@field began integer milliseconds
---@field heard? boolean whether its output came in pieces

local chats = {} ---@type table<string, tiro.Chat>

---@param buffer integer
---@param session tiro.Session
---@param name string
local function prepare(buffer, session, name)
  -- The whole path would leave nothing else in the status line of a narrow window.
  local project = vim.fs.basename(session.root)
  local number, title = 1, ('tiro://%s/%s'):format(name, project ~= '' and project or 'root')
  local free = title
  while vim.fn.bufnr('^' .. vim.fn.escape(free, '[]*?{},\\$') .. '$') ~= -1 do
    number = number + 1
    free = ('%s (%d)'):format(title, number)
  end
  vim.api.nvim_buf_set_name(buffer, free)
  buffers.own(buffer, session.root, 'hide')
end

---@param session tiro.Session
---@return tiro.Chat
function M.of(session)
  local chat = chats[session.root]
  if chat and chat.transcript:is_there() and vim.api.nvim_buf_is_valid(chat.prompt) then
    return chat
  end
  local buffer = vim.api.nvim_create_buf(false, true)
  prepare(buffer, session, 'chat')
  vim.bo[buffer].undolevels = -1
  vim.bo[buffer].modifiable = false
  vim.bo[buffer].filetype = 'tiro'
  markdown.highlight(buffer)
  local prompt = chat and vim.api.nvim_buf_is_valid(chat.prompt) and chat.prompt
  if not prompt then
    prompt = vim.api.nvim_create_buf(false, true)
    prepare(prompt, session, 'prompt')
    vim.bo[prompt].filetype = 'tiroprompt'
    markdown.highlight(prompt)
    require('tiro.chat.prompt').prepare(prompt)
  end
  local previous = chat
  chat = {
    session = session,
    transcript = require('tiro.chat.transcript').new(buffer),
    buffer = buffer,
    prompt = prompt,
    commands = {},
  }
  chats[session.root] = chat
  require('tiro.chat.keys').set(chat)
  if previous then
    chat.transcript:append({ '*The text before this was closed.*' })
  end
  return chat
end

--- Whether there is a chat that shows something.
---@param session tiro.Session
---@return boolean
function M.has(session)
  local chat = chats[session.root]
  return chat ~= nil and chat.transcript:is_there()
end

--- A window of the current tab that shows the buffer.
---@param buffer integer
---@return integer?
local function window_of(buffer)
  for _, window in ipairs(vim.api.nvim_tabpage_list_wins(0)) do
    if vim.api.nvim_win_get_buf(window) == buffer then
      return window
    end
  end
end

---@param session tiro.Session
---@return boolean
function M.is_shown(session)
  local chat = chats[session.root]
  return chat ~= nil and window_of(chat.buffer) ~= nil
end

local openings = {
  right = 'botright vertical',
  left = 'topleft vertical',
  bottom = 'botright',
  top = 'topleft',
  tab = 'tab',
}

---@param window integer
local function look(window)
  local options = {
    wrap = true,
    linebreak = true,
    breakindent = true,
    number = false,
    relativenumber = false,
    signcolumn = 'no',
    foldcolumn = '0',
    spell = false,
    list = false,
    conceallevel = 2,
    -- The cursor follows what comes in, and that is to be read.
    concealcursor = 'nc',
    foldmethod = 'expr',
    foldexpr = "v:lua.require'tiro.chat.fold'.level(v:lnum)",
    foldtext = "v:lua.require'tiro.chat.fold'.text()",
    foldlevel = 0,
    foldminlines = 0,
    foldenable = true,
    fillchars = 'fold: ,eob: ',
    winbar = "%{%v:lua.require'tiro.status'.bar()%}",
  }
  for name, value in pairs(options) do
    vim.api.nvim_set_option_value(name, value, { win = window, scope = 'local' })
  end
end

--- Shows the chat and goes to where the person writes.
---@param session tiro.Session
function M.open(session)
  local chat = M.of(session)
  local options = require('tiro.config').get().chat
  local window = window_of(chat.buffer)
  if not window then
    local is_wide = options.position == 'right' or options.position == 'left'
    local whole = is_wide and vim.o.columns or vim.o.lines
    local size = options.size < 1 and math.floor(options.size * whole) or options.size
    vim.cmd(openings[options.position] .. ' sbuffer ' .. chat.buffer)
    window = vim.api.nvim_get_current_win()
    if is_wide then
      vim.api.nvim_win_set_width(window, size)
    elseif options.position ~= 'tab' then
      vim.api.nvim_win_set_height(window, size)
    end
    look(window)
    vim.api.nvim_win_set_cursor(window, { vim.api.nvim_buf_line_count(chat.buffer), 0 })
  end
  local prompt = window_of(chat.prompt)
  if not prompt then
    vim.api.nvim_set_current_win(window)
    vim.cmd('rightbelow sbuffer ' .. chat.prompt)
    prompt = vim.api.nvim_get_current_win()
    vim.api.nvim_win_set_height(prompt, options.input_height)
    vim.wo[prompt].winfixheight = true
    require('tiro.chat.prompt').look(prompt)
  end
  vim.api.nvim_set_current_win(prompt)
end

--- Hides the chat in this tab. Its text stays.
---@param session tiro.Session
function M.close(session)
  local chat = M.of(session)
  for _, buffer in ipairs({ chat.prompt, chat.buffer }) do
    local window = window_of(buffer)
    if window and #vim.api.nvim_tabpage_list_wins(0) > 1 then
      vim.api.nvim_win_close(window, true)
    end
  end
end

---@param session tiro.Session
function M.toggle(session)
  if M.is_shown(session) then
    M.close(session)
  else
    M.open(session)
  end
end

return M
