--- The options: their defaults, their types, what is set. |tiro-options| says the
--- same in words, and a spec compares the two.

local M = {}

---@class tiro.Options
---@field server? tiro.Options.Server
---@field settings? table<string, any> settings over those of the files, see docs/configuration.md
---@field chat? tiro.Options.Chat
---@field approvals? tiro.Options.Approvals
---@field review? tiro.Options.Review
---@field diagnostics? tiro.Options.Diagnostics
---@field context? tiro.Options.Context

---@class tiro.Options.Server
---@field path? string the program, a name on the PATH or a path
---@field root_markers? string[] what marks the root of a project
---@field restart? boolean start again when it ended unasked

---@class tiro.Options.Chat
---@field position? 'right'|'left'|'bottom'|'top'|'tab' where the window opens
---@field size? number columns or lines; a part of the screen when it is below 1
---@field input_height? integer lines of the prompt
---@field output_lines? integer lines of a command's output that are shown

---@class tiro.Options.Approvals
---@field focus? 'chat'|'never' go into the window by itself: from the chat, or never
---@field border? string as for nvim_open_win()

---@class tiro.Options.Review
---@field inline? boolean show proposed changes in the buffers

---@class tiro.Options.Diagnostics
---@field severity? vim.diagnostic.SeverityFilter which of them the agent is told

---@class tiro.Options.Context
---@field recent? integer files that are named to the agent

local defaults = {
  server = { path = 'tiro', root_markers = { '.git', '.tiro' }, restart = true },
  settings = {},
  chat = { position = 'right', size = 0.4, input_height = 6, output_lines = 500 },
  approvals = { focus = 'chat', border = 'rounded' },
  review = { inline = true },
  diagnostics = { severity = { min = vim.diagnostic.severity.WARN } },
  context = { recent = 10 },
}

--- Tables that a person fills as they like.
local open = { settings = true, ['diagnostics.severity'] = true, ['server.root_markers'] = true }

--- What a value must be beyond the type of its default.
local checks = {
  ['chat.position'] = { 'right', 'left', 'bottom', 'top', 'tab' },
  ['approvals.focus'] = { 'chat', 'never' },
}

--- Types that are right although the default has another.
local also = {
  ['diagnostics.severity'] = { number = true, string = true },
  ['approvals.border'] = { table = true },
}

local current = vim.deepcopy(defaults)

---@param path string
---@param value any
---@param default any
---@return string? what is wrong
local function wrong(path, value, default)
  if type(value) ~= type(default) and not (also[path] and also[path][type(value)]) then
    return ('%s must be a %s, not %s'):format(path, type(default), vim.inspect(value))
  end
  local choices = checks[path]
  if choices and not vim.tbl_contains(choices, value) then
    return ('%s must be one of %s, not %s'):format(path, table.concat(choices, ', '), vim.inspect(value))
  end
  if type(value) == 'number' and type(default) == 'number' and not (value > 0 and value < math.huge) then
    return ('%s must be a number over 0, not %s'):format(path, value)
  end
end

---@param into table
---@param given table
---@param known table
---@param prefix string
---@param problems string[]
local function take(into, given, known, prefix, problems)
  local names = vim.tbl_keys(given)
  table.sort(names, function(a, b)
    return tostring(a) < tostring(b)
  end)
  for _, name in ipairs(names) do
    local path, value = prefix .. tostring(name), given[name]
    if known[name] == nil then
      table.insert(problems, ('there is no option %s'):format(path))
    else
      local problem = wrong(path, value, known[name])
      if problem then
        table.insert(problems, problem)
      elseif type(known[name]) == 'table' and not open[path] then
        take(into[name], value, known[name], path .. '.', problems)
      else
        into[name] = vim.deepcopy(value)
      end
    end
  end
end

---@param options? tiro.Options
function M.set(options)
  local problems = {} ---@type string[]
  current = vim.deepcopy(defaults)
  if options ~= nil and type(options) ~= 'table' then
    problems = { ('setup() takes a table, not %s'):format(vim.inspect(options)) }
  else
    take(current, options or {}, defaults, '', problems)
  end
  if #problems > 0 then
    local text = 'Tiro: ' .. table.concat(problems, '; ') .. ' (see :help tiro-options)'
    vim.notify(text, vim.log.levels.ERROR)
  end
end

---@return table
function M.get()
  return current
end

return M
