--- The chat of a session: its windows, and what each event adds to its text.

local buffers = require('tiro.buffers')
local fold = require('tiro.chat.fold')
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

--- A heading of the agent before what it says or does, once after the person spoke.
---@param chat tiro.Chat
local function answering(chat)
  if chat.speaker ~= 'tiro' then
    chat.speaker = 'tiro'
    chat.transcript:append({ '## Tiro' })
  end
end

--- The answer that streams in is complete.
---@param chat tiro.Chat
local function settle(chat)
  local message = chat.message
  chat.message, chat.reasoning = nil, nil
  if not message then
    return
  end
  local rows, open = markdown.fences(chat.transcript:lines(message))
  local first = chat.transcript:at(message.head)
  for _, row in ipairs(rows) do
    fold.hide_line(chat.buffer, first + row - 1)
  end
  -- Code that was never closed would swallow all that follows.
  if open then
    chat.transcript:grow(message, '\n' .. open)
    chat.transcript:flush()
  end
end

--- What the person said.
---@param session tiro.Session
---@param text string
function M.said(session, text)
  local chat = M.of(session)
  settle(chat)
  chat.speaker = 'you'
  chat.transcript:append(vim.list_extend({ '## You', '' }, vim.split(text, '\n', { plain = true })))
end

--- A line of its own, in italics.
---@param session tiro.Session
---@param text string
function M.notice(session, text)
  local chat = M.of(session)
  settle(chat)
  local line = text:gsub('%s+', ' '):gsub('%*', '\\*')
  chat.transcript:append({ '*' .. line .. '*' })
end

---@param arguments string[]
---@return string
local function shell(arguments)
  -- `bash -lc SCRIPT` is how commands are run; the script says more.
  if #arguments == 3 and arguments[2]:match('^%-l?c$') then
    return arguments[3]
  end
  return table.concat(
    vim.tbl_map(function(argument)
      return argument:match('^[%w%-_./=:@%%+,]+$') and argument or vim.fn.shellescape(argument)
    end, arguments),
    ' '
  )
end
M.shell = shell

---@type table<string, fun(chat: tiro.Chat, params: table)>
local on = {}

function on.agentMessageDelta(chat, params)
  if not chat.message then
    answering(chat)
    chat.reasoning = nil
    chat.message = chat.transcript:open({ '' }, 1)
  end
  chat.transcript:grow(chat.message, params.delta)
end

function on.agentMessage(chat, params)
  if not chat.message then
    answering(chat)
    chat.message = chat.transcript:open({ '' }, 1)
    chat.transcript:grow(chat.message, params.message)
  end
  settle(chat)
end

function on.agentReasoningDelta(chat, params)
  if not chat.reasoning then
    settle(chat)
    answering(chat)
    local block = { fold.title('reasoning'), fold.fence .. 'markdown', '', fold.fence }
    chat.reasoning = chat.transcript:open(block, 3)
  end
  chat.transcript:grow(chat.reasoning, fold.within(params.delta))
end

