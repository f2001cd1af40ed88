--- One session a root: its client, which comes and goes, and what is known of it.
--- What its events mean is in tiro.events; what is shown, in the views.

local M = {}

---@class tiro.Session
---@field root string
---@field client_id? integer
---@field state 'starting'|'ready'|'ended'
---@field running boolean whether a task runs
---@field model? string
---@field provider? string
---@field approvals tiro.Approval[] what waits for the person, oldest first
---@field proposals table<string, tiro.Proposal> those that are open, by id
---@field reviewed? tiro.Proposal the one that changed last, which may be closed
---@field plan tiro.PlanItem[]
---@field diff string what the task, or the last one, has changed
---@field tokens? table
---@field sent integer submissions so far
---@field started integer how often the server was started in a row without being ready for long
---@field stopping boolean the person wants the server to end
---@field waiting table<string, fun(event: string, params: table)> by submission
---@field queue fun()[] what waits for the server to be ready
---@field session_id? string under which it can be resumed
---@field broken? string the session that a server failed in, until it goes on
local Session = {}
Session.__index = Session

local by_root = {} ---@type table<string, tiro.Session>

local has_methods = vim.fn.has('nvim-0.11') == 1

--- How long a server has to live for its end to be the first of a new row.
local LONG = 60000
--- After which time a server that has not answered is said to be slow.
local SLOW = 10000
local DELAYS = { 500, 1000, 2000, 4000, 8000 }

---@param text string
---@param level? integer
function M.notify(text, level)
  vim.notify('Tiro: ' .. text, level or vim.log.levels.INFO)
end

---@param root string
---@return tiro.Session
local function new(root)
  return setmetatable({
    root = root,
    state = 'ended',
    running = false,
    approvals = {},
    proposals = {},
    plan = {},
    diff = '',
    sent = 0,
    started = 0,
    stopping = false,
    waiting = {},
    queue = {},
  }, Session)
end

---@return tiro.Session[]
function M.all()
  return vim.tbl_values(by_root)
end

---@param client_id integer
---@return tiro.Session?
function M.of_client(client_id)
  for _, session in pairs(by_root) do
    if session.client_id == client_id then
      return session
    end
  end
end

--- The session of a buffer: that of a chat, of a file below its root, or else the
--- only one there is. None is started.
---@param buffer? integer
---@return tiro.Session?
function M.current(buffer)
  buffer = buffer or vim.api.nvim_get_current_buf()
  local root = vim.b[buffer].tiro_root
  if root then
    return by_root[root]
  end
  local session = by_root[require('tiro.server').root(buffer)]
  if session or vim.tbl_count(by_root) ~= 1 then
    return session
  end
  if not require('tiro.buffers').is_file(buffer) then
    return select(2, next(by_root))
  end
end

--- Calls back with the session of the current buffer, which is started if there is
--- none; not at all when it cannot be, which is said.
---@param use fun(session: tiro.Session)
function M.with(use)
  local session = M.current()
  if not session then
    local root = require('tiro.server').root(vim.api.nvim_get_current_buf())
    session = new(root)
    by_root[root] = session
  end
  session:ready(function()
    use(session)
  end)
end

---@return vim.lsp.Client?
function Session:client()
  return self.client_id and vim.lsp.get_client_by_id(self.client_id)
end

--- Calls back when the server is there.
---@param use fun()
function Session:ready(use)
  if self.state == 'ready' and not self.broken then
    return use()
  end
  table.insert(self.queue, use)
  if self.state == 'ended' then
    self:start()
  end
end

function Session:start()
  self.state = 'starting'
  self.stopping = false
  local client_id, problem = require('tiro.server').start(self.root)
  if not client_id then
    self.state = 'ended'
    self.queue = {}
    return M.notify(problem or 'the server could not be started', vim.log.levels.ERROR)
  end
  self.client_id = client_id
  self:changed()
  vim.defer_fn(function()
    if self.client_id == client_id and self.state == 'starting' then
      M.notify('the server does not answer yet; `:Tiro log` may say why', vim.log.levels.WARN)
    end
  end, SLOW)
end

--- Ends the server.
function Session:stop()
  self.stopping = true
  self.queue = {}
  local client = self:client()
  if not client then
    return
  end
  if has_methods then
    return client:stop()
  end
  client.stop()
end

--- Something changed that a status line shows.
function Session:changed()
  require('tiro.status').update()
end

---@param client vim.lsp.Client
---@param method string
---@param params table
---@param on_answer fun(err?: lsp.ResponseError, result: any)
---@return boolean whether it was sent
local function send(client, method, params, on_answer)
  if has_methods then
    return (client:request(method, params, on_answer))
  end
  return (client.request(method, params, on_answer))
end

--- Sends an op; its answer goes to `answer`, an error is said.
---@param op string in camelCase
---@param params? table
---@param answer? fun(result: table)
---@param failed? fun(message: string) instead of saying the error
function Session:request(op, params, answer, failed)
  local client = self:client()
  if not client or self.state ~= 'ready' then
    return M.notify('the server is not running: `:Tiro ask` starts it', vim.log.levels.ERROR)
  end
  params = params or vim.empty_dict()
  local function on_answer(err, result)
    if err then
      if failed then
        return failed(err.message)
      end
      M.notify(err.message, vim.log.levels.ERROR)
    elseif answer then
      answer(result)
    end
  end
  if not send(client, 'tiro/' .. op, params, on_answer) then
    M.notify('the server has ended: `:Tiro ask` starts it again', vim.log.levels.ERROR)
  end
end

