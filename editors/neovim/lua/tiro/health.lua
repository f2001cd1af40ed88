--- `:checkhealth tiro`.

local M = {}

--- How long `tiro doctor` may take: it starts commands in the sandbox.
local PATIENCE = 20000

--- What a program prints. `tiro doctor` ends with 1 when there is something to do.
---@param path string
---@param arguments string[]
---@return string output
---@return string problem what to say when the output is not what it should be
local function run(path, arguments)
  local ok, result = pcall(function()
    return vim.system(vim.list_extend({ path }, arguments), { text = true, timeout = PATIENCE }):wait()
  end)
  if not ok then
    return '', tostring(result)
  end
  -- Nothing comes back of one that is killed and leaves a child.
  if not result or (result.code == 124 and result.signal ~= 0) then
    return '', ('it took longer than %d s'):format(PATIENCE / 1000)
  end
  local problem = vim.trim(result.stderr)
  if problem == '' and result.signal ~= 0 then
    problem = ('it was ended by signal %d'):format(result.signal)
  elseif problem == '' then
    problem = ('it ended with %d and printed %q'):format(result.code, vim.trim(result.stdout))
  end
  return result.stdout, problem
end

---@param found table what `tiro doctor --json` prints
local function report(found)
  local health = vim.health
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

---@param path string
local function doctor(path)
  local output, problem = run(path, { 'doctor', '--json', '-C', assert(vim.uv.cwd()) })
  local ok, found = pcall(vim.json.decode, output, { luanil = { object = true } })
  if not ok then
    return vim.health.error('`tiro doctor` failed: ' .. problem)
  end
  -- A server of another version may say it in another way.
  if not pcall(report, found) then
    vim.health.error('what `tiro doctor` says cannot be read; `:Tiro doctor` shows it')
  end
end

--- Where the plugin is, which several places may have.
local function copies()
  local found = vim.tbl_map(function(file)
    return vim.fs.dirname(vim.fs.dirname(vim.fs.dirname(vim.fs.normalize(file))))
  end, vim.api.nvim_get_runtime_file('lua/tiro/version.lua', true))
  if #found > 1 then
    local others = table.concat(found, ' and ', 2)
    vim.health.warn(
      ('the plugin is %s, and %s too'):format(found[1], others),
      'keep one of them: the first in the runtime path is used'
    )
  else
    vim.health.ok(('the plugin is %s'):format(found[1] or 'not in the runtime path'))
  end
end

--- What this is for has other names in a Neovim that is too old.
---@param problem string
local function too_old(problem)
  local health = vim.health or require('health')
  local start, fail = health.start or health.report_start, health.error or health.report_error
  start('tiro')
  fail(problem)
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
  copies()
  local path, missing = require('tiro.binary').find()
  if not path then
    return health.error(missing or 'the server was not found', require('tiro.binary').remedies)
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
      'install the same of both: a release archive has both, and so has a checkout'
    )
  end
  doctor(path)
end

return M
