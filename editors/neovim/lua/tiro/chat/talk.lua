--- What is said and done, as the chat of a session shows it: what each event adds to
--- its text, in the order in which they came.

local buffers = require('tiro.buffers')
local fold = require('tiro.chat.fold')
local markdown = require('tiro.chat.markdown')
local shell = require('tiro.shell')
local windows = require('tiro.chat')

local M = {}

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
  local rows, open = markdown.fences(chat.transcript:trim(message))
  local first = chat.transcript:at(message.head)
  for _, row in ipairs(rows) do
    fold.hide_line(chat.buffer, first + row - 1)
  end
  -- Code that was never closed would swallow all that follows.
  if open then
    chat.transcript:grow(message, '\n' .. open)
    chat.transcript:write()
  end
end

--- Shows something after all that came before it.
---@param session tiro.Session
---@param show fun(chat: tiro.Chat)
local function in_turn(session, show)
  windows.of(session).transcript:after(function()
    -- Another one where the person has wiped the buffer.
    show(windows.of(session))
  end)
end

---@param chat tiro.Chat
---@param text string
local function said(chat, text)
  settle(chat)
  chat.speaker = 'you'
  chat.transcript:append(vim.list_extend({ '## You', '' }, vim.split(text, '\n', { plain = true })))
end

--- What the person said.
---@param session tiro.Session
---@param text string
function M.said(session, text)
  in_turn(session, function(chat)
    said(chat, text)
  end)
end

---@param chat tiro.Chat
---@param text string
local function notice(chat, text)
  settle(chat)
  local line = text:gsub('%s+', ' '):gsub('%*', '\\*')
  chat.transcript:append({ '*' .. line .. '*' })
end

--- A line of its own, in italics.
---@param session tiro.Session
---@param text string
function M.notice(session, text)
  in_turn(session, function(chat)
    notice(chat, text)
  end)
end

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
    on.agentMessageDelta(chat, { delta = params.message })
  end
  chat.transcript:next(function()
    settle(windows.of(chat.session))
  end)
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
  local script = vim.split(shell.line(params.command), '\n', { plain = true })
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
  transcript:write()
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
    notice(chat, 'not applied: you rejected all of it')
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
    return notice(chat, applied(reviewed and reviewed.id == params.call_id and reviewed or nil))
  end
  local why = vim.trim(params.stderr ~= '' and params.stderr or params.stdout)
  notice(chat, 'not applied: ' .. why:gsub('\n', '; '))
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
  notice(chat, params.message)
end

function on.error(chat, params)
  settle(chat)
  local text = params.message:gsub('\n', ' ')
  chat.transcript:append({ '> **Error:** ' .. text })
  if not windows.is_shown(chat.session) then
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
  chat.transcript:write()
end

--- What a person said, as it was kept.
function on.userMessage(chat, params)
  said(chat, params.message)
end

--- Whether an event is more of a text that grows: that need not wait for its turn.
---@param chat tiro.Chat
---@param name string
---@param params table
---@return boolean
local function is_more(chat, name, params)
  if name == 'agentMessageDelta' then
    return chat.message ~= nil
  elseif name == 'agentReasoningDelta' then
    return chat.reasoning ~= nil
  end
  return name == 'execCommandOutputDelta' and chat.commands[params.call_id] ~= nil
end

--- An event of the session.
---@param session tiro.Session
---@param name string
---@param params table
function M.on_event(session, name, params)
  local show = on[name]
  if not show then
    return
  end
  local chat = windows.of(session)
  if not chat.transcript:has_queue() and is_more(chat, name, params) then
    return show(chat, params)
  end
  in_turn(session, function(now)
    show(now, params)
  end)
end

--- Shows the talk of a session that goes on, instead of what is there.
---@param session tiro.Session
---@param resumed { events: { id: string, msg: table }[], model: string, cut?: integer }
function M.replay(session, resumed)
  local chat = windows.of(session)
  chat.transcript:clear()
  chat.message, chat.reasoning, chat.speaker, chat.commands = nil, nil, nil, {}
  for _, event in ipairs(resumed.events) do
    M.on_event(session, event.msg.type:gsub('_(%l)', string.upper), event.msg)
  end
  in_turn(session, function(now)
    close_all(now, 'ended with the session')
    notice(now, ('This goes on now. The model was %s.'):format(resumed.model))
  end)
end

--- The server is gone.
---@param session tiro.Session
function M.ended(session)
  if windows.has(session) then
    in_turn(session, function(now)
      close_all(now, 'the server ended')
    end)
  end
end

return M
