--- `:checkhealth tiro`.

local M = {}

--- What a program prints. `tiro doctor` ends with 1 when there is something to do.
---@param path string
---@param arguments string[]
---@return string output
---@return string problem
local function run(path, arguments)
  local ok, result = pcall(function()
    return vim.system(vim.list_extend({ path }, arguments), { text = true, timeout = 20000 }):wait()
  end)
  if not ok then
    return '', tostring(result)
  end
  local problem = vim.trim(result.stderr)
  return result.stdout, problem ~= '' and problem or ('it ended with %d'):format(result.code)
end

---@param path string
local function doctor(path)
  local health = vim.health
  local output, problem = run(path, { 'doctor', '--json', '-C', assert(vim.uv.cwd()) })
  local ok, found = pcall(vim.json.decode, output, { luanil = { object = true } })
  if not ok then
    return health.error('`tiro doctor` failed: ' .. problem)
  end
  health.start('tiro: sandbox')
  local missing = vim.tbl_map(function(part)
    return ('%s: %s; %s'):format(part.protection, part.consequence, part.remedy)
  end, found.sandbox.missing)
  if found.sandbox.level == 'full' then
    health.ok('full: every protection is in force')
  elseif found.sandbox.level == 'degraded' then
    health.warn('degraded: some protections are missing', missing)
  else
    health.error('none: commands are refused', missing)
  end
  health.start('tiro: model')
  for _, warning in ipairs(found.config.warnings) do
    health.warn(warning)
  end
  local provider = found.provider
  if found.config.error then
    health.error(found.config.error)
  elseif provider and provider.name then
    health.ok(('%s at %s'):format(provider.name, provider.base_url))
  else
    health.error(provider and provider.error or 'no provider', found.next)
  end
end

--- What this is for has other names in a Neovim that is too old.
---@param problem string
local function too_old(problem)
  local health = vim.health or require('health')
  local start, report = health.start or health.report_start, health.error or health.report_error
  start('tiro')
  report(problem)
end

function M.check()
  local problem = require('tiro.needs').problem()
  if problem then
    return too_old(problem)
  end
  local health = vim.health
  health.start('tiro')
  health.ok(('Neovim %s'):format(tostring(vim.version())))
  local ok = pcall(vim.treesitter.get_string_parser, '', 'markdown')
  if ok then
    health.ok('the parser for Markdown is there')
  else
    health.warn('there is no parser for Markdown: chats are highlighted by its syntax file instead')
  end
  local path, missing = require('tiro.binary').find()
  if not path then
    return health.error(missing or 'the server was not found')
  end
  health.ok('the server is ' .. path)
  local output, why = run(path, { '--version' })
  local version = output:match('(%d+%.%d+%.%d+%S*)')
  local mine = require('tiro.version')
  if not version then
    return health.error('its version could not be read: ' .. why)
  elseif version == mine then
    health.ok(('server and plugin have the version %s'):format(version))
  else
    health.warn(
      ('the server has the version %s, the plugin %s'):format(version, mine),
      'install the same of both'
    )
  end
  doctor(path)
end

return M