function on.execCommandBegin(chat, params)
  settle(chat)
  answering(chat)
  local script = vim.split(shell(params.command), '\n', { plain = true })
  local lines = { fold.title('$ ' .. script[1] .. (#script > 1 and ' …' or '')), fold.fence .. 'console' }
  if #script > 1 then
    vim.list_extend(lines, script)
    table.insert(lines, '')
  end
  local grows = #lines + 1
  vim.list_extend(lines, { '', fold.fence, '*runs*' })
  local most = require('tiro.config').get().chat.output_lines
  local block = chat.transcript:open(lines, grows, most)
  local last = vim.api.nvim_buf_line_count(chat.buffer) - 1
  chat.commands[params.call_id] = {
    block = block,
    ending = chat.transcript:mark(last, 0, false),
    began = vim.uv.now(),
  }
end

function on.execCommandOutputDelta(chat, params)
  local command = chat.commands[params.call_id]
  if command then
    command.heard = true
    local text = params.chunk:gsub('\r\n', '\n'):gsub('\27%[[%d;?]*[A-Za-z]', ''):gsub('%z', '')
    chat.transcript:grow(command.block, fold.within(text))
  end
end

---@param milliseconds integer
---@return string
local function elapsed(milliseconds)
  if milliseconds < 1000 then
    return milliseconds .. ' ms'
  elseif milliseconds < 60000 then
    return ('%.1f s'):format(milliseconds / 1000)
  end
  return ('%d min %d s'):format(math.floor(milliseconds / 60000), math.floor(milliseconds % 60000 / 1000))
end

---@param chat tiro.Chat
---@param command tiro.Command
---@param how string
local function finish(chat, command, how)
  local transcript = chat.transcript
  transcript:flush()
  if command.block.cut > 0 then
    how = ('%s · the first %d lines are not shown'):format(how, command.block.cut)
  end
  transcript:change(function()
    -- An output ends with a line; its end is none.
    local row = transcript:at(command.block.tail)
    local text = vim.api.nvim_buf_get_lines(chat.buffer, row, row + 1, true)[1]
    if text == '' then
      vim.api.nvim_buf_set_lines(chat.buffer, row, row + 1, true, {})
    end
    local ending = transcript:at(command.ending)
    vim.api.nvim_buf_set_lines(chat.buffer, ending, ending + 1, true, { '*' .. how .. '*' })
  end)
end

function on.execCommandEnd(chat, params)
  local command = chat.commands[params.call_id]
  if not command then
    return
  end
  if not command.heard then
    -- A session that is shown again has no pieces.
    on.execCommandOutputDelta(chat, { call_id = params.call_id, chunk = params.stdout .. params.stderr })
  end
  chat.commands[params.call_id] = nil
  local how = ('exit code %d · %s'):format(params.exit_code, elapsed(vim.uv.now() - command.began))
  if params.denial and params.denial ~= vim.NIL then
    how = ('%s · %s'):format(how, params.denial:gsub('%s+', ' '))
  end
  finish(chat, command, how)
end

---@param change any a `FileChange`
---@return string
---@return string[]
local function diff_of(change)
  if change == 'delete' then
    return 'deleted', {}
  elseif change.add then
    local lines = vim.split(change.add.content, '\n', { plain = true })
    return 'new', vim.tbl_map(function(line)
      return '+' .. line
    end, lines)
  end
  return 'changed', vim.split(change.update.unified_diff, '\n', { plain = true, trimempty = true })
end

---@param chat tiro.Chat
---@param changes table<string, any>
local function show_changes(chat, changes)
  answering(chat)
  local paths = vim.tbl_keys(changes)
  table.sort(paths)
  for _, path in ipairs(paths) do
    local what, lines = diff_of(changes[path])
    local name = buffers.short(path, chat.session.root)
    local text = vim.split(fold.within(table.concat(lines, '\n')), '\n', { plain = true })
    local block = { fold.title(('%s (%s)'):format(name, what)), fold.fence .. 'diff' }
    chat.transcript:append(vim.list_extend(vim.list_extend(block, text), { fold.fence }))
  end
end

function on.applyPatchApprovalRequest(chat, params)
  settle(chat)
  show_changes(chat, params.changes)
  chat.asked = params.call_id
end

function on.patchApplyBegin(chat, params)
  if chat.asked ~= params.call_id then
    settle(chat)
    show_changes(chat, params.changes)
  end
  chat.asked = nil
end

---@param proposal? tiro.Proposal
---@return integer hunks
---@return table<string, integer> how many of them are in each state
local function tally(proposal)
  local all, of = 0, { accepted = 0, rejected = 0, conflict = 0, pending = 0 }
  for _, file in ipairs(proposal and proposal.files or {}) do
    for _, hunk in ipairs(file.hunks) do
      all = all + 1
      of[hunk.state] = of[hunk.state] + 1
    end
  end
  return all, of
end

function on.proposalUpdated(chat, params)
  local all, of = tally(params.proposal)
  if not params.proposal.open and all > 0 and of.rejected == all then
    M.notice(chat.session, 'not applied: you rejected all of it')
  end
end

--- How much of a patch was made. What the server says of it is for the model.
---@param proposal? tiro.Proposal
---@return string
local function applied(proposal)
  local all, of = tally(proposal)
  if of.rejected + of.conflict == 0 then
    return 'applied'
  end
  local text = ('applied %d of %d changes'):format(of.accepted, all)
  return of.conflict == 0 and text or ('%s; %d in conflict, see `:Tiro next`'):format(text, of.conflict)
end

function on.patchApplyEnd(chat, params)
  if params.success then
    local reviewed = chat.session.reviewed
    return M.notice(chat.session, applied(reviewed and reviewed.id == params.call_id and reviewed or nil))
  end
  local said = vim.trim(params.stderr ~= '' and params.stderr or params.stdout)
  M.notice(chat.session, 'not applied: ' .. said:gsub('\n', '; '))
end

function on.planUpdate(chat, params)
  settle(chat)
  answering(chat)
  local lines = markdown.plan(params.plan)
  local explanation = params.explanation
  if explanation and explanation ~= vim.NIL and explanation ~= '' then
    table.insert(lines, 1, (explanation:gsub('%s+', ' ')))
    table.insert(lines, 2, '')
  end
  chat.transcript:append(lines)
end

function on.backgroundEvent(chat, params)
  M.notice(chat.session, params.message)
end

function on.error(chat, params)
  settle(chat)
  local text = params.message:gsub('\n', ' ')
  chat.transcript:append({ '> **Error:** ' .. text })
  if not M.is_shown(chat.session) then
    require('tiro.session').notify(params.message, vim.log.levels.ERROR)
  end
end

--- What a task left open when it ended.
---@param chat tiro.Chat
---@param how string
local function close_all(chat, how)
  settle(chat)
  for id, command in pairs(chat.commands) do
    chat.commands[id] = nil
    finish(chat, command, how)
  end
end

function on.taskComplete(chat)
  close_all(chat, 'ended with the task')
  chat.transcript:flush()
end

--- An event of the session.
---@param session tiro.Session
---@param name string
---@param params table
function M.on_event(session, name, params)
  local show = on[name]
  if show then
    show(M.of(session), params)
  end
end

--- What a person said, as it was kept.
function on.userMessage(chat, params)
  M.said(chat.session, params.message)
end

--- Shows the talk of a session that goes on, instead of what is there.
---@param session tiro.Session
---@param resumed { events: { id: string, msg: table }[], model: string, cut?: integer }
function M.replay(session, resumed)
  local chat = M.of(session)
  close_all(chat, 'ended')
  chat.transcript:clear()
  chat.speaker = nil
  for _, event in ipairs(resumed.events) do
    local name = event.msg.type:gsub('_(%l)', string.upper)
    local show = on[name]
    if show then
      show(chat, event.msg)
    end
  end
  close_all(chat, 'ended with the session')
  M.notice(session, ('This goes on now. The model was %s.'):format(resumed.model))
end

--- The server is gone.
---@param session tiro.Session
function M.ended(session)
  local chat = chats[session.root]
  if chat and chat.transcript:is_there() then
    close_all(chat, 'the server ended')
  end
end

return M
