--- Folds of a chat: each block of a command, a diff or the model's reasoning. They
--- are fenced by eight tildes, which nothing else in a chat is.

local M = {}

M.fence = '~~~~~~~~'

--- For 'foldexpr'.
---@param row integer 1-based
---@return string
function M.level(row)
  local line = vim.fn.getline(row)
  if line:sub(1, 8) ~= M.fence then
    return '='
  end
  return #line > 8 and '>1' or '<1'
end

--- For 'foldtext'.
---@return string
function M.text()
  local first = vim.fn.getline(vim.v.foldstart)
  local title = first:sub(9):gsub('^%s*%S+%s*', '')
  local lines = vim.v.foldend - vim.v.foldstart - 1
  local ending = vim.fn.getline(vim.v.foldend + 1)
  local how = ending:match('^%*(.+)%*$')
  return ('▸ %s · %d %s%s'):format(
    title ~= '' and title or first:sub(9),
    lines,
    lines == 1 and 'line' or 'lines',
    how and ' · ' .. how or ''
  )
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
