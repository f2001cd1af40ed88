--- What other configuration calls. Nothing has to be: see |tiro|.

local M = {}

--- Sets options. What is missing keeps its default; what is unknown or of the
--- wrong type is named in one message and left out.
---@param options? tiro.Options
function M.setup(options)
  -- A Neovim that is too old hears of it when Tiro is used.
  if require('tiro.needs').problem() then
    return
  end
  require('tiro.config').set(options)
end

--- Asks the agent, or says something to the task that runs. Starts the server.
---@param text string
function M.ask(text)
  if require('tiro.needs').problem() then
    return require('tiro.needs').tell()
  end
  require('tiro.session').with(function(session)
    session:say({ { type = 'text', text = text } })
  end)
end

--- What goes on, for a status line: empty where there is no session.
---@return string
function M.statusline()
  if not package.loaded['tiro.session'] then
    return ''
  end
  return require('tiro.status').text()
end

return M
