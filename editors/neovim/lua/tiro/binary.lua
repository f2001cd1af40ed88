--- Where the server is, and what to do when it is not there.

local M = {}

--- How to get the program, in more words than a message has room for.
M.remedies = {
  'unpack the release archive, which has the program and the plugin',
  'or run `cargo install --locked --path server` in a checkout of Tiro',
  'or set server.path to where the program is',
}

--- The program that came with the plugin in a release archive: ROOT/bin/tiro, where
--- the plugin is ROOT/share/nvim/site/pack/tiro/opt/tiro.
---@return string
local function beside()
  local here = vim.fs.normalize(vim.fn.resolve(debug.getinfo(1, 'S').source:sub(2)))
  local root = here:match('^(.*)/share/nvim/site/pack/tiro/[^/]+/tiro/lua/tiro/binary%.lua$')
  return root and vim.fn.exepath(root .. '/bin/tiro') or ''
end

--- The program that is started, or what is wrong and what to do.
---@return string? path
---@return string? problem
function M.find()
  local wanted = require('tiro.config').get().server.path
  local path = vim.fn.exepath(vim.fs.normalize(wanted))
  if path == '' and wanted == 'tiro' then
    path = beside()
  end
  if path ~= '' then
    return path, nil
  end
  if wanted:find('/', 1, true) and vim.uv.fs_stat(vim.fs.normalize(wanted)) then
    return nil, ('%s is not a program that can be run'):format(wanted)
  end
  local place = wanted:find('/', 1, true) and '' or ' on the PATH'
  return nil, ('there is no %s%s: see :help tiro-install'):format(wanted, place)
end

return M
