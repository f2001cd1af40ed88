--- A server in this process: it keeps what it is sent, answers at once, and sends
--- what a spec wants.

local M = {}

---@class Fake
---@field requests { method: string, params: table }[]
---@field notifications { method: string, params: table }[]
---@field refuse table<string, string> methods that are answered with this error
---@field version string
local Fake = {}
Fake.__index = Fake

---@param wanted string
---@return table[] the params of each such request, oldest first
function Fake:sent(wanted)
  local all = {}
  for _, request in ipairs(self.requests) do
    if request.method == 'tiro/' .. wanted then
      table.insert(all, request.params)
    end
  end
  return all
end

---@return table[] the params of each command that was run
function Fake:executed()
  local all = {}
  for _, request in ipairs(self.requests) do
    if request.method == 'workspace/executeCommand' then
      table.insert(all, request.params)
    end
  end
  return all
end

--- Sends an event.
function Fake:event(name, params)
  self.sequence = self.sequence + 1
  params = vim.tbl_extend('keep', params or {}, { id = 'task', seq = self.sequence })
  self.dispatchers.notification('tiro/' .. name, params)
end

--- Asks the client, and gives its answer.
function Fake:ask(method, params)
  return self.dispatchers.server_request(method, params)
end

--- Ends, as a program that fails does.
function Fake:die(code, signal)
  self.closing = true
  self.dispatchers.on_exit(code or 1, signal or 0)
  vim.wait(1000, function()
    return require('tiro.session').of_client(self.client_id) == nil
  end, 5)
end

function Fake:cmd()
  return function(dispatchers)
    self.dispatchers = dispatchers
    self.closing = false
    self.starts = self.starts + 1
    local id = 0
    return {
      request = function(method, params, answer)
        id = id + 1
        table.insert(self.requests, { method = method, params = params })
        local result = vim.empty_dict()
        if method == 'initialize' then
          result = {
            capabilities = { textDocumentSync = { openClose = true, change = 2, save = true } },
            serverInfo = { name = 'tiro', version = self.version },
          }
        elseif self.results[method] then
          result = self.results[method]
        elseif method:find('^tiro/') then
          result = { id = params.id or tostring(id) }
        end
        local problem = self.refuse[method]
        local answered = function()
          if problem then
            answer({ code = -32602, message = problem })
          else
            answer(nil, result)
          end
          if self.on[method] then
            self.on[method](params)
          end
        end
        if self.slow then
          table.insert(self.held, answered)
        else
          vim.schedule(answered)
        end
        return true, id
      end,
      notify = function(method, params)
        table.insert(self.notifications, { method = method, params = params })
        if method == 'exit' then
          self.closing = true
          dispatchers.on_exit(0, 0)
        end
        return true
      end,
      is_closing = function()
        return self.closing
      end,
      terminate = function()
        if not self.closing then
          self.closing = true
          dispatchers.on_exit(0, 15)
        end
      end,
    }
  end
end

--- Answers what was held back.
function Fake:release()
  self.slow = false
  for _, answer in ipairs(self.held) do
    vim.schedule(answer)
  end
  self.held = {}
end

---@return Fake
function M.new()
  return setmetatable({
    requests = {},
    notifications = {},
    refuse = {},
    on = {},
    results = {},
    held = {},
    slow = false,
    sequence = 0,
    starts = 0,
    version = require('tiro.version'),
  }, Fake)
end

return M
