-- What a person does after they installed the plugin from the release archive: the
-- command is there, the help is found, :checkhealth is content, a task runs. Any
-- error ends Neovim with a status other than 0. TIRO_AT is where the plugin is.

local function check()
  local at = vim.uv.fs_realpath(vim.env.TIRO_AT)
  assert(vim.fn.exists(':Tiro') == 2, 'there is no :Tiro')
  local sources = vim.api.nvim_get_runtime_file('plugin/tiro.lua', true)
  assert(#sources == 1 and vim.uv.fs_realpath(sources[1]) == at .. '/plugin/tiro.lua', vim.inspect(sources))
  for _, tag in ipairs({ 'tiro', ':Tiro-ask', 'tiro-option-chat.size' }) do
    vim.cmd('help ' .. tag)
    local file = vim.uv.fs_realpath(vim.api.nvim_buf_get_name(0))
    assert(file == at .. '/doc/tiro.txt', ('%s leads to %s'):format(tag, file))
    assert(vim.fn.getline('.'):find(('*%s*'):format(tag), 1, true), vim.fn.getline('.'))
  end
  vim.cmd('helpclose')
  vim.cmd('silent checkhealth tiro')
  local report = table.concat(vim.fn.getline(1, '$'), '\n')
  local version = require('tiro.version')
  assert(report:find(('server and plugin have the version %s'):format(version), 1, true), report)
  assert(report:find('the server is ' .. vim.env.TIRO_PROGRAM .. '\n', 1, true), report)
  vim.cmd('silent bwipeout!')

  local told = {}
  vim.notify = function(text)
    table.insert(told, text)
  end
  vim.cmd('edit add.sh')
  vim.cmd('Tiro ask what does it do?')
  local function chat()
    local session = require('tiro.session').all()[1]
    local transcript = require('tiro.chat').of(session).transcript
    transcript:flush()
    return table.concat(vim.api.nvim_buf_get_lines(transcript.buffer, 0, -1, true), '\n')
  end
  local done = vim.wait(60000, function()
    return chat():find('It adds.', 1, true)
  end, 10)
  assert(done, chat() .. vim.inspect(told))
  assert(#told == 0, vim.inspect(told))
end

local ok, problem = xpcall(check, debug.traceback)
if not ok then
  io.stderr:write(tostring(problem), '\n')
end
vim.cmd(ok and 'qall!' or 'cquit!')
