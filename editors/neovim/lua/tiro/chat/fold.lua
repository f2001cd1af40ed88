--- Folds of a chat: each block of a command, a diff or the model's reasoning. They
--- are fenced by eight tildes, which nothing else in a chat is.

local M = {}

M.fence = '~~~~~~~~'

--- The line above a fence: what is in it. It begins the fold, as Neovim shows no
--- line of a fence itself where text is concealed.
---@param title string
---@return string
function M.title(title)
  return '▸ ' .. title:gsub('%s+', ' ')
end

---@param row integer 1-based
---@return boolean whether a block begins there
local function begins(row)
  return vim.startswith(vim.fn.getline(row), '▸ ') and vim.fn.getline(row + 1):match('^~~~~~~~~%w') ~= nil
end

--- For 'foldexpr'.
---@param row integer 1-based
---@return string
function M.level(row)
  if begins(row) then
    return '>1'
  end
  return vim.fn.getline(row) == M.fence and '<1' or '='
end

--- For 'foldtext'.
---@return string
function M.text()
  local title = vim.fn.getline(vim.v.foldstart)
  local lines = vim.v.foldend - vim.v.foldstart - 2
  local rest = (' · %d %s'):format(lines, lines == 1 and 'line' or 'lines')
  local room = math.max(vim.api.nvim_win_get_width(0) - vim.fn.strdisplaywidth(rest) - 1, 10)
  while vim.fn.strdisplaywidth(title) > room do
    title = vim.fn.strcharpart(title, 0, vim.fn.strchars(title) - 2) .. '…'
  end
  return title .. rest
end

--- Text that may stand within a fence: a line that would end it is indented.
---@param text string
---@return string
function M.within(text)
  if not text:find(M.fence, 1, true) then
    return text
  end
  return (('\n' .. text):gsub('\n(%s*~~~~~~~~)', '\n    %1'):sub(2))
end

return M
