--- Which Neovim the plugin needs. This works in older ones too, as does what asks it.

local M = {}

M.version = '0.10'

--- What is wrong with this Neovim, if anything is.
---@return string? problem
function M.problem()
  if vim.fn.has('nvim-' .. M.version) == 1 then
    return nil
  end
  local mine = vim.fn.execute('version'):match('NVIM v(%S+)')
  return ('it needs Neovim %s or later, and this is %s'):format(M.version, mine)
end

--- Says so.
function M.tell()
  vim.notify('Tiro: ' .. assert(M.problem()), vim.log.levels.ERROR)
end

return M
