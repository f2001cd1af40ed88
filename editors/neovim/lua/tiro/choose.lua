--- What is chosen from a list of the server's: a task to go back to, a grant to take
--- back, a session to go on with, a model.

local short = require('tiro.buffers').short

local M = {}

---@param milliseconds integer
---@return string
local function when(milliseconds)
  return tostring(os.date('%Y-%m-%d %H:%M', math.floor(milliseconds / 1000)))
end

---@param session tiro.Session
---@param checkpoint string
---@param paths? string[]
local function restore(session, checkpoint, paths)
  local params = { checkpoint = checkpoint, paths = paths }
  session:ask_for('restore', params, 'restoreEnd', function(ended)
    local words = {}
    for _, kind in ipairs({ 'restored', 'merged' }) do
      local names = vim.tbl_map(function(path)
        return short(path, session.root)
      end, ended[kind])
      if #names > 0 then
        table.insert(words, ('%s: %s'):format(kind, table.concat(names, ', ')))
      end
    end
    for _, refused in ipairs(ended.refused) do
      table.insert(words, ('%s: %s'):format(short(refused.path, session.root), refused.reason))
    end
    local text = ended.success and 'went back' or 'nothing was restored'
    text = #words > 0 and ('%s. %s'):format(text, table.concat(words, '; ')) or text
    require('tiro.session').notify(text, ended.success and vim.log.levels.INFO or vim.log.levels.ERROR)
    require('tiro.chat.talk').notice(session, text)
  end)
end

--- Goes back to before a task: the one with this id, or one that is chosen.
---@param session tiro.Session
---@param text string
function M.restore(session, text)
  session:ask_for('checkpoints', {}, 'checkpointList', function(params)
    local list = {}
    for index = #params.checkpoints, 1, -1 do
      table.insert(list, params.checkpoints[index])
    end
    if #list == 0 then
      return require('tiro.session').notify('no task has changed anything yet')
    end
    for _, checkpoint in ipairs(list) do
      if checkpoint.id == text then
        return restore(session, text)
      end
    end
    vim.ui.select(list, {
      prompt = 'Go back to before which task?',
      kind = 'tiro.checkpoint',
      format_item = function(checkpoint)
        local count = #checkpoint.files
        local files = count == 1 and short(checkpoint.files[1].path, session.root) or count .. ' files'
        return ('%s  %s (%s)'):format(when(checkpoint.time), checkpoint.title, files)
      end,
    }, function(checkpoint)
      if checkpoint then
        restore(session, checkpoint.id)
      end
    end)
  end)
end

---@param grant table
---@return string
local function granted(grant)
  if grant.type == 'command' then
    local how = grant.unsandboxed and ', without the sandbox' or ''
    return ('run `%s` in %s%s'):format(require('tiro.shell').line(grant.command), grant.cwd, how)
  elseif grant.type == 'folder' then
    return 'change files in ' .. grant.path
  elseif grant.type == 'file' then
    return 'change ' .. grant.path
  elseif grant.type == 'network' then
    return 'use the network'
  elseif grant.type == 'read' then
    return 'read every file'
  end
  return vim.inspect(grant)
end

--- What is allowed for the session; what is chosen is taken back.
---@param session tiro.Session
function M.grants(session)
  session:ask_for('listGrants', {}, 'grantList', function(params)
    if #params.grants == 0 then
      return require('tiro.session').notify('nothing is allowed for the session')
    end
    vim.ui.select(params.grants, {
      prompt = 'Allowed for the session; take which back?',
      kind = 'tiro.grant',
      format_item = granted,
    }, function(grant)
      if grant then
        session:ask_for('revokeGrant', { grant = grant }, 'grantList', function()
          require('tiro.session').notify('this is no longer allowed')
        end)
      end
    end)
  end)
end

--- Goes on with a session: the one with this id, or one that is chosen.
---@param session tiro.Session
---@param text string
function M.sessions(session, text)
  if text ~= '' then
    return session:resume(text)
  end
  session:ask_for('listSessions', {}, 'sessionList', function(params)
    local others = vim.tbl_filter(function(other)
      return other.id ~= session.session_id
    end, params.sessions)
    if #others == 0 then
      return require('tiro.session').notify('there is no earlier session of this project')
    end
    vim.ui.select(others, {
      prompt = 'Go on with which session?',
      kind = 'tiro.session',
      format_item = function(other)
        local turns = other.turns == 1 and '1 turn' or other.turns .. ' turns'
        return ('%s  %s (%s, %s)'):format(when(other.time), other.title, turns, other.model)
      end,
    }, function(other)
      if other then
        session:resume(other.id)
      end
    end)
  end)
end

--- Another model for the session, which keeps what was said.
---@param session tiro.Session
---@param text string
function M.model(session, text)
  local function use(model)
    session:execute('tiro.model', { { model = model } })
  end
  if text ~= '' then
    return use(text)
  end
  session:request('models', nil, function(answer)
    if #answer.models == 0 then
      return require('tiro.session').notify(
        answer.provider .. ' lists no models; `:Tiro model NAME` takes one'
      )
    end
    vim.ui.select(answer.models, {
      prompt = ('Which model of %s?'):format(answer.provider),
      kind = 'tiro.model',
      format_item = function(model)
        return model == answer.current and model .. ' (now)' or model
      end,
    }, function(model)
      if model then
        use(model)
      end
    end)
  end)
end

return M
