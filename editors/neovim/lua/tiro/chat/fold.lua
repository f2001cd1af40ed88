--- Folds of a chat: each block of a command, a diff or the model's reasoning. They
--- are fenced by eight tildes, which nothing else in a chat is, and have a mark from
--- their title to their end.

local M = {}

local namespace = vim.api.nvim_create_namespace('tiro.fold')
local hidden = vim.api.nvim_create_namespace('tiro.hidden')
local hides_lines = vim.fn.has('nvim-0.11') == 1

M.fence = '~~~~~~~~'

--- The line above a fence: what is in it. It begins the fold, as Neovim shows no
--- line of a fence itself where text is concealed.
---@param title string
---@return string
function M.title(title)
  return '▸ ' .. title:gsub('%s+', ' ')
end

--- The rows (0-based) of a block that is being written in a buffer: Neovim asks for
--- their levels before there can be a mark on them.
local coming = {} ---@type table<integer, { [1]: integer, [2]: integer }>

---@param lines string[]
---@return integer? the index of the last line of the block that these lines begin with
local function ends(lines)
  if not vim.startswith(lines[1], '▸ ') or not vim.startswith(lines[2] or '', M.fence) then
    return nil
  end
  for index = #lines, 3, -1 do
    if lines[index] == M.fence then
      return index
    end
  end
end

--- Shows nothing of a line; all of it before Neovim 0.11.
---@param buffer integer
---@param row integer 0-based
function M.hide_line(buffer, row)
  if hides_lines then
    vim.api.nvim_buf_set_extmark(buffer, hidden, row, 0, { conceal_lines = '' })
  end
end

--- Writes lines, which are a fold if they are a block.
---@param buffer integer
---@param row integer 0-based, of the first
---@param lines string[]
---@param write fun()
function M.write(buffer, row, lines, write)
  local last = ends(lines)
  if not last then
    return write()
  end
  last = row + last - 1
  coming[buffer] = { row, last }
  write()
  coming[buffer] = nil
  vim.api.nvim_buf_set_extmark(buffer, namespace, row, 0, {
    end_row = last,
    end_col = #M.fence,
    right_gravity = false,
    end_right_gravity = true,
  })
  M.hide_line(buffer, row + 1)
  M.hide_line(buffer, last)
end

--- Forgets the folds of a text that is taken out.
---@param buffer integer
function M.clear(buffer)
  vim.api.nvim_buf_clear_namespace(buffer, namespace, 0, -1)
  vim.api.nvim_buf_clear_namespace(buffer, hidden, 0, -1)
end

--- For 'foldexpr'. By marks: a level that is that of the line before would have Neovim
--- look at all lines before, with each piece of an answer.
---@param row integer 1-based
---@return string
function M.level(row)
  local buffer, at = vim.api.nvim_get_current_buf(), { row - 1, 0 }
  local block = coming[buffer]
  if block and row > block[1] and row <= block[2] + 1 then
    return row == block[1] + 1 and '>1' or '1'
  end
  local mark = vim.api.nvim_buf_get_extmarks(buffer, namespace, at, at, { overlap = true, limit = 1 })[1]
  return not mark and '0' or mark[2] == row - 1 and '>1' or '1'
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
