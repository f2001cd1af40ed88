--- `:Tiro`: its sub-commands, their completion, what each does.

local buffers = require('tiro.buffers')

local M = {}

---@class tiro.Arguments
---@field fargs string[]
---@field args string
---@field bang boolean
---@field range integer how many lines were given
---@field line1 integer
---@field line2 integer

---@param use fun(session: tiro.Session)
local function with(use)
  require('tiro.session').with(use)
end

--- The session that there is, or a word that there is none.
---@return tiro.Session?
local function current()
  local session = require('tiro.session').current()
  if not session then
    require('tiro.session').notify('it is not running here: `:Tiro ask` or `:Tiro chat` starts it')
  end
  return session
end

--- Shows text in a window of its own, not to be changed.
---@param name string
---@param text string
---@param filetype string
local function show(name, text, filetype)
  local session = require('tiro.session').current()
  require('tiro.review').leave_own()
  local lines = vim.split(vim.trim(text), '\n', { plain = true })
  local buffer = buffers.show('belowright new', name, lines, session and session.root)
  vim.bo[buffer].filetype = filetype
  vim.wo.linebreak = true
  vim.keymap.set('n', 'q', '<Cmd>close<CR>', { buffer = buffer, desc = 'Tiro: close' })
end

--- The lines that a question is about, quoted after it.
---@param session tiro.Session
---@param buffer integer
---@param first integer
---@param last integer
---@return string
local function quoted(session, buffer, first, last)
  if not buffers.is_file(buffer) then
    return ''
  end
  local name = vim.api.nvim_buf_get_name(buffer)
  name = buffers.short(vim.uv.fs_realpath(name) or name, session.root)
  local lines = vim.api.nvim_buf_get_lines(buffer, first - 1, last, false)
  local fence = '```'
  while table.concat(lines, '\n'):find(fence, 1, true) do
    fence = fence .. '`'
  end
  local where = first == last and ('line %d'):format(first) or ('lines %d to %d'):format(first, last)
  local code = table.concat(lines, '\n')
  return ('\n\n%s, %s:\n%s%s\n%s\n%s'):format(name, where, fence, vim.bo[buffer].filetype, code, fence)
end

---@type table<string, fun(arguments: tiro.Arguments, text: string)>
local commands = {}

function commands.ask(arguments, text)
  local buffer = vim.api.nvim_get_current_buf()
  local function ask(question)
    question = vim.trim(question or '')
    if question == '' then
      return
    end
    with(function(session)
      local about = arguments.range > 0 and quoted(session, buffer, arguments.line1, arguments.line2) or ''
      session:say({ { type = 'text', text = question .. about } })
      if not arguments.bang and not require('tiro.chat').is_shown(session) then
        local window = vim.api.nvim_get_current_win()
        require('tiro.chat').open(session)
        vim.api.nvim_set_current_win(window)
      end
    end)
  end
  if text ~= '' then
    return ask(text)
  end
  vim.ui.input({ prompt = 'Ask Tiro: ' }, ask)
end

function commands.chat(arguments)
  with(function(session)
    if arguments.bang then
      return require('tiro.chat').open(session)
    end
    require('tiro.chat').toggle(session)
  end)
end

--- Ends the task of a session, if one runs.
---@param session tiro.Session
function M.stop(session)
  if not session.running then
    return require('tiro.session').notify('no task runs')
  end
  session:request('interrupt', nil, function()
    require('tiro.chat.talk').notice(session, 'You ended the task.')
  end)
end

function commands.stop(arguments)
  local session = current()
  if not session then
    return
  elseif arguments.bang then
    return session:stop()
  end
  M.stop(session)
end

function commands.approvals()
  local session = current()
  if session and #session.approvals == 0 then
    return require('tiro.session').notify('nothing waits for an answer')
  elseif session then
    require('tiro.approvals').show(session, true)
  end
end

