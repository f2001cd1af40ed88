--- What waits for the person: a window that shows one question whole, with what
--- each answer covers, and the keys that answer. It comes up beside what the person
--- does and never takes the cursor while they type.

local buffers = require('tiro.buffers')
require('tiro.highlight')

local M = {}

local namespace = vim.api.nvim_create_namespace('tiro.approvals')

---@class tiro.Float
---@field buffer integer
---@field window? integer
---@field at integer index of the question that is shown

local floats = {} ---@type table<string, tiro.Float>

local permissions = {
  ['disk-full-read-access'] = 'reading every file',
  ['disk-write-platform-user-temp-folder'] = 'a temporary directory',
  ['disk-write-platform-global-temp-folder'] = 'the shared temporary directory',
  ['disk-write-cwd'] = 'writing the workspace',
  ['disk-full-write-access'] = 'writing every file',
  ['network-full-access'] = 'the network',
}

---@param permission any
---@return string
local function named(permission)
  local folder = type(permission) == 'table' and permission['disk-write-folder']
  return folder and 'writing ' .. folder.folder or permissions[permission] or vim.inspect(permission)
end

--- What each answer to a question does, in words: those that can be given.
---@param approval tiro.Approval
---@return { key: string, decision: string, text: string }[]
function M.answers(approval)
  local once, always, deny
  if approval.kind == 'message' then
    local answers = {}
    for index, action in ipairs(approval.actions) do
      table.insert(answers, { key = tostring(index), decision = action.title, text = action.title })
    end
    return answers
  elseif approval.kind == 'patch' then
    once, deny = 'apply the changes that are not rejected', "don't apply them"
    always = approval.grant_root
      and ('apply them, and for the session allow changes of every file in %s, and commands to write there'):format(
        approval.grant_root
      )
  elseif approval.unsandboxed then
    once = 'run it without the sandbox'
    always = 'always run this very command in this very directory without the sandbox'
    deny = "don't run it"
  elseif #approval.permissions > 0 then
    local what = table.concat(vim.tbl_map(named, approval.permissions), ' and ')
    once = ('allow %s this once'):format(what)
    always = ('allow %s to every command of the session'):format(what)
    deny = "don't allow it"
  else
    once = 'run it once, in the sandbox'
    always = 'run this very command in this very directory without asking, in the sandbox, for the session'
    deny = "don't run it"
  end
  local answers = { { key = 'a', decision = 'approved', text = once } }
  if always then
    table.insert(answers, { key = 'A', decision = 'approved_for_session', text = always })
  end
  table.insert(answers, { key = 'd', decision = 'denied', text = deny })
  return answers
end

---@param text string
---@param width integer
---@return string[]
local function wrapped(text, width)
  local lines = {}
  for _, paragraph in ipairs(vim.split(text, '\n', { plain = true })) do
    local line = ''
    for word in paragraph:gmatch('%S+') do
      if line ~= '' and vim.fn.strdisplaywidth(line .. ' ' .. word) > width then
        table.insert(lines, line)
        line = word
      else
        line = line == '' and word or line .. ' ' .. word
      end
    end
    table.insert(lines, line)
  end
  return lines
end

--- What a question is about, in a line.
---@param session tiro.Session
---@param approval tiro.Approval
---@return string
function M.subject(session, approval)
  if approval.kind == 'exec' then
    return '$ ' .. (require('tiro.shell').line(approval.command):gsub('\n.*', ' …'))
  elseif approval.kind == 'message' then
    return (approval.reason:gsub('%s+', ' '))
  end
  local names = vim.tbl_map(function(path)
    return buffers.short(path, session.root)
  end, approval.files)
  return table.concat(names, ', ')
end

