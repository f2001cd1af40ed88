local stage = require('stage')

--- What :checkhealth says with this program as the server.
---@param script? string what it does, in shell; none when absent
local function checked(script)
  local it = stage.new()
  local path = it.root .. '/a program'
  if script then
    vim.fn.writefile(vim.split('#!/bin/sh\n' .. script, '\n', { plain = true }), path)
    assert(vim.uv.fs_chmod(path, 448))
  end
  require('tiro').setup({ server = { path = path } })
  require('tiro.binary').find = it.find
  vim.cmd('silent checkhealth tiro')
  local report = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, true), '\n')
  vim.cmd('silent bwipeout!')
  return report, path
end

---@param report string
---@param words string
local function has(report, words)
  assert.is_truthy(report:find(words, 1, true), words .. '\nis not in:\n' .. report)
end

--- A program that answers like the server, with this as what `tiro doctor` prints.
local function answers(version, doctor)
  local text = ([[case $1 in --version) echo tiro %s ;; *) cat <<'END'
%s
END
exit 1 ;; esac]]):format(version, doctor)
  return text
end

local well = {
  sandbox = { level = 'full', missing = {} },
  config = { warnings = {} },
  provider = { name = 'local', base_url = 'http://127.0.0.1:1' },
}

local function doctor(changes)
  return vim.json.encode(vim.tbl_deep_extend('force', well, changes or {}))
end

describe(':checkhealth', function()
  local mine = require('tiro.version')

  it('says that all is well', function()
    local report, path = checked(answers(mine, doctor()))
    has(report, 'the server is ' .. path)
    has(report, ('server and plugin have the version %s'):format(mine))
    has(report, 'full: every protection is in force')
    has(report, 'local at http://127.0.0.1:1')
    local plugin = vim.fs.dirname(vim.fs.dirname(vim.api.nvim_get_runtime_file('plugin/tiro.lua', false)[1]))
    has(report, 'the plugin is ' .. plugin)
    assert.is_nil(report:find('ERROR') or report:find('WARNING'), report)
  end)

  it('says what to do without a program', function()
    local report, path = checked()
    has(report, ('ERROR there is no %s: '):format(path))
    has(report, '- unpack the release archive, which has the program and the plugin')
    has(report, '- or run `cargo install --locked --path server` in a checkout of Tiro')
  end)

  it('names both versions when they differ, and what to do', function()
    local report = checked(answers('9.9.9', doctor()))
    has(report, ('WARNING the server has the version 9.9.9, the plugin %s'):format(mine))
    has(report, 'install the same of both')
    has(report, 'full: every protection is in force')
  end)

  it('says why a program does not start', function()
    has(checked('echo "libfoo.so.1 is missing" >&2; exit 127'), 'could not be read: libfoo.so.1 is missing')
    has(checked('kill -11 $$'), 'could not be read: it was ended by signal 11')
    has(checked('echo hello; exit 3'), 'could not be read: it ended with 3 and printed "hello"')
  end)

  it('says that the server cannot be asked', function()
    has(checked(answers(mine, 'no such command')), '`tiro doctor` failed: it ended with 1')
    local report = checked(answers('9.9.9', '{"sandbox":{}}'))
    has(report, 'what `tiro doctor` says cannot be read; `:Tiro doctor` shows it')
    assert.is_nil(report:find('stack traceback', 1, true), report)
  end)

  it('passes on what the server finds missing, and what to do', function()
    local part = { protection = 'namespaces', consequence = 'files show', remedy = 'allow them' }
    local report = checked(answers(
      mine,
      doctor({
        sandbox = { level = 'degraded', missing = { part } },
        config = { warnings = { 'unknown key x' } },
        provider = { error = 'nobody answers' },
      })
    ))
    has(report, 'WARNING degraded: some protections are missing')
    has(report, 'namespaces: files show; allow them')
    has(report, 'WARNING unknown key x')
    local none =
      doctor({ sandbox = { level = 'none', missing = { part } }, config = { error = 'line 3: x' } })
    report = checked(answers(mine, none))
    has(report, 'ERROR none: commands are refused')
    has(report, 'ERROR line 3: x')
  end)

  it('names a second copy of the plugin', function()
    local it = stage.new({ ['other/lua/tiro/version.lua'] = "return '0.0.1'\n" })
    vim.opt.runtimepath:append(it.root .. '/other')
    local report = checked(answers(mine, doctor()))
    vim.opt.runtimepath:remove(it.root .. '/other')
    has(report, ('and %s/other too'):format(it.root))
  end)
end)