---@param arguments tiro.Arguments
---@param text string
---@param accept boolean
local function decide(arguments, text, accept)
  local session = current()
  if not session then
    return
  end
  local review = require('tiro.review')
  local buffer = vim.api.nvim_get_current_buf()
  if arguments.bang or text == 'all' then
    return review.decide(session, review.places(session), accept)
  end
  local first, last = arguments.line1, arguments.line2
  if text == 'file' then
    first, last = 1, math.huge
  elseif text ~= '' then
    return require('tiro.session').notify(
      ('there is no %q: nothing, file or all'):format(text),
      vim.log.levels.ERROR
    )
  elseif arguments.range == 0 then
    first = vim.api.nvim_win_get_cursor(0)[1]
    last = first
  end
  review.decide(session, review.within(session, buffer, first, last), accept)
end

function commands.accept(arguments, text)
  decide(arguments, text, true)
end

function commands.reject(arguments, text)
  decide(arguments, text, false)
end

function commands.next()
  local session = current()
  if session then
    require('tiro.review').jump(session, 1)
  end
end

function commands.previous()
  local session = current()
  if session then
    require('tiro.review').jump(session, -1)
  end
end

function commands.hunks()
  local session = current()
  if session then
    require('tiro.review').quickfix(session)
  end
end

function commands.diff(arguments)
  local session = current()
  if not session then
    return
  elseif not arguments.bang and require('tiro.review').count(session) > 0 then
    require('tiro.review.compare').open(session)
  elseif session.diff == '' then
    require('tiro.session').notify('no task has changed anything')
  else
    show('diff', session.diff, 'diff')
  end
end

function commands.plan()
  local session = current()
  if not session then
    return
  elseif #session.plan == 0 then
    return require('tiro.session').notify('there is no plan')
  end
  show('plan', table.concat(require('tiro.chat.markdown').plan(session.plan), '\n'), 'markdown')
end

for _, name in ipairs({ 'restore', 'grants' }) do
  commands[name] = function(_, text)
    local session = current()
    if session then
      require('tiro.choose')[name](session, text)
    end
  end
end

-- These make sense before anything was said.
for _, name in ipairs({ 'sessions', 'model' }) do
  commands[name] = function(_, text)
    with(function(session)
      require('tiro.choose')[name](session, text)
    end)
  end
end

--- Runs the program itself, and shows what it prints.
---@param arguments string[]
---@param use fun(result: vim.SystemCompleted)
local function run_binary(arguments, use)
  local path, problem = require('tiro.binary').find()
  if not path then
    return require('tiro.session').notify(problem or '', vim.log.levels.ERROR)
  end
  vim.system(vim.list_extend({ path }, arguments), { text = true, timeout = 20000 }, vim.schedule_wrap(use))
end

function commands.doctor()
  local root = require('tiro.server').root(vim.api.nvim_get_current_buf())
  run_binary({ 'doctor', '-C', root }, function(result)
    show('doctor', result.stdout .. result.stderr, 'text')
  end)
end

function commands.log()
  local path = vim.lsp.log and vim.lsp.log.get_filename and vim.lsp.log.get_filename()
    or vim.lsp.get_log_path()
  if not vim.uv.fs_stat(path) then
    return require('tiro.session').notify('nothing was logged yet')
  end
  vim.cmd('belowright split ' .. vim.fn.fnameescape(path))
  vim.cmd('normal! G')
end

--- The names, in the order of the help.
M.names = vim.tbl_keys(commands)
table.sort(M.names)

---@param arguments tiro.Arguments
function M.run(arguments)
  local name = arguments.fargs[1] or 'chat'
  local command = commands[name]
  if not command then
    return require('tiro.session').notify(
      ('there is no sub-command %s; there are %s'):format(name, table.concat(M.names, ', ')),
      vim.log.levels.ERROR
    )
  end
  command(arguments, (vim.trim((arguments.args:gsub('^%s*%S+', '', 1)))))
end

--- For the command line.
---@param lead string
---@param line string
---@return string[]
function M.complete(lead, line)
  local before = line:match('Tiro!?%s+(.*)$') or ''
  local name = before:match('^(%S+)%s')
  local choices = M.names
  if name == 'accept' or name == 'reject' then
    choices = { 'file', 'all' }
  elseif name then
    choices = {} ---@type string[]
  end
  return vim.tbl_filter(function(choice)
    return vim.startswith(choice, lead)
  end, choices)
end

return M