--- The lines of a question, and which groups they are shown in.
---@param session tiro.Session
---@param approval tiro.Approval
---@param index integer
---@param width integer
---@return string[] lines
---@return { [1]: integer, [2]: string }[] row (0-based) and highlight group
function M.lines(session, approval, index, width)
  local lines, marks = {}, {}
  local function add(text, group)
    table.insert(lines, text)
    if group then
      table.insert(marks, { #lines - 1, group })
    end
  end
  local function labelled(label, text)
    for row, line in ipairs(wrapped(text, width - 8)) do
      add((row == 1 and '%-7s %s' or '%7s %s'):format(row == 1 and label or '', line))
    end
  end
  if approval.kind == 'message' then
    for _, line in ipairs(wrapped(approval.reason, width)) do
      add(line)
    end
  elseif approval.kind == 'exec' then
    local script = vim.split(require('tiro.shell').line(approval.command), '\n', { plain = true })
    for row, line in ipairs(script) do
      add((row == 1 and '$ ' or '  ') .. line, 'TiroCommand')
    end
    add('')
    labelled('in', approval.cwd)
  else
    for _, path in ipairs(approval.files) do
      add(buffers.short(path, session.root), 'TiroCommand')
    end
    add('')
    labelled('review', 'the changes are shown in the files; `:Tiro next` goes to the first')
  end
  if approval.reason and approval.kind ~= 'message' then
    labelled('why', approval.reason)
  end
  add('')
  for _, answer in ipairs(M.answers(approval)) do
    for row, line in ipairs(wrapped(answer.text, width - 8)) do
      add(('%-7s %s'):format(row == 1 and answer.key or '', line), row == 1 and 'TiroKey' or nil)
    end
  end
  add(('%-7s %s'):format('q', 'later: `:Tiro approvals` shows it again'), 'TiroKey')
  if #session.approvals > 1 then
    add(('%-7s %s'):format('<Tab>', 'the next question'), 'TiroKey')
  end
  if #session.approvals > 1 then
    add('')
    for at, other in ipairs(session.approvals) do
      local what = M.subject(session, other)
      add((at == index and '> ' or '  ') .. what, at == index and 'TiroKey' or 'Comment')
    end
  end
  return lines, marks
end

--- Where commands are typed, or text: there the cursor stays.
---@return boolean
local function is_typing()
  local mode = vim.api.nvim_get_mode().mode
  return not mode:match('^n') or mode == 'no' or vim.fn.getcmdwintype() ~= ''
end

---@param session tiro.Session
---@return tiro.Float
local function float_of(session)
  local float = floats[session.root]
  if float and vim.api.nvim_buf_is_valid(float.buffer) then
    return float
  end
  local buffer = vim.api.nvim_create_buf(false, true)
  buffers.own(buffer, session.root, 'hide')
  vim.bo[buffer].filetype = 'tiroapproval'
  float = { buffer = buffer, at = 1 }
  floats[session.root] = float
  local function map(keys, act, desc)
    vim.keymap.set('n', keys, act, { buffer = buffer, nowait = true, desc = 'Tiro: ' .. desc })
  end
  for key, decision in pairs({ a = 'approved', A = 'approved_for_session', d = 'denied' }) do
    map(key, function()
      M.decide(session, decision, float.at)
    end, decision)
  end
  for index = 1, 9 do
    map(tostring(index), function()
      local approval = session.approvals[float.at]
      local action = approval and approval.kind == 'message' and approval.actions[index]
      if action then
        M.decide(session, action.title, float.at)
      end
    end, 'answer ' .. index)
  end
  local function other(step)
    return function()
      float.at = (float.at - 1 + step) % math.max(#session.approvals, 1) + 1
      M.show(session, false)
    end
  end
  map('<Tab>', other(1), 'next question')
  map('<S-Tab>', other(-1), 'question before')
  map('q', function()
    M.hide(session)
  end, 'later')
  map('<Esc>', function()
    M.hide(session)
  end, 'later')
  return float
end

---@param float tiro.Float
---@return boolean
local function is_shown(float)
  return float.window ~= nil and vim.api.nvim_win_is_valid(float.window)
end

local titles = { exec = 'run a command?', patch = 'change files?', message = 'a question' }

--- Shows what waits. The cursor goes there only if `enter` says so.
---@param session tiro.Session
---@param enter boolean
function M.show(session, enter)
  if #session.approvals == 0 then
    return M.hide(session)
  end
  local float = float_of(session)
  float.at = math.min(math.max(float.at, 1), #session.approvals)
  local approval = session.approvals[float.at]
  local width = math.max(math.min(vim.o.columns - 8, 88), 20)
  local lines, marks = M.lines(session, approval, float.at, width)
  vim.bo[float.buffer].modifiable = true
  vim.api.nvim_buf_set_lines(float.buffer, 0, -1, true, lines)
  vim.bo[float.buffer].modifiable = false
  vim.api.nvim_buf_clear_namespace(float.buffer, namespace, 0, -1)
  for _, mark in ipairs(marks) do
    local group, last = mark[2], #lines[mark[1] + 1]
    local to = group == 'TiroKey' and math.min(7, last) or last
    vim.api.nvim_buf_set_extmark(float.buffer, namespace, mark[1], 0, { end_col = to, hl_group = group })
  end
  local height = 0
  for _, line in ipairs(lines) do
    height = height + math.max(1, math.ceil(vim.fn.strdisplaywidth(line) / width))
  end
  height = math.max(1, math.min(height, vim.o.lines - 6))
  local what = titles[approval.kind]
  local count = #session.approvals > 1 and (' (%d of %d)'):format(float.at, #session.approvals) or ''
  local config = {
    relative = 'editor',
    width = width,
    height = height,
    row = math.max(0, vim.o.lines - height - 5),
    col = math.max(0, math.floor((vim.o.columns - width) / 2) - 1),
    style = 'minimal',
    border = require('tiro.config').get().approvals.border,
    title = (' Tiro: %s%s '):format(what, count),
    title_pos = 'left',
    zindex = 60,
  }
  if is_shown(float) then
    vim.api.nvim_win_set_config(float.window, config)
  else
    config.noautocmd = true
    float.window = vim.api.nvim_open_win(float.buffer, false, config)
    vim.wo[float.window].wrap = true
    vim.wo[float.window].linebreak = true
  end
  if enter and not is_typing() then
    vim.api.nvim_set_current_win(float.window)
  end
end

---@param session tiro.Session
function M.hide(session)
  local float = floats[session.root]
  if float and is_shown(float) then
    vim.api.nvim_win_close(float.window, true)
    float.window = nil
  end
end

--- What waits is no longer the same.
---@param session tiro.Session
function M.changed(session)
  if vim.v.exiting ~= vim.NIL then
    return
  end
  local options = require('tiro.config').get().approvals
  local current = vim.api.nvim_get_current_buf()
  local is_chat = vim.bo[current].filetype == 'tiro' and vim.b[current].tiro_root == session.root
  local float = floats[session.root]
  local is_in = float ~= nil and is_shown(float) and vim.api.nvim_get_current_win() == float.window
  M.show(session, is_in or (options.focus == 'chat' and is_chat))
end

--- Answers one question: the one at this index, or the first.
---@param session tiro.Session
---@param decision string 'approved', 'approved_for_session', 'denied', 'abort', or the title of an answer
---@param index? integer
function M.decide(session, decision, index)
  local approval = session.approvals[index or 1]
  if not approval then
    return require('tiro.session').notify('nothing waits for an answer')
  end
  local offered = vim.tbl_map(function(answer)
    return answer.decision
  end, M.answers(approval))
  if decision ~= 'abort' and not vim.tbl_contains(offered, decision) then
    local keys = vim.tbl_map(function(answer)
      return answer.key
    end, M.answers(approval))
    return require('tiro.session').notify('this question is answered by ' .. table.concat(keys, ', '))
  end
  if approval.kind == 'message' then
    approval.choice = decision
    require('tiro.events').answered(session, approval.id)
    return session:changed()
  end
  local op = approval.kind == 'exec' and 'execApproval' or 'patchApproval'
  session:request(op, { id = approval.id, decision = decision }, function()
    require('tiro.events').answered(session, approval.id)
    -- What runs is shown by its own events; of what does not there is no other trace.
    if decision == 'denied' then
      local what = (approval.kind == 'exec' and '' or 'changes of ') .. M.subject(session, approval)
      require('tiro.chat.talk').notice(session, 'You did not allow ' .. what)
    end
    session:changed()
  end)
end

return M