--- Sends an op that an event answers.
---@param op string
---@param params table
---@param event string the event, as in `checkpointList`
---@param use fun(params: table)
---@param failed? fun(message: string) instead of saying the error
function Session:ask_for(op, params, event, use, failed)
  self.sent = self.sent + 1
  local id = ('nvim-%d'):format(self.sent)
  self.waiting[id] = function(name, answer)
    if name == event then
      self.waiting[id] = nil
      use(answer)
    elseif name == 'error' then
      self.waiting[id] = nil
      if failed then
        failed(answer.message)
      end
    end
  end
  params = vim.tbl_extend('force', params, { id = id })
  self:request(op, params, nil, function(message)
    self.waiting[id] = nil
    if failed then
      return failed(message)
    end
    M.notify(message, vim.log.levels.ERROR)
  end)
end

--- Runs a command of the server.
---@param command string
---@param arguments table[]
function Session:execute(command, arguments)
  local client = self:client()
  if client then
    local params = { command = command, arguments = arguments }
    send(client, 'workspace/executeCommand', params, function(err)
      if err then
        M.notify(err.message, vim.log.levels.ERROR)
      end
    end)
  end
end

--- Goes on with what was said in another session: the chat shows it.
---@param id string
---@param failed? fun(message: string)
function Session:resume(id, failed)
  self:ask_for('resumeSession', { session = id }, 'sessionResumed', function(params)
    self.session_id = params.session
    require('tiro.chat.talk').replay(self, params)
  end, failed)
end

--- Says something: begins a task, or steers the one that runs.
---@param items table[] `InputItem`s
---@param done? fun(ok: boolean) called when the server has it, or not
function Session:say(items, done)
  self:ready(function()
    local texts = {}
    for _, item in ipairs(items) do
      table.insert(texts, item.text or item.path)
    end
    local text = table.concat(texts, '\n')
    self:request('userInput', { items = items }, function()
      if done then
        done(true)
      end
    end, function(message)
      M.notify(message, vim.log.levels.ERROR)
      if done then
        done(false)
      end
    end)
    require('tiro.chat.talk').said(self, text)
  end)
end

--- The server has answered `initialize`.
---@param client vim.lsp.Client
---@param result lsp.InitializeResult
function M.on_init(client, result)
  local session = M.of_client(client.id)
  if not session then
    local root = client.root_dir or require('tiro.server').root(vim.api.nvim_get_current_buf())
    root = vim.uv.fs_realpath(root) or root
    session = by_root[root] or new(root)
    by_root[root] = session
    session.client_id = client.id
  end
  session.state = 'ready'
  session.since = vim.uv.now()
  local version = result.serverInfo and result.serverInfo.version
  local mine = require('tiro.version')
  if version ~= mine then
    M.notify(
      ('the server has the version %s and the plugin %s; install the same of both'):format(
        version or '?',
        mine
      ),
      vim.log.levels.WARN
    )
  end
  require('tiro.server').attach_all(client.id, session.root)
  -- After `initialized` is sent. What broke off goes on first.
  vim.schedule(function()
    if not session.broken then
      session:flush()
    end
    session:changed()
  end)
end

--- Does what waited for the server.
function Session:flush()
  self.broken = nil
  local queue = self.queue
  self.queue = {}
  for _, use in ipairs(queue) do
    use()
  end
end

--- The server has a model. Where the one before it failed, what was said goes on.
function Session:configured()
  if not self.broken then
    return
  end
  local id = self.broken
  local function go_on()
    self:flush()
  end
  self:ask_for('resumeSession', { session = id }, 'sessionResumed', function(params)
    self.session_id = params.session
    require('tiro.chat.talk').notice(self, 'What was said before is known again.')
    go_on()
  end, go_on)
end

--- The server has ended, whether it was asked to or not.
---@param client_id integer
---@param code integer
---@param signal integer
function M.on_exit(client_id, code, signal)
  vim.schedule(function()
    local session = M.of_client(client_id)
    if not session then
      return
    end
    require('tiro.server').detach_all(client_id)
    local was_running, was_ready = session.running, session.state == 'ready'
    session.client_id = nil
    session.state = 'ended'
    session.running = false
    session.waiting = {}
    local said = session.session_id
    session.session_id = nil
    require('tiro.events').ended(session)
    session:changed()
    if session.stopping or vim.v.exiting ~= vim.NIL then
      return
    end
    session.broken = session.broken or (was_ready and said or nil)
    session:ended_unasked(code, signal, was_running, was_ready)
  end)
end

---@param code integer
---@param signal integer
---@param was_running boolean
---@param was_ready boolean
function Session:ended_unasked(code, signal, was_running, was_ready)
  local how = signal ~= 0 and ('by signal %d'):format(signal) or ('with %d'):format(code)
  local ended = 'the server ended ' .. how
  local task = was_running and '; the task ended with it' or ''
  require('tiro.chat.talk').notice(self, ended .. task .. '.')
  if was_ready and vim.uv.now() - (self.since or 0) > LONG then
    self.started = 0
  end
  self.started = self.started + 1
  local delay = DELAYS[self.started]
  if not require('tiro.config').get().server.restart or not delay then
    self.queue = {}
    return M.notify(('%s; `:Tiro ask` starts it again'):format(ended), vim.log.levels.ERROR)
  end
  -- Short: what does not fit in a line has Neovim wait for a key while the person types.
  M.notify(('%s and starts again; see `:Tiro log`'):format(ended), vim.log.levels.WARN)
  vim.defer_fn(function()
    if self.state == 'ended' and not self.stopping then
      self:start()
    end
  end, delay)
end

--- An event of the server.
---@param client_id integer
---@param name string
---@param params table
function M.on_event(client_id, name, params)
  local session = M.of_client(client_id)
  if not session then
    return
  end
  local waiting = session.waiting[params.id]
  if waiting then
    waiting(name, params)
  end
  require('tiro.events').apply(session, name, params)
end

return M
